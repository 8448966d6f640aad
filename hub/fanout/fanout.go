// Package fanout carries updates from the log to the subscribers. It follows
// the log's tail, finds who wants each update, encodes the update once, and
// lets every subscriber write at its own speed: one that falls behind reads
// the log again, and costs nobody else anything.
package fanout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"amalgam/hub/eventlog"
	"amalgam/hub/topic"
	"amalgam/hub/update"
)

// ErrClosed is returned by Attach after Drain or Close.
var ErrClosed = errors.New("fanout: closed")

// Options configure a Fanout. Only Log is required.
type Options struct {
	Log eventlog.Log
	// Heartbeat is the time between two comments on a stream; 0 sends none.
	Heartbeat time.Duration
	// MaxQueue bounds what waits for one subscriber, in bytes of encoded
	// events; default 1 MiB. More than that is read from the log instead.
	MaxQueue int
	Logger   *slog.Logger
}

// maxInbox bounds what waits between the log's tail and the fan-out, in bytes.
// What does not fit is read from the log.
const maxInbox = 16 << 20

// A Fanout serves the subscribers of one hub node.
type Fanout struct {
	log       eventlog.Log
	logger    *slog.Logger
	maxQueue  int
	heartbeat time.Duration

	unfollow func()
	quit     chan struct{}
	loops    sync.WaitGroup // deliverLoop, beatLoop
	serving  sync.WaitGroup // attached subscribers

	inbox struct {
		sync.Mutex
		entries []eventlog.Entry
		bytes   int
		gap     bool // entries were left out: read them from the log
		wake    chan struct{}
	}

	mu        sync.Mutex
	index     *topic.Index[*Subscriber]
	position  uint64                   // the last entry that was offered to the subscribers
	wheel     [beatSlots][]*Subscriber // everybody who is attached
	nextSlot  int
	deadlines deadlines
	draining  bool // no new subscribers
	closed    bool

	pool    *pool
	watcher *watcher
	woken   []*Subscriber // deliverLoop's own
	naming  []*Subscriber // those with topics=on who get an entry; deliverLoop's own
	counts  counts
}

