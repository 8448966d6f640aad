// Package logtest is the contract of eventlog.Log as a test suite. Every
// backend passes it.
package logtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

// A Store opens logs for the suite.
type Store struct {
	// Open opens an empty log.
	Open func(t *testing.T) eventlog.Log
	// Reopen closes a log and opens it again as a restart would, or is nil
	// for a backend that forgets.
	Reopen func(t *testing.T, l eventlog.Log) eventlog.Log
	// Bounded opens an empty log with these bounds, or is nil.
	Bounded func(t *testing.T, r eventlog.Retention) eventlog.Log
}

// patience bounds every wait of the suite.
const patience = 20 * time.Second

// Run runs the suite.
func Run(t *testing.T, s Store) {
	t.Run("an empty log has no last entry and reads nothing", func(t *testing.T) {
		l := s.Open(t)
		wantLast(t, l, 0, "")
		wantRead(t, l, 0, 1<<62)
		wantFind(t, l, "a", 0, false)
		if err := l.Ready(); err != nil {
			t.Errorf("Ready: %v", err)
		}
	})
	t.Run("what is appended is read back whole and in order", func(t *testing.T) {
		l := s.Open(t)
		full := &update.Update{
			Topics: []string{"https://example.com/é", "b"}, Type: "chat", Data: "one\ntwo\r\n", ID: "a", Retry: "250", Private: true,
		}
		seqs := appendAll(t, l, full, simple("b"), simple("c"))
		if !(seqs[0] > 0 && seqs[0] < seqs[1] && seqs[1] < seqs[2]) {
			t.Fatalf("sequences do not grow: %v", seqs)
		}
		got := read(t, l, 0, seqs[2])
		if len(got) != 3 {
			t.Fatalf("read %d entries, want 3", len(got))
		}
		if fmt.Sprintf("%+v", *got[0].Update) != fmt.Sprintf("%+v", *full) {
			t.Errorf("read %+v, want %+v", *got[0].Update, *full)
		}
		wantRead(t, l, seqs[0], seqs[1], "b")
		wantRead(t, l, seqs[0], seqs[2], "b", "c")
		wantRead(t, l, seqs[2], 1<<62)
		wantLast(t, l, seqs[2], "c")
	})
	t.Run("an id is found, the earliest of those used twice", func(t *testing.T) {
		l := s.Open(t)
		seqs := appendAll(t, l, simple("a"), simple("ab"), simple("a"))
		wantFind(t, l, "a", seqs[0], true)
		wantFind(t, l, "ab", seqs[1], true)
		wantFind(t, l, "abc", 0, false)
		wantFind(t, l, "", 0, false)
	})
	t.Run("a read crosses many chunks", func(t *testing.T) {
		l := s.Open(t)
		var ids []string
		var wg sync.WaitGroup
		for i := range 1000 {
			ids = append(ids, fmt.Sprint(i))
			wg.Go(func() {
				if _, err := l.Append(context.Background(), simple(fmt.Sprint(i))); err != nil {
					t.Errorf("Append: %v", err)
				}
			})
		}
		wg.Wait()
		got := read(t, l, 0, 1<<62)
		seen := make(map[string]bool)
		for i, e := range got {
			seen[e.Update.ID] = true
			if i > 0 && got[i-1].Seq >= e.Seq {
				t.Fatalf("entry %d has sequence %d after %d", i, e.Seq, got[i-1].Seq)
			}
		}
		if len(got) != len(ids) || len(seen) != len(ids) {
			t.Fatalf("read %d entries with %d ids, want %d", len(got), len(seen), len(ids))
		}
	})
	t.Run("a read ends with the error of its function, or of its context", func(t *testing.T) {
		l := s.Open(t)
		appendAll(t, l, simple("a"), simple("b"))
		stop, n := errors.New("stop"), 0
		err := l.Read(context.Background(), 0, 1<<62, func(eventlog.Entry) error { n++; return stop })
		if err != stop || n != 1 {
			t.Errorf("Read = %v after %d calls, want the function's error after 1", err, n)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := l.Read(ctx, 0, 1<<62, func(eventlog.Entry) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("Read with a cancelled context = %v", err)
		}
	})
	t.Run("followers see each entry once, in order, durable before it is seen", func(t *testing.T) {
		l := s.Open(t)
		f := follow(l)
		var wg sync.WaitGroup
		for p := range 8 {
			wg.Go(func() {
				for i := range 50 {
					if _, err := l.Append(context.Background(), simple(fmt.Sprintf("%d-%d", p, i))); err != nil {
						t.Errorf("Append: %v", err)
					}
				}
			})
		}
		wg.Wait()
		f.wait(t, 400)
		f.stop()
		appendAll(t, l, simple("after"))
		got := f.all()
		stored := read(t, l, 0, 1<<62)
		if len(got) != 400 || len(stored) != 401 {
			t.Fatalf("followed %d, stored %d; want 400 and 401", len(got), len(stored))
		}
		for i, e := range got {
			if e.Seq != stored[i].Seq || e.Update.ID != stored[i].Update.ID {
				t.Fatalf("entry %d: followed %d %q, stored %d %q", i, e.Seq, e.Update.ID, stored[i].Seq, stored[i].Update.ID)
			}
		}
	})
	t.Run("a closed log refuses everything and says so", func(t *testing.T) {
		l := s.Open(t)
		appendAll(t, l, simple("a"))
		if err := l.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		if err := l.Close(); err != nil {
			t.Errorf("Close again: %v", err)
		}
		if _, err := l.Append(context.Background(), simple("b")); !errors.Is(err, eventlog.ErrClosed) {
			t.Errorf("Append = %v, want ErrClosed", err)
		}
		if err := l.Read(context.Background(), 0, 1<<62, func(eventlog.Entry) error { return nil }); !errors.Is(err, eventlog.ErrClosed) {
			t.Errorf("Read = %v, want ErrClosed", err)
		}
		if _, _, err := l.Find(context.Background(), "a"); !errors.Is(err, eventlog.ErrClosed) {
			t.Errorf("Find = %v, want ErrClosed", err)
		}
		if err := l.Ready(); !errors.Is(err, eventlog.ErrClosed) {
			t.Errorf("Ready = %v, want ErrClosed", err)
		}
	})
	t.Run("closing while publishers wait answers each of them truly", func(t *testing.T) {
		l := s.Open(t)
		var taken sync.Map
		var wg sync.WaitGroup
		f := follow(l)
		for p := range 16 {
			wg.Go(func() {
				for i := range 200 {
					id := fmt.Sprintf("%d-%d", p, i)
					if _, err := l.Append(context.Background(), simple(id)); err == nil {
						taken.Store(id, true)
					} else if !errors.Is(err, eventlog.ErrClosed) {
						t.Errorf("Append: %v", err)
					}
				}
			})
		}
		f.wait(t, 20)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		seen := make(map[string]bool)
		for _, e := range f.all() {
			seen[e.Update.ID] = true
			if _, ok := taken.Load(e.Update.ID); !ok {
				t.Errorf("%s was shown to followers but refused to its publisher", e.Update.ID)
			}
		}
		taken.Range(func(id, _ any) bool {
			if !seen[id.(string)] {
				t.Errorf("%s was acknowledged but not shown to followers", id)
			}
			return true
		})
	})
	runSeam(t, s)
	runStats(t, s)
	runRetention(t, s)
	if s.Reopen == nil {
		return
	}
	t.Run("after a restart the log ends where it ended, before anything is appended", func(t *testing.T) {
		l := s.Open(t)
		seqs := appendAll(t, l, simple("a"), simple("b"))
		l = s.Reopen(t, l)
		wantLast(t, l, seqs[1], "b")
		wantFind(t, l, "a", seqs[0], true)
		wantRead(t, l, seqs[0], 1<<62, "b")
		more := appendAll(t, l, simple("c"))
		if more[0] <= seqs[1] {
			t.Errorf("sequence %d after a restart, want more than %d", more[0], seqs[1])
		}
		wantRead(t, l, 0, 1<<62, "a", "b", "c")
	})
}
