package hubtest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"amalgam/hub/sse"
)

// A Stream is an open subscription.
type Stream struct {
	Response *http.Response
	Comments chan string // every comment; the newest are dropped when full
	events   chan sse.Event
	err      error // that ended it; after events is closed
	cancel   context.CancelFunc
	done     chan struct{}
	once     sync.Once
}

// Subscribe opens a stream that must be granted; query is everything after
// the "?". It ends with the test.
func (h *Hub) Subscribe(t testing.TB, query string, header http.Header) *Stream {
	t.Helper()
	return Open(t, h.Client, h.URL+"?"+query, header)
}

// Bearer returns a header with a token.
func Bearer(token string) http.Header {
	return http.Header{"Authorization": {"Bearer " + token}}
}

// Open opens a stream at any hub.
func Open(t testing.TB, client *http.Client, url string, header http.Header) *Stream {
	t.Helper()
	return open(t, client, http.MethodGet, url, header, nil)
}

// OpenQuery opens a stream with QUERY and a form body.
func OpenQuery(t testing.TB, client *http.Client, url, body string) *Stream {
	t.Helper()
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	return open(t, client, "QUERY", url, header, strings.NewReader(body))
}

func open(t testing.TB, client *http.Client, method, url string, header http.Header, body io.Reader) *Stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	timer := time.AfterFunc(Patience, cancel)
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := client.Do(req)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	if !timer.Stop() || resp.StatusCode != http.StatusOK {
		cancel()
		resp.Body.Close()
		t.Fatalf("subscribing at %s: %s", url, resp.Status)
	}
	s := &Stream{Response: resp, Comments: make(chan string, 64), events: make(chan sse.Event, 100_000), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		defer close(s.events)
		r := sse.NewReader(resp.Body)
		r.Comment = func(c string) {
			select {
			case s.Comments <- c:
			default:
			}
		}
		for {
			e, err := r.Next()
			if err != nil {
				s.err = err
				return
			}
			s.events <- e
		}
	}()
	t.Cleanup(s.Close)
	return s
}

// Next returns the next event, which must come.
func (s *Stream) Next(t testing.TB) sse.Event {
	t.Helper()
	e, ok := s.NextOrEnd(t)
	if !ok {
		t.Fatal("the stream ended; want an event")
	}
	return e
}

// NextOrEnd returns the next event, or false if the stream ends instead.
func (s *Stream) NextOrEnd(t testing.TB) (e sse.Event, ok bool) {
	t.Helper()
	select {
	case e, ok := <-s.events:
		return e, ok
	case <-time.After(Patience):
		t.Fatalf("no event in %v", Patience)
	}
	panic("unreachable")
}

// Want fails the test unless the next events carry exactly these data.
func (s *Stream) Want(t testing.TB, data ...string) {
	t.Helper()
	for i, want := range data {
		if got := s.Next(t).Data; got != want {
			t.Fatalf("event %d has data %q, want %q", i, got, want)
		}
	}
}

// WantEnd fails the test unless the stream ends, without another event. It
// returns the error that ended it: io.EOF if the hub did so in order.
func (s *Stream) WantEnd(t testing.TB) error {
	t.Helper()
	select {
	case e, ok := <-s.events:
		if ok {
			t.Fatalf("got %+v, want the stream to end", e)
		}
	case <-time.After(Patience):
		t.Fatalf("the stream did not end in %v", Patience)
	}
	return s.err
}

// Close ends the stream and waits until its reader has.
func (s *Stream) Close() {
	s.once.Do(func() {
		s.cancel()
		s.Response.Body.Close()
		<-s.done
	})
}