// New starts a fan-out at the end of the log. The caller closes it before the
// log. It fails where the system gives it no descriptor.
func New(opts Options) (*Fanout, error) {
	if opts.MaxQueue <= 0 {
		opts.MaxQueue = 1 << 20
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	f := &Fanout{
		log:       opts.Log,
		logger:    opts.Logger,
		maxQueue:  opts.MaxQueue,
		heartbeat: opts.Heartbeat,
		quit:      make(chan struct{}),
		index:     topic.NewIndex[*Subscriber](),
		deadlines: make(deadlines),
		counts:    newCounts(),
	}
	var err error
	if f.watcher, err = newWatcher(f); err != nil {
		return nil, fmt.Errorf("fanout: %w", err)
	}
	f.pool = newPool(f)
	f.inbox.wake = make(chan struct{}, 1)
	f.unfollow = f.log.Follow(f.receive)
	// What was appended before Follow took hold needs no delivery: nobody is
	// attached yet.
	f.position, _ = f.log.Last()
	f.loops.Go(f.deliverLoop)
	f.loops.Go(f.deadlineLoop)
	if opts.Heartbeat > 0 {
		f.loops.Go(func() { f.beatLoop(opts.Heartbeat) })
	}
	return f, nil
}

// receive takes a batch from the log's tail. It never blocks.
func (f *Fanout) receive(batch []eventlog.Entry) {
	in := &f.inbox
	in.Lock()
	for _, e := range batch {
		if in.gap || in.bytes > maxInbox {
			in.gap = true
			break
		}
		in.entries = append(in.entries, e)
		in.bytes += e.Update.Size()
	}
	in.Unlock()
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

func (f *Fanout) deliverLoop() {
	in := &f.inbox
	for {
		select {
		case <-in.wake:
		case <-f.quit:
			return
		}
		in.Lock()
		entries, gap := in.entries, in.gap
		in.entries, in.bytes, in.gap = nil, 0, false
		in.Unlock()
		for _, e := range entries {
			f.deliver(e)
		}
		if gap {
			f.deliverFromLog()
		}
	}
}

func (f *Fanout) deliverFromLog() {
	last, _ := f.log.Last()
	err := f.log.Read(context.Background(), f.position, last, func(e eventlog.Entry) error {
		f.deliver(e)
		return nil
	})
	if err != nil && !errors.Is(err, eventlog.ErrClosed) {
		f.logger.Error("the log cannot be read: ending all streams so that clients resume", "error", err)
		f.EndAll(EndedByLog)
	}
}

// deliver offers one entry to everybody who wants it. Only deliverLoop calls
// it, so entries arrive in the log's order.
func (f *Fanout) deliver(e eventlog.Entry) {
	f.mu.Lock()
	if e.Seq <= f.position {
		f.mu.Unlock()
		return
	}
	var shared *frame
	offered := uint64(0)
	woken := f.woken[:0]
	offer := func(s *Subscriber, topics string) {
		schedule, dropped := s.offer(queued{shared, topics}, f.maxQueue)
		if schedule {
			woken = append(woken, s)
		}
		if dropped {
			f.counts.catchUps.Add(1)
		}
		offered++
	}
	f.index.Each(e.Update.Topics, func(s *Subscriber, by string) {
		if s.offered == e.Seq {
			if len(s.by) > 0 && s.by[len(s.by)-1] != by {
				s.by = append(s.by, by)
			}
			return
		}
		s.offered = e.Seq
		if !s.mayRead(e.Update) {
			return
		}
		if shared == nil {
			shared = newFrame(e)
		}
		if s.NameTopics { // what else has brought it comes later
			s.by = append(s.by, by)
			f.naming = append(f.naming, s)
			return
		}
		offer(s, "")
	})
	for _, s := range f.naming {
		offer(s, s.names(e.Update, s.by))
		clear(s.by)
		s.by = s.by[:0]
	}
	clear(f.naming)
	f.naming = f.naming[:0]
	f.position = e.Seq
	f.mu.Unlock()
	f.counts.offered.Add(offered)
	f.pool.push(woken...)
	clear(woken)
	f.woken = woken
}

// Attach registers s, which must be new, and settles where its stream begins.
// cursor is the id that the client has seen last, or "" for a stream that
// begins now. The answer is what the response header says when there was a
// cursor: the id before the first event, or "earliest". From then on s misses
// nothing; Serve must follow, and Detach after it.
func (f *Fanout) Attach(ctx context.Context, s *Subscriber, cursor string) (answer string, err error) {
	if answer, s.written, err = f.Locate(ctx, cursor); err != nil {
		return "", err
	}
	s.wake = make(chan struct{}, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.draining {
		return "", ErrClosed
	}
	f.serving.Add(1)
	f.counts.attached.Add(1)
	f.index.Add(s, s.Matchers)
	f.enlist(s)
	f.deadlines.add(s)
	s.live = f.position
	return answer, nil
}

// Locate settles where a stream begins: after which place in the log, and how
// that is answered. Without a cursor it begins now, and there is no answer.
func (f *Fanout) Locate(ctx context.Context, cursor string) (answer string, after uint64, err error) {
	if cursor == "" {
		after, _ = f.log.Last()
		return "", after, nil
	}
	answer, after = update.Earliest, 0
	if cursor != update.Earliest {
		seq, found, err := f.log.Find(ctx, cursor)
		if err != nil {
			return "", 0, err
		}
		if found {
			answer, after = cursor, seq
		}
	}
	return answer, after, nil
}

// Detach takes back Attach: nothing is offered to s afterwards; why is what
// its stream has ended by. Then it calls then, if that is not nil, and only
// after it does Close count s as gone.
func (f *Fanout) Detach(s *Subscriber, why Reason, then func()) {
	f.mu.Lock()
	attached := f.strike(s)
	if attached {
		f.deadlines.remove(s)
		f.index.Remove(s, s.Matchers)
	}
	f.mu.Unlock()
	if !attached {
		return
	}
	defer f.serving.Done()
	f.counts.ended.Add(string(why))
	if then != nil {
		then()
	}
}

// Position returns the place in the log up to which everything has been
// offered to the subscribers.
func (f *Fanout) Position() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.position
}

// Subscribers returns everybody who is attached now, in no order.
func (f *Fanout) Subscribers() []*Subscriber {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Concat(f.wheel[:]...)
}

// EndAll ends every stream for the given reason.
func (f *Fanout) EndAll(why Reason) {
	for _, s := range f.Subscribers() {
		f.end(s, why)
	}
}

// end ends one stream; the first reason counts. A hub that stops has the time
// to write what waits; nothing goes out after any other end.
func (f *Fanout) end(s *Subscriber, why Reason) {
	s.mu.Lock()
	schedule := false
	if s.ended == "" {
		s.ended = why
		if s.line != nil && why != EndedByShutdown {
			// A write that blocks gives up.
			_ = s.line.conn.SetWriteDeadline(time.Now())
		}
		schedule = s.stir()
	}
	s.mu.Unlock()
	if schedule {
		f.pool.push(s)
	}
}
