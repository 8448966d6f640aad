package fanout_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"amalgam/hub/fanout"
	"amalgam/hub/sse"
	"amalgam/hub/topic"
)

// pipe returns both ends of a TCP connection over loopback.
func pipe(t *testing.T) (server, client *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	return s.(*net.TCPConn), c.(*net.TCPConn)
}

// body reads what a line writes as the body of a chunked response.
func body(c net.Conn) *sse.Reader {
	head := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	resp, err := http.ReadResponse(bufio.NewReader(io.MultiReader(strings.NewReader(head), c)), nil)
	if err != nil {
		panic(err)
	}
	return sse.NewReader(resp.Body)
}

// line attaches a subscriber of "t" to a connection that the fan-out owns.
func (f *fixture) line(s *fanout.Subscriber, cursor string) (*net.TCPConn, <-chan fanout.Reason) {
	f.Helper()
	return f.lineOver(s, cursor, func(c *net.TCPConn) net.Conn { return c })
}

// lineOver has the fan-out own what wrap makes of the connection.
func (f *fixture) lineOver(s *fanout.Subscriber, cursor string, wrap func(*net.TCPConn) net.Conn) (*net.TCPConn, <-chan fanout.Reason) {
	f.Helper()
	m, _ := topic.Selector("t")
	s.Matchers = []*topic.Matcher{m}
	if _, err := f.fan.Attach(context.Background(), s, cursor); err != nil {
		f.Fatal(err)
	}
	server, client := pipe(f.T)
	done := make(chan fanout.Reason, 1)
	f.fan.Go(s, wrap(server), patience, func(why fanout.Reason) { done <- why })
	return client, done
}

func (f *fixture) wantEvents(r *sse.Reader, first, last int) {
	f.Helper()
	for i := first; i < last; i++ {
		e, err := r.Next()
		if got := strings.TrimRight(e.Data, "x"); err != nil || got != fmt.Sprint(i, " ") {
			f.Fatalf("event %d is %q, %v", i, got, err)
		}
	}
}

func (f *fixture) wantReason(done <-chan fanout.Reason, want fanout.Reason) {
	f.Helper()
	select {
	case why := <-done:
		if why != want {
			f.Fatalf("ended by %s, want %s", why, want)
		}
	case <-time.After(patience):
		f.Fatalf("not ended in %v", patience)
	}
}

func TestALineGetsReplayLiveAndItsEnd(t *testing.T) {
	f := start(t, fanout.Options{})
	f.publish("t", 400, 50)
	c, done := f.line(&fanout.Subscriber{}, "99")
	r := body(c)
	f.publish("t", 100, 50)
	f.wantEvents(r, 100, 500)
	f.fan.EndAll(fanout.EndedByLifetime)
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("the body ends with %v, want a clean end", err)
	}
	f.wantReason(done, fanout.EndedByLifetime)
}

// As those of golang.org/x/net/netutil, and of the PROXY protocol.
func TestAConnectionThatHidesItsSocketIsServed(t *testing.T) {
	f := start(t, fanout.Options{})
	hide := func(c *net.TCPConn) net.Conn { return struct{ net.Conn }{c} }
	f.publish("t", 400, 50)
	c, done := f.lineOver(&fanout.Subscriber{}, "99", hide)
	r := body(c)
	f.publish("t", 100, 50)
	f.wantEvents(r, 100, 500)
	leaver, left := f.lineOver(&fanout.Subscriber{}, "", hide)
	leaver.Close()
	f.wantReason(left, fanout.EndedByClient)
	f.fan.EndAll(fanout.EndedByLifetime)
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("the body ends with %v, want a clean end", err)
	}
	f.wantReason(done, fanout.EndedByLifetime)
}

func TestALineWhoseClientDoesNotReadCatchesUp(t *testing.T) {
	f := start(t, fanout.Options{MaxQueue: 64 << 10})
	c, _ := f.line(&fanout.Subscriber{}, "")
	quick, _ := f.line(&fanout.Subscriber{}, "")
	r := body(quick)
	// More than the sockets' buffers take, in events that are large and small.
	for n := range 12 {
		f.publish("t", 1, 300_000)
		f.publish("t", 100, n)
		f.wantEvents(r, n*101, (n+1)*101) // nobody else waits
	}
	slow := body(c)
	f.wantEvents(slow, 0, f.n)
	f.publish("t", 10, 10)
	f.wantEvents(slow, f.n-10, f.n)
}

func TestALineEndsWhenItsClientGoes(t *testing.T) {
	f := start(t, fanout.Options{})
	c, done := f.line(&fanout.Subscriber{}, "")
	c.Close()
	f.wantReason(done, fanout.EndedByClient)
	if n := len(f.fan.Subscribers()); n != 0 {
		t.Errorf("%d subscribers are left", n)
	}
}

