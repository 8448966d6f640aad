package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"amalgam/hub/hubtest"
	"amalgam/hub/hubtest/process"
	"amalgam/hub/sse"
)

const (
	topicBase  = "https://faults.example/t/"
	fenceTopic = "https://faults.example/fence"
)

var topicNames = [...]string{topicBase + "0", topicBase + "1", topicBase + "2", topicBase + "3", topicBase + "4"}

// A world is a hub that is killed again and again, and everybody around it.
type world struct {
	*testing.T
	rand      *rand.Rand
	hub       *process.Hub
	run       atomic.Int64 // of the hub, from 1
	client    *client
	all       string // a token that may read everything
	ledger    *ledger
	followers []*follower
	gate      sync.RWMutex // publishers hold it to read for each update
	fence     *sent        // the last one
	dropped   int          // updates without an answer that were not stored
}

func TestKilledUnderLoadItKeepsWhatItAnswered(t *testing.T) {
	kills := 15
	if testing.Short() {
		kills = 8
	}
	kills = number(t, "AMALGAM_KILLS", kills)
	n := seed(t)
	w := &world{
		T: t, rand: rand.New(rand.NewPCG(n, 0)), ledger: newLedger(),
		hub: start(t, "anonymous\nwrite_timeout 0\nhistory {\nmax_events 0\nmax_bytes 0\n}"),
		all: hubtest.SubscriberToken(t, "*"),
	}
	defer func() { w.hub.Kill() }()
	w.client = newClient(t, w.hub.URL())
	w.run.Store(1)
	w.followers = w.cast(n)

	ctx, cancel := context.WithCancel(t.Context())
	var people sync.WaitGroup
	defer people.Wait()
	defer cancel()
	w.gate.Lock()
	for i := range 4 {
		r := rand.New(rand.NewPCG(n, uint64(100+i)))
		people.Go(func() { w.publishAll(ctx, r) })
	}
	for _, f := range w.followers {
		people.Go(func() { f.follow(ctx, w.client) })
	}
	begin, down := time.Now(), time.Duration(0)
	err := w.audit(ctx)
	for kill := 1; err == nil && kill <= kills; kill++ {
		w.gate.Unlock()
		time.Sleep(w.moment())
		w.hub.Kill()
		w.gate.Lock()
		killed := time.Now()
		if err = w.restart(); err != nil {
			break
		}
		down += time.Since(killed)
		err = w.audit(ctx)
		if err == nil && (kill%100 == 0 || kill == kills) {
			err = w.readAll(ctx)
		}
		if kill%50 == 0 {
			t.Logf("%d kills in %v: %d updates stored", kill, time.Since(begin).Round(time.Second), len(w.ledger.log))
		}
		if err != nil {
			err = fmt.Errorf("after kill %d: %w", kill, err)
		}
	}
	cancel()
	w.gate.Unlock()
	if err != nil {
		t.Fatalf("%v\nThe hub's log ends with:\n%s", err, w.hub.Log())
	}
	if len(w.ledger.log) < 20*kills {
		t.Errorf("%d updates under %d kills are no load", len(w.ledger.log), kills)
	}
	t.Logf("%d kills in %v: %d updates stored, each as it was answered; %d sent without an answer and not stored; %v from a kill until the hub was ready again",
		kills, time.Since(begin).Round(time.Millisecond), len(w.ledger.log), w.dropped, (down / time.Duration(kills)).Round(time.Millisecond))
}

// cast returns the followers, none of whom sees the same.
func (w *world) cast(seed uint64) []*follower {
	fence := "&topic=" + fenceTopic
	everything := func(*sent) bool { return true }
	list := []*follower{
		{name: "one that sees everything", query: "topic=*", token: w.all, wants: everything},
		{name: "a restless one that sees everything", query: "topic=*", token: w.all, restless: true, wants: everything},
		{name: "an anonymous one", query: "topic=*", wants: func(s *sent) bool { return !s.private }},
		{name: "a restless one with one topic", query: "topic=" + topicNames[1] + fence, token: w.all, restless: true,
			wants: func(s *sent) bool { return s.has(topicNames[1]) || s.has(fenceTopic) }},
		{name: "one with a template and a grant for one topic", query: "topic=" + topicBase + "%7Bn%7D" + fence, token: hubtest.SubscriberToken(w, topicNames[2]),
			wants: func(s *sent) bool { return !s.private || s.has(topicNames[2]) }},
		{name: "a newcomer", query: "topic=*", token: w.all, newcomer: true, wants: everything},
	}
	for i, f := range list {
		f.changed = make(chan struct{})
		f.run = &w.run
		f.rand = rand.New(rand.NewPCG(seed, uint64(200+i)))
		if !f.newcomer {
			f.cursor = "earliest"
		}
	}
	return list
}

