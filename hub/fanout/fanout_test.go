package fanout_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"amalgam/hub/eventlog/memory"
	"amalgam/hub/fanout"
	"amalgam/hub/sse"
	"amalgam/hub/topic"
	"amalgam/hub/update"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 15 * time.Second

// gate is a connection whose writes wait while it is shut.
type gate struct {
	mu      sync.Mutex
	open    *sync.Cond
	shut    bool
	fail    bool
	waiting chan struct{} // gets a value when a write finds the gate shut
	written strings.Builder
	writes  int
}

func newGate() *gate {
	g := &gate{waiting: make(chan struct{}, 1000)}
	g.open = sync.NewCond(&g.mu)
	return g
}

func (g *gate) Write(p []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.shut {
		g.waiting <- struct{}{}
		g.open.Wait()
	}
	if g.fail {
		return errors.New("gone")
	}
	g.writes++
	g.written.Write(p)
	return nil
}

func (g *gate) set(shut bool) {
	g.mu.Lock()
	g.shut = shut
	g.mu.Unlock()
	g.open.Broadcast()
}

func (g *gate) events(t *testing.T) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := sse.NewReader(strings.NewReader(g.written.String()))
	var data []string
	for {
		e, err := r.Next()
		if err != nil {
			return data
		}
		data = append(data, strings.TrimRight(e.Data, "x"))
	}
}

type fixture struct {
	*testing.T
	log *memory.Log
	fan *fanout.Fanout
	n   int
}

func start(t *testing.T, opts fanout.Options) *fixture {
	log := memory.New(memory.Options{})
	opts.Log = log
	fan, err := fanout.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{T: t, log: log, fan: fan}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := f.fan.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return f
}

// publish appends n updates of the topic, numbered, each of about size bytes.
func (f *fixture) publish(name string, n, size int) {
	f.Helper()
	for range n {
		u := &update.Update{Topics: []string{name}, ID: fmt.Sprint(f.n), Data: fmt.Sprint(f.n, " ") + strings.Repeat("x", size)}
		if _, err := f.log.Append(context.Background(), u); err != nil {
			f.Fatal(err)
		}
		f.n++
	}
}

// serve attaches a subscriber and serves it until the test ends or stop.
func (f *fixture) serve(s *fanout.Subscriber, cursor string, conn fanout.Conn) (reason <-chan fanout.Reason, stop func()) {
	f.Helper()
	if len(s.Matchers) == 0 {
		m, _ := topic.Selector("t")
		s.Matchers = []*topic.Matcher{m}
	}
	if _, err := f.fan.Attach(context.Background(), s, cursor); err != nil {
		f.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan fanout.Reason, 1)
	go func() {
		defer f.fan.Detach(s, fanout.EndedByClient, nil)
		done <- f.fan.Serve(ctx, s, conn)
	}()
	f.Cleanup(cancel)
	return done, cancel
}

func (f *fixture) eventually(what string, ok func() bool) {
	f.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			f.Fatalf("%s: not in %v", what, patience)
		}
	}
}

func (f *fixture) wantInOrder(g *gate, first, last int) {
	f.Helper()
	f.eventually(fmt.Sprintf("%d events", last-first), func() bool { return len(g.events(f.T)) >= last-first })
	for i, e := range g.events(f.T) {
		if want := fmt.Sprint(first+i, " "); e != want {
			f.Fatalf("event %d is %q, want %q", i, e, want)
		}
	}
}

func TestOneThatFallsBehindReadsTheLogAndMissesNothing(t *testing.T) {
	f := start(t, fanout.Options{MaxQueue: 4 << 10})
	slow, quick := newGate(), newGate()
	slow.set(true)
	f.serve(&fanout.Subscriber{ID: "slow"}, "", slow)
	f.serve(&fanout.Subscriber{ID: "quick"}, "", quick)
	f.publish("t", 1, 100)
	<-slow.waiting // it is stuck in a write
	f.publish("t", 500, 100)
	f.wantInOrder(quick, 0, 501) // nobody else waits
	if n := len(slow.events(t)); n != 0 {
		t.Fatalf("the slow one has %d events through a shut gate", n)
	}
	slow.set(false)
	f.wantInOrder(slow, 0, 501)
	f.publish("t", 10, 100)
	f.wantInOrder(slow, 0, 511)
}

