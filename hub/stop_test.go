package hub_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/memory"
	"amalgam/hub/hubtest"
	"amalgam/hub/sse"
	"amalgam/hub/update"
)

// drain drains h in the background; what it returns waits for the end.
func drain(t *testing.T, h *hubtest.Hub) (wait func() error) {
	ctx, cancel := context.WithTimeout(context.Background(), hubtest.Patience)
	done := make(chan error, 1)
	go func() { defer cancel(); done <- h.Drain(ctx) }()
	return sync.OnceValue(func() error { return <-done })
}

func waitUntilStopping(t *testing.T, h *hubtest.Hub) {
	t.Helper()
	for deadline := time.Now().Add(hubtest.Patience); !errors.Is(h.Ready(), hub.ErrStopping); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("Ready is %v, want ErrStopping", h.Ready())
		}
	}
}

func TestDrainEndsStreamsInOrderSpreadOverItsTime(t *testing.T) {
	overAll(t, func(t *testing.T, start func(func(*hub.Config)) *hubtest.Hub) {
		const streams, spread = 60, 2 * time.Second
		h := start(func(c *hub.Config) { c.StopSpread = spread })
		if err := h.Ready(); err != nil {
			t.Fatalf("Ready is %v before the stop", err)
		}
		var ends sync.WaitGroup
		at := make([]time.Duration, streams)
		var began time.Time
		begun := make(chan struct{})
		for i := range streams {
			s := h.Subscribe(t, "topic=b", nil)
			ends.Go(func() {
				if err := s.WantEnd(t); err != io.EOF {
					t.Errorf("a stream ended with %v, want a clean end", err)
				}
				<-begun
				at[i] = time.Since(began)
			})
		}
		began = time.Now()
		close(begun)
		wait := drain(t, h)
		waitUntilStopping(t, h)
		h.Send(t, "topic", "a", "data", "publishing goes on")
		resp, body := h.Do(t, http.MethodGet, h.URL+"?topic=a", nil, "")
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("a new subscriber during the stop: %s %v %s, want 503 with Retry-After", resp.Status, resp.Header, body)
		}
		if err := wait(); err != nil {
			t.Fatalf("Drain: %v", err)
		}
		if took := time.Since(began); took < spread {
			t.Errorf("Drain took %v, want %v: a balancer needs it", took, spread)
		}
		ends.Wait()
		if slices.IsSorted(at) {
			t.Errorf("the streams ended in the order in which they began: %v", at)
		}
		slices.Sort(at)
		for quarter := range 4 {
			from, to := spread*time.Duration(quarter)/4, spread*time.Duration(quarter+1)/4
			n := 0
			for _, a := range at {
				if from <= a && a < to {
					n++
				}
			}
			if n < streams/10 {
				t.Errorf("%d of %d streams ended from %v to %v, want about a quarter: %v", n, streams, from, to, at)
			}
		}
	})
}

func TestDrainWithoutASpreadEndsAllAtOnceAndWritesWhatIsQueued(t *testing.T) {
	overAll(t, func(t *testing.T, start func(func(*hub.Config)) *hubtest.Hub) {
		h := start(func(c *hub.Config) { c.StopSpread, c.MaxQueue, c.DispatchTimeout = -1, 1<<30, hubtest.Patience })
		slow, quick := unread(t, h), h.Subscribe(t, "topic=a", nil)
		flood(t, h, quick)
		if err := drain(t, h)(); err != nil {
			t.Fatalf("Drain: %v", err)
		}
		if err := quick.WantEnd(t); err != io.EOF {
			t.Errorf("the quick reader's stream ended with %v, want a clean end", err)
		}
		r := sse.NewReader(slow.Body)
		for i := range floods {
			if e, err := r.Next(); err != nil || number(e) != fmt.Sprint(i) {
				t.Fatalf("after the stop the slow reader got %q, %v, want %d, which was queued for it", number(e), err, i)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("the slow reader's stream ended with %v, want a clean end", err)
		}
	})
}

func TestCloseCutsWhatDoesNotEnd(t *testing.T) {
	log := memory.New(memory.Options{})
	defer log.Close()
	h, err := hub.New(hub.Config{Log: log, PublisherKeys: []*auth.Key{hubtest.Key(t, "HS256", hubtest.PublisherSecret)}, Anonymous: true, DispatchTimeout: time.Hour, MaxQueue: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	th := &hubtest.Hub{Hub: h, Base: server.URL, URL: server.URL + hub.DefaultPath, Client: server.Client()}
	stalled := unread(t, th)
	flood(t, th, th.Subscribe(t, "topic=a", nil))
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if err := h.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close with a reader that stalls = %v, want DeadlineExceeded", err)
	}
	r := sse.NewReader(stalled.Body)
	got := 0
	for err = nil; err == nil; got++ {
		_, err = r.Next()
	}
	if err == io.EOF || got > floods {
		t.Errorf("the stalled reader got %d events and then %v, want its connection cut", got-1, err)
	}
}

// deafLog takes nothing until the caller gives up.
type deafLog struct {
	eventlog.Log
	called chan struct{}
}

func (l *deafLog) Append(ctx context.Context, _ *update.Update) (uint64, error) {
	close(l.called)
	<-ctx.Done()
	return 0, ctx.Err()
}

func TestAPublishThatTheServerGivesUpIsNotA2xx(t *testing.T) {
	log := &deafLog{Log: memory.New(memory.Options{}), called: make(chan struct{})}
	defer log.Close()
	h, err := hub.New(hub.Config{Log: log, PublisherKeys: []*auth.Key{hubtest.Key(t, "HS256", hubtest.PublisherSecret)}, Anonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close(context.Background())
	// Programs that embed a hub like to end all requests with one context.
	base, giveUp := context.WithCancel(context.Background())
	defer giveUp()
	server := httptest.NewUnstartedServer(h)
	server.Config.BaseContext = func(net.Listener) context.Context { return base }
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(hubtest.Patience))
	const form = "topic=a&data=b"
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		hub.DefaultPath, hubtest.PublisherToken(t, "*"), len(form), form)
	select {
	case <-log.called:
	case <-time.After(hubtest.Patience):
		t.Fatal("the update has not reached the log")
	}
	giveUp()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%s for an update that was not taken, want 503", resp.Status)
	}
}
