package faults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"amalgam/hub/bench"
	"amalgam/hub/hubtest/process"
)

const (
	healthyReaders = 50
	stalledReaders = 50

	sharedTopic  = "https://faults.example/shared"  // everybody follows it
	stalledTopic = "https://faults.example/stalled" // only the stalled do

	// The events of a round are larger than a queue and both sockets' buffers.
	roundTime  = 1500 * time.Millisecond
	roundEvery = 10 * time.Millisecond
	roundPad   = 12 << 10

	// judgedFrom is the p99 below which a ratio of two says nothing: this is
	// what one turn of the scheduler costs on a machine that is shared.
	judgedFrom = 30 * time.Millisecond

	// blastBytes are published to the stalled ones while they stall. What is
	// kept for them is a queue each, 1 MiB of encoded events at most; slack is
	// for what is read, encoded and let go meanwhile, and Go's heap, which may
	// double before it is collected.
	blastBytes = 256 << 20
	queueBound = 1 << 20
	slack      = 40 << 20
)

// A crowd are the readers of one hub, and who publishes to them.
type crowd struct {
	*testing.T
	hub     *process.Hub
	client  *client
	started time.Time

	mu        sync.Mutex
	latencies []int64
	received  atomic.Int64
	published int64
	cut       int // stalled readers that the hub has cut and that are done with
}

func TestStalledReadersCostOthersNothingAndAreCut(t *testing.T) {
	// A log in memory: a disk that others use as well would decide otherwise.
	h := start(t, "anonymous\nwrite_timeout 0\ntransport local\nhistory {\nmax_bytes 4MiB\n}")
	defer h.Kill()
	c := &crowd{T: t, hub: h, client: newClient(t, h.URL()), started: time.Now()}
	ctx, cancel := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	defer readers.Wait()
	defer cancel()
	for range healthyReaders {
		s, err := c.client.subscribe(ctx, "topic="+sharedTopic, "", "")
		if err != nil {
			t.Fatal(err)
		}
		readers.Go(func() { c.read(s) })
	}
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	c.round() // connections, caches and heap are warm after it
	before := c.memory()
	stalled := c.stall()
	c.blast(before)
	c.wantCut(stalled)
	var without, with []float64
	a, b := 0.0, 0.0
	tooLate := func() bool { return len(with) == 0 || b >= 2*a && b > judgedFrom.Seconds()*1000 }
	// What others do on the machine can spoil some rounds, a hub that makes the
	// healthy wait spoils all: where the first rounds speak against it, two more
	// are heard.
	for i := 0; i < rounds || i < rounds+2 && tooLate(); i++ {
		alone := c.round()
		stalled := c.stall()
		beside := c.round()
		if c.cutSoFar() > 0 && beside < float64(roundTime.Milliseconds()) {
			t.Logf("round %d does not count: the machine was so slow that stalled readers were cut within it", i+1)
		} else {
			without, with = append(without, alone), append(with, beside)
			a, b = bench.Median(without), bench.Median(with)
		}
		c.wantCut(stalled)
	}
	t.Logf("p99 of %d healthy readers: %.2f ms alone (%.2f), %.2f ms beside %d stalled ones (%.2f)", healthyReaders, a, without, b, stalledReaders, with)
	if tooLate() {
		t.Errorf("p99 beside stalled readers is %.2f ms, without them %.2f ms: want less than twice as much", b, a)
	}
	if err := h.Stop(); err != nil {
		t.Error(err)
	}
}

// read follows a healthy reader's stream, whose events carry their time.
func (c *crowd) read(s *stream) {
	defer s.close()
	for {
		e, err := s.Next()
		if err != nil {
			return
		}
		stamp, _, _ := strings.Cut(e.Data, " ")
		at, _ := strconv.ParseInt(stamp, 10, 64)
		late := int64(time.Since(c.started)) - at
		c.mu.Lock()
		c.latencies = append(c.latencies, late)
		c.mu.Unlock()
		c.received.Add(1)
	}
}

// publish publishes an event that says when.
func (c *crowd) publish(topic string, pad int) {
	data := strconv.FormatInt(int64(time.Since(c.started)), 10) + " " + strings.Repeat("x", pad)
	ctx, cancel := context.WithTimeout(c.Context(), patience)
	defer cancel()
	if _, _, err := c.client.publish(ctx, url.Values{"topic": {topic}, "data": {data}}); err != nil {
		c.Error(err)
	}
}