func TestItFallsBehindAgainAndAgainWhileEventsFlow(t *testing.T) {
	f := start(t, fanout.Options{MaxQueue: 1 << 10})
	g := newGate()
	f.serve(&fanout.Subscriber{}, "", g)
	for round := range 20 {
		g.set(true)
		f.publish("t", 1, 100)
		<-g.waiting
		f.publish("t", 40+round, 100)
		g.set(false)
		f.publish("t", 5, 100)
	}
	f.wantInOrder(g, 0, f.n)
}

func TestWhatWaitsGoesOutInOneWrite(t *testing.T) {
	f := start(t, fanout.Options{})
	g := newGate()
	g.set(true)
	f.serve(&fanout.Subscriber{}, "", g)
	f.publish("t", 1, 10)
	<-g.waiting
	f.publish("t", 100, 10)
	f.eventually("the fan-out has seen all", func() bool { return f.fan.Position() == 101 })
	g.set(false)
	f.wantInOrder(g, 0, 101)
	if g.writes != 2 {
		t.Errorf("%d writes for one event and then a hundred that waited, want 2", g.writes)
	}
}

func TestAFailedWriteEndsTheStreamAndNobodyElses(t *testing.T) {
	f := start(t, fanout.Options{})
	bad, good := newGate(), newGate()
	bad.fail = true
	reason, _ := f.serve(&fanout.Subscriber{}, "", bad)
	f.serve(&fanout.Subscriber{}, "", good)
	f.publish("t", 2, 10)
	select {
	case why := <-reason:
		if why != fanout.EndedByStall {
			t.Errorf("ended by %s, want %s", why, fanout.EndedByStall)
		}
	case <-time.After(patience):
		t.Fatal("the stream did not end")
	}
	f.wantInOrder(good, 0, 2)
	f.eventually("one subscriber left", func() bool { return len(f.fan.Subscribers()) == 1 })
}

func TestNothingGoesOutAfterTheEnd(t *testing.T) {
	f := start(t, fanout.Options{})
	g := newGate()
	g.set(true)
	s := &fanout.Subscriber{}
	reason, _ := f.serve(s, "", g)
	f.publish("t", 1, 70<<10) // a write of its own
	<-g.waiting
	f.publish("t", 5, 70<<10)
	f.fan.EndAll(fanout.EndedByExpiry)
	g.set(false)
	if why := <-reason; why != fanout.EndedByExpiry {
		t.Errorf("ended by %s, want %s", why, fanout.EndedByExpiry)
	}
	if n := len(g.events(t)); n != 1 {
		t.Errorf("%d events went out, want only the one under way", n)
	}
}

func TestCloseEndsEveryStreamAndRefusesNewOnes(t *testing.T) {
	f := start(t, fanout.Options{})
	reason, _ := f.serve(&fanout.Subscriber{}, "", newGate())
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := f.fan.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if why := <-reason; why != fanout.EndedByShutdown {
		t.Errorf("ended by %s, want %s", why, fanout.EndedByShutdown)
	}
	if _, err := f.fan.Attach(context.Background(), &fanout.Subscriber{}, ""); !errors.Is(err, fanout.ErrClosed) {
		t.Errorf("Attach after Close = %v, want ErrClosed", err)
	}
}

func TestEveryStreamHasItsHeartbeat(t *testing.T) {
	f := start(t, fanout.Options{Heartbeat: 20 * time.Millisecond})
	var gates []*gate
	for range 40 {
		g := newGate()
		gates = append(gates, g)
		f.serve(&fanout.Subscriber{}, "", g)
	}
	for _, g := range gates {
		f.eventually("three heartbeats", func() bool {
			g.mu.Lock()
			defer g.mu.Unlock()
			return strings.Count(g.written.String(), ": heartbeat 20 0\n") >= 3
		})
	}
}
