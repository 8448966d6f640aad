package faults

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"amalgam/hub/bench"
	"amalgam/hub/hubtest/process"
)

// An upgrade in place: SIGTERM, and another binary on the same folder and
// port, with subscribers connected and publishing under way all the time. No
// gate holds anybody back here: clients do what clients do, they try again.
func TestAnUpgradeInPlaceLosesNothing(t *testing.T) {
	count := 1000
	if err := bench.RaiseLimit(count + 500); err != nil {
		t.Fatalf("%d subscribers cannot be had: %v", count, err)
	}
	const version = "the-next-one"
	next, err := process.Build(t.TempDir(), "-ldflags", "-s -w -X main.version="+version)
	if err != nil {
		t.Fatal(err)
	}
	h := start(t, "anonymous\nwrite_timeout 0")
	defer func() { h.Kill() }()
	s := newStorm(t, h)
	s.orderly = true
	ctx, cancel := context.WithCancel(t.Context())
	var people sync.WaitGroup
	defer people.Wait()
	defer cancel()
	first := s.gather(ctx, &people, count)

	publishing, stop := context.WithCancel(ctx)
	defer stop()
	type outcome struct {
		ids     []string
		refused int
	}
	published := make(chan outcome, 1)
	people.Go(func() {
		var o outcome
		o.ids, o.refused = s.insistAll(publishing)
		published <- o
	})
	s.mark.Store(s.number.Load() + 20)
	s.await("up to date", &s.caught, count)

	begin := time.Now()
	if err := h.Stop(); err != nil {
		t.Fatal(err)
	}
	stopped := time.Now()
	if h, err = h.Upgrade(next); err != nil {
		t.Fatal(err)
	}
	ready := time.Now()
	if h.CountLog("version="+version) == 0 {
		t.Fatalf("the hub that runs now is not the new one:\n%s", h.Log())
	}
	s.caught.Store(0)
	s.mark.Store(s.number.Load() + 20)
	s.await("served by the new hub", &s.caught, count)
	back := time.Now()

	stop()
	o := <-published
	s.caught.Store(0)
	s.mark.Store(s.number.Load() + 1)
	last := s.publish(ctx)
	if last == "" {
		t.Fatal("the hub took no update at the end")
	}
	s.await("at the end", &s.caught, count)
	cancel()
	people.Wait()
	s.compare(first, last, append(o.ids, last))
	if len(o.ids) < 30 || o.refused == 0 {
		t.Errorf("%d updates were answered and %d attempts were not: that was no upgrade under load", len(o.ids), o.refused)
	}
	t.Logf("%d subscribers: stopped in %v, the new one ready %v later, everybody served on %v after that; the publisher tried %d times in vain",
		count, stopped.Sub(begin).Round(time.Millisecond), ready.Sub(stopped).Round(time.Millisecond), back.Sub(ready).Round(time.Millisecond), o.refused)
	if err := h.Stop(); err != nil {
		t.Error(err)
	}
}

// insistAll publishes one number after the other until ctx is over, each until
// it is answered with 2xx. What an orderly stop does not answer so it has not
// stored: an update that was stored all the same would come twice, at which
// the members fail.
func (s *storm) insistAll(ctx context.Context) (answered []string, refused int) {
	tick := time.NewTicker(stormEvery / 4)
	defer tick.Stop()
	for ctx.Err() == nil {
		n := strconv.FormatInt(s.number.Add(1), 10)
		for id := ""; id == ""; {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return answered, refused
			}
			// The request outlives ctx, so that its answer is known.
			id = s.attempt(context.WithoutCancel(ctx), n, &refused)
			if id != "" {
				answered = append(answered, id)
			}
		}
	}
	return answered, refused
}

func (s *storm) attempt(ctx context.Context, n string, refused *int) (id string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	id, status, err := s.client.publish(ctx, url.Values{"topic": {stormTopic}, "data": {n}})
	switch {
	case err == nil:
		return id
	case status != 0 && status != 503:
		s.fail(fmt.Errorf("update %s: %w", n, err))
	}
	*refused++
	return ""
}