func TestALineThatStallsPastTheDeadlineIsCut(t *testing.T) {
	f := start(t, fanout.Options{})
	m, _ := topic.Selector("t")
	s := &fanout.Subscriber{Matchers: []*topic.Matcher{m}}
	if _, err := f.fan.Attach(context.Background(), s, ""); err != nil {
		t.Fatal(err)
	}
	server, _ := pipe(t)
	done := make(chan fanout.Reason, 1)
	f.fan.Go(s, server, 50*time.Millisecond, func(why fanout.Reason) { done <- why })
	f.publish("t", 30, 1<<20) // no socket takes so much unread
	f.wantReason(done, fanout.EndedByStall)
}

func TestALineEndsAtItsTime(t *testing.T) {
	f := start(t, fanout.Options{})
	began := time.Now()
	_, done := f.line(&fanout.Subscriber{Until: began.Add(400 * time.Millisecond), Ending: fanout.EndedByExpiry}, "")
	f.wantReason(done, fanout.EndedByExpiry)
	if took := time.Since(began); took < 250*time.Millisecond {
		t.Errorf("ended after %v, want 0.3 s to 0.4 s", took)
	}
}

func TestALineHasItsHeartbeats(t *testing.T) {
	f := start(t, fanout.Options{Heartbeat: 20 * time.Millisecond})
	c, _ := f.line(&fanout.Subscriber{}, "")
	r := body(c)
	var beats []string
	r.Comment = func(text string) {
		if beats = append(beats, text); len(beats) == 3 || len(beats) == 6 {
			f.publish("t", 2, 0)
		}
	}
	f.wantEvents(r, 0, 3)
	// Each says the interval in milliseconds, and how many events came before.
	for i, want := range []string{"heartbeat 20 0", "heartbeat 20 0", "heartbeat 20 0", "heartbeat 20 2"} {
		if len(beats) <= i || beats[i] != want {
			t.Errorf("heartbeats %q, want %q as number %d", beats, want, i)
		}
	}
}

func TestALineNamesTopics(t *testing.T) {
	f := start(t, fanout.Options{})
	c, _ := f.line(&fanout.Subscriber{NameTopics: true}, "")
	r := body(c)
	f.publish("t", 3, 0)
	for range 3 {
		if e, err := r.Next(); err != nil || e.Topic != "t" {
			t.Fatalf("got %+v, %v", e, err)
		}
	}
}

func TestALineThatEndsInsideAChunkIsNotEndedCleanly(t *testing.T) {
	f := start(t, fanout.Options{})
	const size = 30 << 20 // no socket takes so much unread
	// A write that has not begun to wait when the end comes is completed. The
	// end comes later in each attempt, until one finds the write waiting.
	for attempt := range 30 {
		c, done := f.line(&fanout.Subscriber{}, "")
		_ = c.SetReadBuffer(64 << 10)
		f.publish("t", 1, size)
		first := make([]byte, 1<<10)
		if _, err := io.ReadFull(c, first); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(attempt) * 10 * time.Millisecond)
		f.fan.EndAll(fanout.EndedByLifetime)
		rest := bufferedConn{c, io.MultiReader(bytes.NewReader(first), c)} // makes room
		e, err := body(rest).Next()
		f.wantReason(done, fanout.EndedByLifetime)
		switch {
		case err != nil:
			return
		case len(e.Data) < size:
			t.Fatalf("a part of an event, %d bytes that end in %q, passed for one", len(e.Data), e.Data[len(e.Data)-9:])
		}
	}
	t.Error("no end came inside a chunk")
}

// bufferedConn is a connection of which something has been read.
type bufferedConn struct {
	net.Conn
	r io.Reader
}

func (c bufferedConn) Read(p []byte) (int, error) { return c.r.Read(p) }

func TestALineWritesWhatIsQueuedBeforeAShutdownEndsIt(t *testing.T) {
	f := start(t, fanout.Options{})
	m, _ := topic.Selector("t")
	s := &fanout.Subscriber{Matchers: []*topic.Matcher{m}}
	if _, err := f.fan.Attach(context.Background(), s, ""); err != nil {
		t.Fatal(err)
	}
	// All this waits for the connection.
	f.publish("t", 3, 10)
	f.eventually("the fan-out has seen all", func() bool { return f.fan.Position() == 3 })
	f.fan.EndAll(fanout.EndedByShutdown)
	server, client := pipe(t)
	done := make(chan fanout.Reason, 1)
	f.fan.Go(s, server, patience, func(why fanout.Reason) { done <- why })
	r := body(client)
	f.wantEvents(r, 0, 3)
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("the body ends with %v, want a clean end", err)
	}
	f.wantReason(done, fanout.EndedByShutdown)
}