// publishAll publishes one update after the other until ctx is over.
func (w *world) publishAll(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		s := &sent{private: r.IntN(3) == 0}
		for _, i := range r.Perm(len(topicNames))[:1+r.IntN(4)*r.IntN(2)] {
			s.topics = append(s.topics, topicNames[i])
		}
		if r.IntN(2) == 0 {
			s.ownID = "own"
		}
		if r.IntN(4) == 0 {
			s.kind = "chat"
		}
		pad := strings.Repeat("x", r.IntN(200))
		switch r.IntN(20) {
		case 0:
			pad = strings.Repeat("y", r.IntN(20_000))
		case 1:
			pad += "\nmore\n\nlines"
		}
		w.gate.RLock()
		err := w.publish(ctx, s, pad)
		w.gate.RUnlock()
		if err != nil {
			w.Error(err)
			return
		}
	}
}

// publish sends an update. That the hub dies meanwhile is no error.
func (w *world) publish(ctx context.Context, s *sent, pad string) error {
	if ctx.Err() != nil {
		return nil
	}
	form := w.ledger.send(s, pad)
	id, status, err := w.client.publish(ctx, form)
	switch {
	case err == nil:
		return w.ledger.answered(s, id)
	case status != 0:
		return err
	}
	return nil
}

// moment is how long the hub is left alone: mostly a little, sometimes long
// enough for it to move its journal into bbolt, which it does each second.
func (w *world) moment() time.Duration {
	if w.rand.IntN(5) == 0 {
		return 900*time.Millisecond + time.Duration(w.rand.Int64N(int64(400*time.Millisecond)))
	}
	return time.Duration(w.rand.Int64N(int64(250 * time.Millisecond)))
}

// restart starts the hub again, which sometimes is killed while it starts.
func (w *world) restart() error {
	for w.rand.IntN(4) == 0 {
		w.run.Add(1)
		next, err := w.hub.Relaunch()
		if err != nil {
			return err
		}
		time.Sleep(time.Duration(w.rand.Int64N(int64(80 * time.Millisecond))))
		next.Kill()
	}
	w.run.Add(1)
	next, err := w.hub.Restart()
	if err == nil {
		w.hub = next
	}
	return err
}

// audit reads what the log holds since the last audit, before anything new is
// published, then publishes a fence and holds everybody's streams against it.
func (w *world) audit(ctx context.Context) error {
	cursor, place := "earliest", 0
	if w.fence != nil {
		cursor, place = w.fence.id, w.fence.place
	}
	next, end, err := w.replay(ctx, cursor)
	if err != nil {
		return err
	}
	defer end()
	for w.ledger.owes() > 0 {
		e, err := next()
		if err != nil {
			lost, _ := w.ledger.settle()
			return fmt.Errorf("%d answered updates are lost, update %d is one: replayed after %q, nothing more came (%w)", len(lost), lost[0], cursor, err)
		}
		if _, err := w.ledger.next(e); err != nil {
			return err
		}
	}
	for _, f := range w.followers {
		if err := f.await("stream", func() bool { return f.attached == w.run.Load() }); err != nil {
			return err
		}
	}
	fence := &sent{topics: []string{fenceTopic}}
	if err := w.publish(ctx, fence, "fence"); err != nil {
		return err
	}
	if fence.answer == "" {
		return fmt.Errorf("the hub died without being killed")
	}
	for s := (*sent)(nil); s != fence; {
		e, err := next()
		if err != nil {
			return fmt.Errorf("the fence did not come: %w", err)
		}
		if s, err = w.ledger.next(e); err != nil {
			return err
		}
	}
	lost, gone := w.ledger.settle()
	if len(lost) > 0 {
		return fmt.Errorf("%d answered updates are lost, update %d is one", len(lost), lost[0])
	}
	w.dropped += gone
	w.fence = fence
	for _, f := range w.followers {
		if err := f.check(w.ledger, w.ledger.after(place)); err != nil {
			return err
		}
	}
	return nil
}

// replay opens a stream of everything after a cursor, which must be found.
func (w *world) replay(ctx context.Context, cursor string) (next func() (sse.Event, error), end func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	silence := time.AfterFunc(patience, cancel)
	s, err := w.client.subscribe(ctx, "topic=*", w.all, cursor)
	if err == nil && s.answer != cursor {
		s.close()
		err = fmt.Errorf("%w: asked for %q, answered %q", errCursor, cursor, s.answer)
	}
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return func() (sse.Event, error) { silence.Reset(patience); return s.Next() }, func() { silence.Stop(); cancel(); s.close() }, nil
}

// readAll holds the whole log, from its beginning, against what is known.
func (w *world) readAll(ctx context.Context) error {
	next, end, err := w.replay(ctx, "earliest")
	if err != nil {
		return err
	}
	defer end()
	for i, want := range w.ledger.after(0) {
		e, err := next()
		if err != nil {
			return fmt.Errorf("the log ends after %d of %d updates: %w", i, len(w.ledger.log), err)
		}
		s, err := w.ledger.identify(e)
		if err != nil {
			return err
		}
		if s != want {
			return fmt.Errorf("replayed from the beginning, update %d stands at %d; want update %d", s.number, i+1, want.number)
		}
	}
	return nil
}
