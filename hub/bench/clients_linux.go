package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Clients are many subscribers in few goroutines: each reader waits in epoll
// for its share of the connections and reads all of them into one buffer.
type Clients struct {
	streams []stream
	readers []*reader
	wg      sync.WaitGroup
	closing atomic.Bool

	open   atomic.Int64  // streams that have been granted
	events atomic.Int64  // events that all streams have received
	reads  atomic.Int64  // calls of read(2) that brought something
	lost   atomic.Int64  // streams that ended or were never granted
	warm   atomic.Uint64 // the last event whose latency does not count
	target atomic.Int64  // of events, for await
	hit    chan struct{}

	mu    sync.Mutex
	fault error // the first one
}

// A stream is one connection.
type stream struct {
	scanner
	fd    int32
	state uint8
	head  []byte // of the answer, while it is not whole
}

const (
	dialling uint8 = iota
	asked          // the request is sent, the answer not complete
	flowing
	gone
)

// Err returns the first thing that went wrong with a stream.
func (c *Clients) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil && c.lost.Load() > 1 {
		return fmt.Errorf("%w (the first of %d)", c.fault, c.lost.Load())
	}
	return c.fault
}

func (c *Clients) fail(err error) {
	c.lost.Add(1)
	c.mu.Lock()
	if c.fault == nil {
		c.fault = err
	}
	c.mu.Unlock()
	c.signal()
}

func (c *Clients) signal() {
	select {
	case c.hit <- struct{}{}:
	default:
	}
}

// await returns when all streams together have received n events, and whether
// they have: not if a stream is lost, ctx is over first, or nothing more comes
// for the time of patience.
func (c *Clients) await(ctx context.Context, n int64) bool {
	c.target.Store(n)
	seen := c.events.Load()
	if seen >= n {
		return true
	}
	silence := time.NewTicker(patience)
	defer silence.Stop()
	for c.events.Load() < n {
		if c.lost.Load() > 0 {
			return false
		}
		select {
		case <-c.hit:
		case <-silence.C:
			before := seen
			if seen = c.events.Load(); seen == before {
				return false
			}
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// patience is how long no event may come before the rest counts as lost.
const patience = 10 * time.Second

// Close closes every connection and waits for the readers.
func (c *Clients) Close() {
	c.closing.Store(true)
	c.wg.Wait()
	for i := range c.streams {
		if s := &c.streams[i]; s.fd >= 0 {
			drop(int(s.fd))
			s.fd = -1
		}
	}
}
