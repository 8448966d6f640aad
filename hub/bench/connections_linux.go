package bench

import (
	"context"
	"time"
)

// connections opens streams and leaves them alone.
func (b *run) connections(ctx context.Context) error {
	before, err := b.usage()
	if err != nil {
		return err
	}
	b.o.Timed(true)
	clients, err := b.subscribe(ctx, max(1, b.o.Subscribers), "")
	b.o.Timed(false)
	if err != nil {
		return err
	}
	defer clients.Close()
	connected, err := b.usage()
	if err != nil {
		return err
	}
	b.r.CPUPerConnection = float64((connected.CPU - before.CPU).Microseconds()) / float64(b.o.Subscribers)
	settle := b.o.Duration
	if b.mode == "connect" {
		settle = 0
	}
	b.o.Progress("settling for %v", settle)
	select {
	case <-time.After(settle):
	case <-ctx.Done():
		return ctx.Err()
	}
	after, err := b.usage()
	if err != nil {
		return err
	}
	b.r.Seconds = b.r.ConnectSeconds + settle.Seconds()
	b.r.RSS = after.RSS
	b.r.CPUSeconds = (after.CPU - before.CPU).Seconds()
	if b.mode == "idle" {
		b.r.RSSPerConn = float64(after.RSS-before.RSS) / 1024 / float64(b.o.Subscribers)
		b.r.PSSPerConn = float64(after.PSS-before.PSS) / 1024 / float64(b.o.Subscribers)
	}
	clients.Close()
	if err := clients.Err(); err != nil {
		b.r.wrong("%v", err)
	}
	return nil
}
