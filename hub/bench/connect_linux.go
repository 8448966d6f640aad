package bench

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"time"
)

// clientOptions say who connects and how.
type clientOptions struct {
	count   int
	request func(i int) []byte // the whole request of the i-th
	sample  func(i int) bool   // whether to read the stamps of the i-th
	window  int                // connections being made at a time; default 256
}

// connect opens all streams and returns when each has been granted or one has
// failed.
func connect(ctx context.Context, d *dialer, o clientOptions) (*Clients, time.Duration, error) {
	c := &Clients{streams: make([]stream, o.count), hit: make(chan struct{}, 1)}
	c.target.Store(-1)
	if o.window == 0 {
		o.window = 256
	}
	for i := range c.streams {
		c.streams[i].fd = -1
		if o.sample(i) {
			c.streams[i].reads = newStamps(&c.warm)
		}
	}
	n := max(1, min(runtime.GOMAXPROCS(0)/2, 4, o.count))
	connected := make(chan struct{}, n)
	start := now()
	for k := range n {
		epfd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
		if err != nil {
			c.Close()
			return nil, 0, fmt.Errorf("epoll: %w", err)
		}
		r := &reader{c: c, d: d, o: o, epfd: epfd, first: k, step: n, next: k, connected: connected}
		r.window = max(1, o.window/n)
		c.readers = append(c.readers, r)
		c.wg.Go(r.run)
	}
	for range n {
		select {
		case <-connected:
		case <-ctx.Done():
			c.Close()
			return nil, 0, fmt.Errorf("%d of %d subscribers were granted before the time was over", c.open.Load(), o.count)
		}
	}
	took := time.Duration(now() - start)
	if err := c.Err(); err != nil {
		c.Close()
		return nil, 0, err
	}
	return c, took, nil
}
