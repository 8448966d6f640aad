package fanout_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"amalgam/hub/eventlog/memory"
	"amalgam/hub/fanout"
	"amalgam/hub/topic"
	"amalgam/hub/update"
)

// crowd is subscribers of one topic on real connections, whose clients count
// the bytes they get.
type crowd struct {
	testing.TB
	log      *memory.Log
	fan      *fanout.Fanout
	received atomic.Int64
	readers  sync.WaitGroup
	each     int64 // bytes of one event on a line
	want     int64
}

func gather(b testing.TB, n int) *crowd {
	log := memory.New(memory.Options{})
	fan, err := fanout.New(fanout.Options{Log: log})
	if err != nil {
		b.Fatal(err)
	}
	c := &crowd{TB: b, log: log, fan: fan}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	m, _ := topic.Selector("t")
	for range n {
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		server, err := l.Accept()
		if err != nil {
			b.Fatal(err)
		}
		s := &fanout.Subscriber{Matchers: []*topic.Matcher{m}}
		if _, err := fan.Attach(context.Background(), s, ""); err != nil {
			b.Fatal(err)
		}
		fan.Go(s, server, patience, func(fanout.Reason) {})
		c.readers.Go(func() {
			defer client.Close()
			buf := make([]byte, 16<<10)
			for {
				k, err := client.Read(buf)
				c.received.Add(int64(k))
				if err != nil {
					return
				}
			}
		})
	}
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := fan.Close(ctx); err != nil {
			b.Errorf("Close: %v", err)
		}
		c.readers.Wait()
	})
	return c
}

// publish publishes one event and waits until everybody has it.
func (c *crowd) publish(u *update.Update, n int) {
	if _, err := c.log.Append(context.Background(), u); err != nil {
		c.Fatal(err)
	}
	if c.each == 0 {
		event := int64(len(update.AppendEvent(nil, u)))
		c.each = event + int64(len(fmt.Sprintf("%x\r\n\r\n", event)))
	}
	c.want += c.each * int64(n)
	for deadline := time.Now().Add(patience); c.received.Load() < c.want; time.Sleep(20 * time.Microsecond) {
		if time.Now().After(deadline) {
			c.Fatalf("%d bytes of %d came", c.received.Load(), c.want)
		}
	}
}

func event() *update.Update {
	return &update.Update{Topics: []string{"t"}, ID: "urn:uuid:00000000-0000-4000-8000-000000000000", Data: strings.Repeat("x", 130)}
}

// A delivery is: found in the index, queued, taken, written to the socket.
func BenchmarkDelivery(b *testing.B) {
	const n = 1000
	c := gather(b, n)
	u := event()
	c.publish(u, n)
	b.ReportAllocs()
	for b.Loop() {
		c.publish(u, n)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/delivery")
}

func TestADeliveryAllocatesNothing(t *testing.T) {
	const n = 200
	c := gather(t, n)
	u := event()
	for range 3 {
		c.publish(u, n)
	}
	// What an event allocates is the same for one subscriber and for many.
	if got := testing.AllocsPerRun(20, func() { c.publish(u, n) }); got >= n/4 {
		t.Errorf("an event to %d subscribers allocates %.0f times: a delivery must not", n, got)
	}
}

// BenchmarkCatchUp reads the log for one that has fallen behind.
func BenchmarkCatchUp(b *testing.B) {
	log := memory.New(memory.Options{})
	fan, err := fanout.New(fanout.Options{Log: log})
	if err != nil {
		b.Fatal(err)
	}
	defer fan.Close(context.Background())
	const events = 1000
	for range events {
		if _, err := log.Append(context.Background(), event()); err != nil {
			b.Fatal(err)
		}
	}
	whole := events * len(update.AppendEvent(nil, event()))
	m, _ := topic.Selector("t")
	b.ReportAllocs()
	for b.Loop() {
		s := &fanout.Subscriber{Matchers: []*topic.Matcher{m}}
		if _, err := fan.Attach(context.Background(), s, update.Earliest); err != nil {
			b.Fatal(err)
		}
		fan.Serve(context.Background(), s, &counted{left: whole})
		fan.Detach(s, fanout.EndedByClient, nil)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/events, "ns/event")
}

// counted is a client that goes away when it has got so many bytes.
type counted struct{ left int }

func (c *counted) Write(p []byte) error {
	if c.left -= len(p); c.left <= 0 {
		return io.EOF
	}
	return nil
}
