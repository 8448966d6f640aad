package logtest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"amalgam/hub/eventlog"
)

// runSeam holds that a reader who follows the writers meets every entry once,
// wherever the backend has just put it.
func runSeam(t *testing.T, s Store) {
	t.Run("a reader close behind the writers misses nothing and gets nothing twice", func(t *testing.T) {
		l := s.Open(t)
		const writers, each = 4, 250
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					id := fmt.Sprintf("%d-%d", w, i)
					seq, err := l.Append(context.Background(), simple(id))
					if err != nil {
						t.Errorf("Append: %v", err)
						return
					}
					if got, found, err := l.Find(context.Background(), id); got != seq || !found || err != nil {
						t.Errorf("Find(%s) = %d, %v, %v, want %d", id, got, found, err, seq)
					}
				}
			})
		}
		for range 2 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				after := uint64(0)
				for n := 0; n < writers*each; {
					last, _ := l.Last()
					err := l.Read(ctx, after, last, func(e eventlog.Entry) error {
						if e.Seq != after+1 {
							t.Errorf("%d follows %d", e.Seq, after)
						}
						after = e.Seq
						n++
						return nil
					})
					if err != nil {
						t.Errorf("Read: %v", err)
						return
					}
					if after != last {
						t.Errorf("read to %d, want %d", after, last)
						return
					}
				}
			})
		}
		wg.Wait()
	})
	t.Run("an entry knows when it was appended", func(t *testing.T) {
		l := s.Open(t)
		f := follow(l)
		before := time.Now().UnixMilli()
		appendAll(t, l, simple("a"))
		f.wait(t, 1)
		for _, e := range append(read(t, l, 0, 1<<62), f.all()...) {
			if e.Time < before || e.Time > time.Now().UnixMilli() {
				t.Errorf("time %d, want one from %d on", e.Time, before)
			}
		}
	})
}

// runRetention holds a backend that forgets against its bounds, which it may
// take a while to apply.
func runRetention(t *testing.T, s Store) {
	if s.Bounded == nil {
		return
	}
	for name, r := range map[string]eventlog.Retention{
		"events": {MaxEvents: 3, MaxBytes: -1},
		"bytes":  {MaxEvents: -1, MaxBytes: 3 * 110},
	} {
		t.Run("the oldest go when there are too many "+name, func(t *testing.T) {
			l := s.Bounded(t, r)
			seqs := appendAll(t, l, simple("twice"), simple("b"), simple("c"), simple("twice"), simple("d"), simple("e"))
			waitFirst(t, l, seqs[1], seqs[3])
			wantLast(t, l, seqs[5], "e")
			wantFind(t, l, "e", seqs[5], true)
			first := read(t, l, 0, 1<<62)[0].Seq
			for i, id := range []string{"b", "c", "d"} {
				at := []uint64{seqs[1], seqs[2], seqs[4]}[i]
				if at < first {
					at = 0
				}
				wantFind(t, l, id, at, at > 0)
			}
			if first <= seqs[3] {
				wantFind(t, l, "twice", seqs[3], true)
			} else {
				wantFind(t, l, "twice", 0, false)
			}
		})
	}
	t.Run("the oldest go when they are too old, but never the newest", func(t *testing.T) {
		l := s.Bounded(t, eventlog.Retention{MaxEvents: -1, MaxBytes: -1, MaxAge: 50 * time.Millisecond})
		seqs := appendAll(t, l, simple("a"), simple("b"), simple("c"))
		waitFirst(t, l, seqs[2], seqs[2])
		time.Sleep(100 * time.Millisecond) // longer than it may live: it stays
		wantRead(t, l, 0, 1<<62, "c")
		wantFind(t, l, "a", 0, false)
		wantFind(t, l, "c", seqs[2], true)
	})
}

// waitFirst waits until the oldest entry lies between two places.
func waitFirst(t *testing.T, l eventlog.Log, from, to uint64) {
	t.Helper()
	var got []eventlog.Entry
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if got = read(t, l, 0, 1<<62); len(got) > 0 && got[0].Seq >= from {
			if got[0].Seq > to && from != to {
				break
			}
			return
		}
	}
	t.Fatalf("the history begins with %v, want a sequence from %d to %d", got, from, to)
}
