package fanout

import (
	"context"
	"math/rand/v2"
	"time"
)

// Drain refuses new subscribers and tells every stream to end, each at a random
// moment within spread, so that their clients do not all connect again in one
// instant. A stream writes what is queued for it before it ends. Drain returns
// when spread is over, also if there are no streams, or when ctx is; the
// streams that are left are for Close.
func (f *Fanout) Drain(ctx context.Context, spread time.Duration) error {
	f.mu.Lock()
	f.draining = true
	f.mu.Unlock()
	all := f.Subscribers()
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	// Each stream has a slice of spread for itself and ends somewhere in it:
	// random for the client, and even for the hub and for what comes after it.
	began, slice := time.Now(), float64(spread)/float64(max(len(all), 1))
	for i, s := range all {
		moment := time.Duration((float64(i) + rand.Float64()) * slice)
		if err := sleepUntil(ctx, began.Add(moment)); err != nil {
			return err
		}
		f.end(s, EndedByShutdown)
	}
	return sleepUntil(ctx, began.Add(spread))
}

// sleepUntil waits until t, or returns the error of a ctx that is over before.
func sleepUntil(ctx context.Context, t time.Time) error {
	d := time.Until(t)
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close refuses new subscribers, tells every stream to end at once, waits until
// each has been detached, and stops following the log. What has not ended when
// ctx is over is cut, and Close returns ctx's error; streams that Serve serves
// are for their server to cut.
func (f *Fanout) Close(ctx context.Context) error {
	f.mu.Lock()
	again := f.closed
	f.closed, f.draining = true, true
	f.mu.Unlock()
	if again {
		return nil
	}
	f.EndAll(EndedByShutdown)
	gone := make(chan struct{})
	go func() { f.serving.Wait(); close(gone) }()
	var err error
	select {
	case <-gone:
	case <-ctx.Done():
		err = ctx.Err()
		f.cut()
	}
	f.unfollow()
	close(f.quit)
	f.loops.Wait()
	f.pool.close()
	f.watcher.close()
	return err
}

// cut ends every line's connection, which fails the write that it waits in. It
// does not close it: somebody may be writing to its descriptor.
func (f *Fanout) cut() {
	for _, s := range f.Subscribers() {
		s.mu.Lock()
		if s.line != nil {
			_ = s.line.conn.CloseWrite()
		}
		s.mu.Unlock()
	}
}
