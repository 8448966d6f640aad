package hub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub"
	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/memory"
	"amalgam/hub/hubtest"
	"amalgam/hub/sse"
	"amalgam/hub/update"
)

// overAll runs a test over every transport: what the hub owes to its clients
// does not depend on it, though the code that keeps it does.
func overAll(t *testing.T, test func(t *testing.T, start func(func(*hub.Config)) *hubtest.Hub)) {
	for _, over := range hubtest.Transports {
		t.Run(string(over), func(t *testing.T) {
			test(t, func(config func(*hub.Config)) *hubtest.Hub { return hubtest.StartOver(t, over, config) })
		})
	}
}

// unread opens a stream of topic=a and does not read it. Its socket takes
// little unread; over HTTP/2 and HTTP/3, where the client reads for all streams
// of a connection, it shares that of the others, and its window is 4 or 6 MiB.
func unread(t *testing.T, h *hubtest.Hub) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 4*hubtest.Patience)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL+"?topic=a", nil)
	if err != nil {
		t.Fatal(err)
	}
	client := *h.Client
	if tr, ok := h.Client.Transport.(*http.Transport); ok && !tr.ForceAttemptHTTP2 {
		tr = tr.Clone()
		tr.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err == nil {
				err = conn.(*net.TCPConn).SetReadBuffer(32 << 10)
			}
			return conn, err
		}
		client.Transport = tr
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close(); client.CloseIdleConnections() })
	return resp
}

// floods is how many updates flood publishes: in all 12 MB, which the hub's
// sockets (4 MiB) and the window of a stream do not take unread.
const floods = 40

// flood publishes updates to topic a, and sees quick get each.
func flood(t *testing.T, h *hubtest.Hub, quick *hubtest.Stream) {
	t.Helper()
	pad := strings.Repeat("x", 300_000)
	for i := range floods {
		publish(t, h, fmt.Sprint(i, " ", pad))
		if e := quick.Next(t); number(e) != fmt.Sprint(i) {
			t.Fatalf("the quick reader got %q, want %d", number(e), i)
		}
	}
}

func publish(t *testing.T, h *hubtest.Hub, data string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hubtest.Patience)
	defer cancel()
	if _, err := h.Publish(ctx, &update.Update{Topics: []string{"a"}, Data: data}); err != nil {
		t.Fatal(err)
	}
}

func number(e sse.Event) string {
	n, _, _ := strings.Cut(e.Data, " ")
	return n
}

// readCounter is a log that counts how often it is read.
type readCounter struct {
	eventlog.Log
	reads atomic.Int64
}

func (l *readCounter) Read(ctx context.Context, after, through uint64, fn func(eventlog.Entry) error) error {
	l.reads.Add(1)
	return l.Log.Read(ctx, after, through, fn)
}

func TestOneForWhomTooMuchWaitsReadsTheLogAndMissesNothing(t *testing.T) {
	overAll(t, func(t *testing.T, start func(func(*hub.Config)) *hubtest.Hub) {
		for _, c := range []struct {
			maxQueue int
			reads    bool
		}{{64 << 10, true}, {1 << 30, false}} {
			log := &readCounter{Log: memory.New(memory.Options{})}
			h := start(func(cfg *hub.Config) {
				cfg.Log, cfg.MaxQueue, cfg.DispatchTimeout = log, c.maxQueue, 4*hubtest.Patience
			})
			slow, quick := unread(t, h), h.Subscribe(t, "topic=a", nil)
			flood(t, h, quick)
			r := sse.NewReader(slow.Body)
			for i := range floods {
				if e, err := r.Next(); err != nil || number(e) != fmt.Sprint(i) {
					t.Fatalf("the slow reader got %q, %v, want %d", number(e), err, i)
				}
			}
			publish(t, h, "live")
			if e, err := r.Next(); err != nil || e.Data != "live" {
				t.Fatalf("after catching up: %q, %v, want live", number(e), err)
			}
			if n := log.reads.Load(); n > 0 != c.reads {
				t.Errorf("with a queue of %d bytes the log was read %d times", c.maxQueue, n)
			}
		}
	})
}

// endings is a slog.Handler that collects why streams ended.
type endings chan string

func (e endings) Enabled(context.Context, slog.Level) bool { return true }
func (e endings) WithAttrs([]slog.Attr) slog.Handler       { return e }
func (e endings) WithGroup(string) slog.Handler            { return e }
func (e endings) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "ended" {
			e <- a.Value.String()
		}
		return true
	})
	return nil
}

func (e endings) want(t *testing.T, why string) {
	t.Helper()
	select {
	case got := <-e:
		if got != why {
			t.Errorf("a stream ended: %s, want %s", got, why)
		}
	case <-time.After(hubtest.Patience):
		t.Fatalf("no stream ended in %v, want one: %s", hubtest.Patience, why)
	}
}

