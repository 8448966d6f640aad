package logtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"amalgam/hub/eventlog"
)

// runStats holds what a log that is a Reporter says against what it gives.
func runStats(t *testing.T, s Store) {
	stats := func(t *testing.T, l eventlog.Log) (st eventlog.Stats, ok bool) {
		t.Helper()
		r, ok := l.(eventlog.Reporter)
		if !ok {
			return st, false
		}
		st, err := r.Stats()
		if err != nil {
			t.Fatalf("Stats: %v", err)
		}
		return st, true
	}
	t.Run("a log tells how much it holds while it is written", func(t *testing.T) {
		l := s.Open(t)
		st, ok := stats(t, l)
		if !ok {
			return
		}
		if st.Events != 0 || st.Bytes != 0 || st.Oldest != 0 {
			t.Errorf("an empty log says %+v", st)
		}
		before := time.Now().UnixMilli()
		const writers, each = 4, 100
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					if _, err := l.Append(context.Background(), simple(fmt.Sprint(w, "-", i))); err != nil {
						t.Errorf("Append: %v", err)
						return
					}
					last, _ := l.Last()
					st, _ := stats(t, l)
					now, _ := l.Last()
					if st.Events < int64(last) || st.Events > int64(now) {
						t.Errorf("%d events, with %d to %d in the log", st.Events, last, now)
					}
				}
			})
		}
		wg.Wait()
		st, _ = stats(t, l)
		if st.Events != writers*each || st.Bytes < writers*each || st.Oldest < before || st.Oldest > time.Now().UnixMilli() {
			t.Errorf("%+v after %d updates since %d", st, writers*each, before)
		}
		if n := st.Commits.Count(); n > 0 && (st.Commits.Sum != writers*each || st.Syncs.Count() < n || st.Syncs.Sum == 0) {
			t.Errorf("%d updates in %d commits, %d syncs of %d ns: want %d updates and a sync for each commit", st.Commits.Sum, n, st.Syncs.Count(), st.Syncs.Sum, writers*each)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := l.(eventlog.Reporter).Stats(); !errors.Is(err, eventlog.ErrClosed) {
			t.Errorf("Stats of a closed log: %v, want ErrClosed", err)
		}
	})
	if s.Bounded == nil {
		return
	}
	t.Run("what has been let go is not counted", func(t *testing.T) {
		l := s.Bounded(t, eventlog.Retention{MaxEvents: 5})
		if _, ok := stats(t, l); !ok {
			return
		}
		for i := range 40 {
			appendAll(t, l, simple(fmt.Sprint(i)))
		}
		for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			st, _ := stats(t, l)
			if got := int64(len(read(t, l, 0, 1<<62))); st.Events == 5 && got == 5 {
				return
			} else if time.Now().After(deadline) {
				t.Fatalf("%d events, %d are read, want 5", st.Events, got)
			}
		}
	})
}
