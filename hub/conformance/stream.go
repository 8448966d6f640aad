package conformance

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"amalgam/hub/sse"
)

// An Event is one Server-Sent Event, with its lines as they were sent.
type Event struct {
	sse.Event
	Lines []string
}

// A Stream is an open subscription of a check. It ends with the check.
type Stream struct {
	Header http.Header
	t      *T
	filter func(Event) bool // which events are seen
	seen   []string

	cancel context.CancelFunc
	once   sync.Once
	done   chan struct{}

	mu       sync.Mutex
	events   []Event
	comments int
	ended    bool
	changed  chan struct{} // closed and replaced whenever something arrives
}

// open subscribes with a query, in the check's dialect, and a token, "" for
// none (or, where the hub wants one, for one without rights).
func (t *T) open(query, token string) *Stream {
	h := http.Header{}
	if token != "" {
		h = bearer(token)
	}
	return t.openWith(http.MethodGet, t.streamURL(query), t.withToken(query, h), "")
}

// openWith subscribes with any request. The stream must be granted.
func (t *T) openWith(method, target string, h http.Header, body string) *Stream {
	ctx, cancel := context.WithCancel(t.ctx)
	timer := time.AfterFunc(t.Target.Patience, cancel)
	resp := t.send(ctx, method, target, h, body)
	inTime := timer.Stop()
	if !inTime || resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		cancel()
		resp.Body.Close()
		t.Fatalf("subscribing with %s %s: %s %s, want a stream", method, short(target), resp.Status, resp.Header.Get("Content-Type"))
	}
	s := &Stream{Header: resp.Header, t: t, cancel: cancel, done: make(chan struct{}), changed: make(chan struct{})}
	go func() {
		defer close(s.done)
		defer resp.Body.Close()
		r := sse.NewReader(resp.Body)
		r.KeepLines()
		r.Comment = func(string) { s.change(func() { s.comments++ }) }
		for {
			e, err := r.Next()
			if err != nil {
				s.change(func() { s.ended = true })
				return
			}
			s.change(func() { s.events = append(s.events, Event{e, r.Lines()}) })
		}
	}()
	t.Cleanup(s.Close)
	return s
}

// Mine hides the events of other checks, and the hub's own: those whose data
// does not start with this check's tag.
func (s *Stream) Mine() *Stream {
	s.filter = func(e Event) bool { return strings.HasPrefix(e.Data, s.t.tag) }
	return s
}

// change changes what has arrived and wakes who waits for it.
func (s *Stream) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	close(s.changed)
	s.changed = make(chan struct{})
}

// await waits until ready, which is called with the lock held, says true.
func (s *Stream) await(what string, ready func() bool) {
	deadline := time.NewTimer(s.t.Target.Patience)
	defer deadline.Stop()
	for {
		s.mu.Lock()
		ok, ended, changed := ready(), s.ended, s.changed
		s.mu.Unlock()
		switch {
		case ok:
			return
		case ended:
			s.t.Fatalf("the stream ended, want %s; it had %q", what, s.seen)
		}
		select {
		case <-changed:
		case <-deadline.C:
			s.t.Fatalf("no %s in %v; the stream had %q", what, s.t.Target.Patience, s.seen)
		}
	}
}

// Next returns the next event, which must come.
func (s *Stream) Next() Event {
	var e Event
	s.await("an event", func() bool {
		for len(s.events) > 0 {
			e = s.events[0]
			s.events = s.events[1:]
			if s.filter == nil || s.filter(e) {
				return true
			}
		}
		return false
	})
	s.seen = append(s.seen, short(e.Data))
	return e
}

// Want fails the check unless the next events have exactly these data.
func (s *Stream) Want(data ...string) {
	for i, want := range data {
		if e := s.Next(); e.Data != want {
			s.t.Fatalf("event %d of the stream has the data %q, want %q", i, short(e.Data), want)
		}
	}
}

// Find returns the next event that is what the check looks for, and drops
// those before it.
func (s *Stream) Find(is func(Event) bool) Event {
	for {
		if e := s.Next(); is(e) {
			return e
		}
	}
}

// WantComments waits until the stream has carried n comments.
func (s *Stream) WantComments(n int) {
	s.await("comment", func() bool { return s.comments >= n })
}

// WantEnd fails the check unless the hub ends the stream before the deadline.
// Events that come first are ignored.
func (s *Stream) WantEnd(deadline time.Time) {
	select {
	case <-s.done:
	case <-time.After(time.Until(deadline)):
		s.t.Fatalf("the stream has not ended")
	}
}

// Close ends the stream and waits until its reader has.
func (s *Stream) Close() {
	s.once.Do(func() {
		s.cancel()
		<-s.done
	})
}
