package bench

import (
	"context"
	"time"
)

// deliver publishes to subscribers, or to nobody, and measures both ends.
func (b *run) deliver(ctx context.Context) error {
	// In a fan-out a few streams tell the latency of all; where each event
	// goes to one subscriber only, all have to be read.
	every := 1
	if b.o.Topics < 16 {
		every = max(1, b.o.Subscribers/64)
	}
	clients, err := b.subscribe(ctx, every, "")
	if err != nil {
		return err
	}
	defer clients.Close()
	pubs, closeAll, err := b.publishers(ctx)
	if err != nil {
		return err
	}
	defer closeAll()
	plan := newPlan(b.topics, b.o.Private)

	// What the first event sets up once is not part of what every event costs:
	// each publisher says one, or each topic gets one.
	plan.limit = uint64(max(len(pubs), min(len(b.topics), 1000)))
	warmed, err := publishAll(ctx, pubs, plan, 0, nil)
	if err == nil && !b.await(ctx, clients, plan) {
		b.settle(clients, plan)
		return clients.Err()
	}
	if err != nil {
		return err
	}
	plan.seq.Store(uint64(warmed)) // publishers that found the limit have counted on
	plan.limit = 0
	if b.o.Events > 0 {
		plan.limit = uint64(warmed) + uint64(b.o.Events)
	}
	clients.warm.Store(uint64(warmed))
	delivered, reads := clients.events.Load(), clients.reads.Load()

	b.o.Progress("publishing, pace %s, up to %v", b.o.Pace, b.o.Duration)
	before, err := b.usage()
	if err != nil {
		return err
	}
	b.o.Timed(true)
	start := time.Now()
	timed, cancel := context.WithTimeout(ctx, b.o.Duration)
	var step func(int64) bool
	if b.o.Pace.Lockstep {
		step = func(int64) bool { return b.await(ctx, clients, plan) }
	}
	b.r.Published, err = publishAll(timed, pubs, plan, b.o.Pace.Rate, step)
	cancel()
	if err != nil {
		return err
	}
	publishing := time.Since(start)
	b.await(ctx, clients, plan)
	took := time.Since(start)
	b.o.Timed(false)
	after, err := b.usage()
	if err != nil {
		return err
	}
	b.r.Delivered = clients.events.Load() - delivered
	b.cost(before, after, took)
	b.r.PublishRate = float64(b.r.Published) / publishing.Seconds()
	if n := clients.reads.Load() - reads; n > 0 {
		b.r.EventsPerRead = float64(b.r.Delivered) / float64(n)
	}
	b.settle(clients, plan)
	b.r.Expected -= delivered
	return nil
}

// followers is how many subscribers follow topic k.
func (b *run) followers(k int) int64 {
	n := b.o.Subscribers / len(b.topics)
	if k < b.o.Subscribers%len(b.topics) {
		n++
	}
	return int64(n)
}

func (b *run) await(ctx context.Context, clients *Clients, plan *plan) bool {
	var want int64
	for k := range plan.published {
		want += int64(plan.published[k].Load()) * b.followers(k)
	}
	return clients.await(ctx, want)
}

// settle ends the streams and holds every one of them against what it should
// have received.
func (b *run) settle(clients *Clients, plan *plan) {
	// An event too many would come after the last one that was expected.
	if b.o.Subscribers > 0 {
		time.Sleep(100 * time.Millisecond)
	}
	clients.Close()
	if err := clients.Err(); err != nil {
		b.r.wrong("%v", err)
	}
	var latency []int64
	short, long, unread := 0, 0, 0
	orders := make(map[int]uint64)
	disagree := false
	for i := range clients.streams {
		s := &clients.streams[i]
		k := i % len(b.topics)
		want := plan.published[k].Load()
		b.r.Expected += int64(want)
		switch {
		case s.count < want:
			short++
		case s.count > want:
			long++
		}
		if s.reads == nil {
			continue
		}
		latency = append(latency, s.reads.latency...)
		unread += s.reads.unread
		if order, seen := orders[k]; seen && order != s.reads.order && s.reads.unread == 0 {
			disagree = true
		}
		orders[k] = s.reads.order
	}
	b.r.LatencyP50 = time.Duration(Percentile(latency, 0.50))
	b.r.LatencyP99 = time.Duration(Percentile(latency, 0.99))
	if short > 0 {
		b.r.wrong("%d subscribers received too few events", short)
	}
	if long > 0 {
		b.r.wrong("%d subscribers received too many events", long)
	}
	if disagree && unread == 0 && short == 0 {
		b.r.wrong("subscribers of one topic received its events in different orders")
	}
	if unread > 0 {
		b.r.wrong("%d events could not be read, so that their order is not known", unread)
	}
}