func TestAReaderThatStallsPastTheDispatchTimeoutIsCutAlone(t *testing.T) {
	overAll(t, func(t *testing.T, start func(func(*hub.Config)) *hubtest.Hub) {
		ended := make(endings, 10)
		const timeout = time.Second
		h := start(func(c *hub.Config) { c.DispatchTimeout, c.Logger = timeout, slog.New(ended) })
		stalled, quick := unread(t, h), h.Subscribe(t, "topic=a", nil)
		began := time.Now()
		flood(t, h, quick)
		ended.want(t, "stalled")
		if took := time.Since(began); took < timeout {
			t.Errorf("cut after %v, before the timeout of %v", took, timeout)
		}
		r := sse.NewReader(stalled.Body)
		var err error
		got := 0
		for ; err == nil; got++ {
			_, err = r.Next()
		}
		if got > floods || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the stalled reader got %d events and a clean end", got-1)
		}
		publish(t, h, "still there")
		quick.Want(t, "still there")
	})
}

func TestAnIdleStreamOutlivesTheDispatchTimeout(t *testing.T) {
	overAll(t, func(t *testing.T, start func(func(*hub.Config)) *hubtest.Hub) {
		const timeout = 100 * time.Millisecond
		h := start(func(c *hub.Config) { c.DispatchTimeout, c.Heartbeat = timeout, -1 })
		s := h.Subscribe(t, "topic=a", nil)
		publish(t, h, "1")
		s.Want(t, "1")
		time.Sleep(4 * timeout) // being idle is what is tested
		publish(t, h, "2")
		s.Want(t, "2")
	})
}

func TestAStreamEndsInOrderWithItsTokenOverEveryTransport(t *testing.T) {
	overAll(t, func(t *testing.T, start func(func(*hub.Config)) *hubtest.Hub) {
		ended := make(endings, 10)
		h := start(func(c *hub.Config) { c.Logger = slog.New(ended) })
		exp := time.Now().Add(2 * time.Second).Truncate(time.Second)
		token := hubtest.Sign(t, hubtest.SubscriberSecret, jwt.MapClaims{"exp": exp.Unix(), "mercure": map[string]any{"subscribe": []string{"*"}}})
		if err := h.Subscribe(t, "topic=a", hubtest.Bearer(token)).WantEnd(t); err != io.EOF {
			t.Errorf("the stream ended with %v, want a clean end", err)
		}
		if early := time.Until(exp); early > 150*time.Millisecond {
			t.Errorf("the stream ended %v before its token", early)
		}
		ended.want(t, "expired")
	})
}

func TestStreamsLiveToTheWriteTimeoutLessARandomPart(t *testing.T) {
	overAll(t, func(t *testing.T, start func(func(*hub.Config)) *hubtest.Hub) {
		const life = 3 * time.Second
		h := start(func(c *hub.Config) { c.WriteTimeout = life })
		var wg sync.WaitGroup
		lives := make([]time.Duration, 40)
		for i := range lives {
			began := time.Now()
			s := h.Subscribe(t, "topic=a", nil)
			wg.Go(func() {
				if err := s.WantEnd(t); err != io.EOF {
					t.Errorf("a stream ended with %v, want a clean end", err)
				}
				lives[i] = time.Since(began)
			})
		}
		wg.Wait()
		early := 0
		for _, l := range lives {
			if l < life*9/10-150*time.Millisecond {
				t.Errorf("a stream lived %v, want at least nine tenths of %v", l, life)
			}
			if l < life-150*time.Millisecond {
				early++
			}
		}
		if early == 0 {
			t.Errorf("no stream ended early: %v", lives)
		}
	})
}

func TestHeartbeatsArriveOverEveryTransport(t *testing.T) {
	overAll(t, func(t *testing.T, start func(func(*hub.Config)) *hubtest.Hub) {
		s := start(func(c *hub.Config) { c.Heartbeat = 50 * time.Millisecond }).Subscribe(t, "topic=a", nil)
		for range 4 { // the first is the one that opens the stream
			select {
			case <-s.Comments:
			case <-time.After(hubtest.Patience):
				t.Fatal("no comment")
			}
		}
	})
}

func TestReplayAndLiveMeetWithoutGapOrRepeat(t *testing.T) {
	overAll(t, func(t *testing.T, start func(func(*hub.Config)) *hubtest.Hub) {
		h := start(nil)
		first := h.Send(t, "topic", "a", "data", "start")
		var wg sync.WaitGroup
		const events = 300
		wg.Go(func() {
			for i := range events {
				h.Send(t, "topic", "a", "data", fmt.Sprint(i))
			}
		})
		for range 30 {
			s := h.Subscribe(t, "topic=a", http.Header{"Last-Event-Id": {first}})
			wg.Go(func() {
				for i := range events {
					if e := s.Next(t); e.Data != fmt.Sprint(i) {
						t.Errorf("got %q, want %d", e.Data, i)
						return
					}
				}
			})
		}
		wg.Wait()
	})
}