// round publishes to everybody and returns the p99 of the healthy readers'
// latency, in milliseconds.
func (c *crowd) round() float64 {
	c.mu.Lock()
	c.latencies = c.latencies[:0]
	c.mu.Unlock()
	tick := time.NewTicker(roundEvery)
	defer tick.Stop()
	for end := time.Now().Add(roundTime); time.Now().Before(end); <-tick.C {
		c.publish(sharedTopic, roundPad)
		c.published++
	}
	for deadline := time.Now().Add(patience); c.received.Load() < c.published*healthyReaders; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			c.Fatalf("the healthy readers have %d of %d events", c.received.Load(), c.published*healthyReaders)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return float64(bench.Percentile(c.latencies, 0.99)) / 1e6
}

// stall connects readers that read the head of their answer and never again,
// and fills what there is for them: both sockets' buffers and their queues.
func (c *crowd) stall() []net.Conn {
	c.Helper()
	d := dialer
	d.Control = func(_, _ string, raw syscall.RawConn) (err error) {
		if e := raw.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) }); e != nil {
			return e
		}
		return err
	}
	var all []net.Conn
	for range stalledReaders {
		conn, err := d.DialContext(c.Context(), "tcp", c.hub.Address())
		if err != nil {
			c.Fatal(err)
		}
		c.Cleanup(func() { _ = conn.Close() })
		all = append(all, conn)
		_ = conn.SetDeadline(time.Now().Add(patience))
		_, err = fmt.Fprintf(conn, "GET /.well-known/mercure?topic=%s&topic=%s HTTP/1.1\r\nHost: %s\r\n\r\n", sharedTopic, stalledTopic, c.hub.Address())
		if err != nil {
			c.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
		if err != nil || resp.StatusCode != http.StatusOK {
			c.Fatalf("subscribing: %v, %v", resp, err)
		}
	}
	for range 3 << 20 / (64 << 10) {
		c.publish(stalledTopic, 64<<10)
	}
	return all
}

// memory returns the resident memory of the hub, in bytes.
func (c *crowd) memory() int64 {
	u, err := bench.ReadUsage([]int{c.hub.PID()})
	if err != nil {
		c.Fatal(err)
	}
	return u.RSS
}

const cutLine = "ended=stalled"

// cutSoFar returns how many of those that stall now the hub has cut.
func (c *crowd) cutSoFar() int { return c.hub.CountLog(cutLine) - c.cut }

// blast publishes a lot to those who stall, until the first of them is cut, and
// watches the hub's memory. A hub that kept what it has for them would hold all
// of it.
func (c *crowd) blast(before int64) {
	const each = 256 << 10
	body := url.Values{"topic": {stalledTopic}, "data": {strings.Repeat("x", each)}}.Encode()
	ctx, stop := context.WithTimeout(c.Context(), patience)
	defer stop()
	var publishers sync.WaitGroup
	var published atomic.Int64
	for range 4 {
		publishers.Go(func() {
			for published.Load() < blastBytes && ctx.Err() == nil {
				if _, _, err := c.client.post(ctx, body); err == nil {
					published.Add(each)
				} else if ctx.Err() == nil {
					c.Error(err)
					return
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { publishers.Wait(); close(done) }()
	peak := before
	for running := true; running && c.cutSoFar() == 0; {
		peak = max(peak, c.memory())
		select {
		case <-done:
			running = false
		case <-time.After(10 * time.Millisecond):
		}
	}
	total := published.Load()
	stop()
	<-done
	bound := before + stalledReaders*queueBound + slack
	c.Logf("resident: %d MiB without stalled readers, %d MiB at most while %d MiB were published to %d of them; the bound is %d MiB",
		before>>20, peak>>20, total>>20, stalledReaders, bound>>20)
	switch {
	case peak > bound:
		c.Errorf("the hub holds %d MiB: more than %d MiB for each stalled reader and %d MiB besides", peak>>20, queueBound>>20, slack>>20)
	case total <= bound:
		c.Errorf("the machine is too slow for this test: stalled readers were cut when %d MiB were published, which proves nothing", total>>20)
	}
}

// wantCut waits until the hub has cut the stalled readers, by its log and by
// their sockets.
func (c *crowd) wantCut(stalled []net.Conn) {
	c.Helper()
	c.cut += len(stalled)
	if err := c.hub.AwaitLog(cutLine, c.cut); err != nil {
		c.Fatal(err)
	}
	buf := make([]byte, 64<<10)
	for i, conn := range stalled {
		_ = conn.SetDeadline(time.Now().Add(patience))
		for {
			_, err := conn.Read(buf)
			if err == nil {
				continue
			}
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				c.Fatalf("the hub says it has cut the stalled readers, and the connection of number %d stands", i)
			}
			break
		}
		_ = conn.Close()
	}
}
