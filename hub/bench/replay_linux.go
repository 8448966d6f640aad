package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// replay fills the hub's history and has all subscribers come back at once.
func (b *run) replay(ctx context.Context) error {
	pubs, closeAll, err := b.publishers(ctx)
	if err != nil {
		return err
	}
	defer closeAll()
	if err := b.fill(ctx, pubs); err != nil {
		return err
	}
	// The last event seen, then those missed: one after the other, so that
	// their order is known.
	cursor, err := pubs[0].publish(b.topics[0], false, 1)
	if err != nil {
		return err
	}
	if cursor == "" {
		return errors.New("the hub's answer to a publish is empty: it should be the id of the update")
	}
	for i := range b.o.Missed {
		if _, err := pubs[0].publish(b.topics[0], false, uint64(2+i)); err != nil {
			return err
		}
	}
	closeAll()
	b.r.Published = int64(b.o.Missed)
	before, err := b.usage()
	if err != nil {
		return err
	}
	b.o.Timed(true)
	start := now()
	b.o.Progress("%d subscribers come back for %d events each", b.o.Subscribers, b.o.Missed)
	clients, err := b.subscribe(ctx, 1, cursor)
	if err != nil {
		return err
	}
	defer clients.Close()
	b.r.Expected = int64(b.o.Missed) * int64(b.o.Subscribers)
	clients.await(ctx, b.r.Expected)
	took := time.Duration(now() - start)
	b.o.Timed(false)
	after, err := b.usage()
	if err != nil {
		return err
	}
	b.r.Delivered = clients.events.Load()
	b.cost(before, after, took)
	b.r.CPUPerPublish, b.r.PublishRate = 0, 0
	time.Sleep(100 * time.Millisecond) // for events too many
	clients.Close()
	if err := clients.Err(); err != nil {
		b.r.wrong("%v", err)
	}
	short, mixed, last := 0, 0, start
	for i := range clients.streams {
		s := &clients.streams[i]
		if int(s.count) != b.o.Missed {
			short++
		}
		if !s.reads.ordered {
			mixed++
		}
		last = max(last, s.reads.received)
	}
	if short > 0 {
		b.r.wrong("%d of %d subscribers did not receive exactly the %d events they missed", short, b.o.Subscribers, b.o.Missed)
	}
	if mixed > 0 {
		b.r.wrong("%d of %d subscribers received them out of order or with a gap", mixed, b.o.Subscribers)
	}
	if short == 0 {
		b.r.ReplaySeconds = time.Duration(last - start).Seconds()
	}
	return nil
}

// fill publishes the history before the last event seen.
func (b *run) fill(ctx context.Context, pubs []*publisher) error {
	if b.o.History == 0 {
		return nil
	}
	plan := newPlan([]string{b.topics[0] + "/before"}, false)
	plan.limit = uint64(b.o.History)
	b.o.Progress("publishing a history of %d events", b.o.History)
	n, err := publishAll(ctx, pubs, plan, 0, nil)
	if err == nil && n < int64(b.o.History) {
		err = fmt.Errorf("only %d of %d events were published in time", n, b.o.History)
	}
	return err
}
