package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"amalgam/hub/sse"
)

// A follower is a subscriber that stays for the whole test, over every kill.
type follower struct {
	name         string
	query, token string
	wants        func(*sent) bool
	newcomer     bool // it comes back without a cursor
	restless     bool // it comes back now and then though nothing has happened
	rand         *rand.Rand
	run          *atomic.Int64 // counts the runs of the hub

	mu       sync.Mutex
	changed  chan struct{}
	cursor   string
	newest   string        // the id it has seen last
	streams  [][]sse.Event // what each stream brought since the last check
	attached int64         // the run of the hub it has a stream of, 0 for none
	err      error
}

func (f *follower) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
	close(f.changed)
	f.changed = make(chan struct{})
}

// follow follows until ctx is over.
func (f *follower) follow(ctx context.Context, c *client) {
	for ctx.Err() == nil {
		err := f.once(ctx, c)
		var no *refused
		if errors.As(err, &no) || errors.Is(err, errCursor) {
			f.change(func() { f.err = err })
			return
		}
		if err != nil { // the hub is down
			select {
			case <-time.After(5 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	}
}

var errCursor = errors.New("a cursor was not found")

// once follows one stream to its end.
func (f *follower) once(ctx context.Context, c *client) error {
	f.mu.Lock()
	cursor := f.cursor
	f.mu.Unlock()
	run := f.run.Load()
	s, err := c.subscribe(ctx, f.query, f.token, cursor)
	if err != nil {
		return err
	}
	defer s.close()
	if s.answer != cursor {
		return fmt.Errorf("%w: asked for %q, answered %q", errCursor, cursor, s.answer)
	}
	if f.run.Load() != run {
		return nil // it cannot be said which run this is a stream of
	}
	f.change(func() { f.attached = run; f.streams = append(f.streams, nil) })
	defer f.change(func() { f.attached = 0 })
	for {
		e, err := s.Next()
		if err != nil {
			return nil
		}
		f.change(func() {
			last := len(f.streams) - 1
			f.streams[last] = append(f.streams[last], e)
			f.newest = e.ID
			if !f.newcomer {
				f.cursor = e.ID
			}
		})
		if f.restless && f.rand.IntN(150) == 0 {
			return nil
		}
	}
}

// await waits until ready, which is called with the lock held, says true.
func (f *follower) await(what string, ready func() bool) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		f.mu.Lock()
		ok, err, changed := ready(), f.err, f.changed
		f.mu.Unlock()
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", f.name, err)
		case ok:
			return nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return fmt.Errorf("%s: no %s in %v", f.name, what, patience)
		}
	}
}

// check holds what came against what the log holds since the last check. The
// last of it is the fence, which everybody gets.
func (f *follower) check(l *ledger, since []*sent) error {
	fence := since[len(since)-1]
	err := f.await("fence", func() bool { return f.newest == fence.id })
	var want []*sent
	for _, s := range since {
		if f.wants(s) {
			want = append(want, s)
		}
	}
	f.mu.Lock()
	streams := f.streams
	f.streams = [][]sse.Event{nil} // the one that is open
	f.mu.Unlock()
	// What follows says more than that the fence did not come.
	if !f.newcomer {
		var all []sse.Event
		for _, s := range streams {
			all = append(all, s...)
		}
		streams = [][]sse.Event{all}
	}
	for i, s := range streams {
		switch {
		case len(s) == 0:
			continue
		case i > 0: // a newcomer's stream begins anywhere
			first, e := l.identify(s[0])
			if e != nil {
				return fmt.Errorf("%s: %w", f.name, e)
			}
			for len(want) > 0 && want[0] != first {
				want = want[1:]
			}
		}
		if e := same(l, s, want); e != nil {
			return fmt.Errorf("%s, stream %d of %d: %w", f.name, i+1, len(streams), e)
		}
		want = want[len(s):]
	}
	if err == nil && len(want) > 0 {
		err = fmt.Errorf("%s: %d updates of the log are missing before the fence, the first is %d", f.name, len(want), want[0].number)
	}
	return err
}

// same holds events against the beginning of what the log holds.
func same(l *ledger, events []sse.Event, want []*sent) error {
	for i, e := range events {
		s, err := l.identify(e)
		if err != nil {
			return err
		}
		switch {
		case s.place == 0:
			return fmt.Errorf("update %d was seen, and the log does not hold it", s.number)
		case i >= len(want):
			return fmt.Errorf("update %d, at %d in the log, came though nothing more should", s.number, s.place)
		case s != want[i]:
			return fmt.Errorf("event %d is update %d, at %d in the log; want update %d, at %d", i+1, s.number, s.place, want[i].number, want[i].place)
		}
	}
	return nil
}
