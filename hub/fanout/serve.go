package fanout

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"amalgam/hub/eventlog"
)

// A Conn is the way to one client. Write writes and flushes, and fails when
// the client is gone or has not taken the bytes within the write deadline.
type Conn interface {
	Write(p []byte) error
}

// maxWrite is how much is joined into one write, in bytes. It bounds what one
// write deadline has to cover.
const maxWrite = 64 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// Serve writes the stream of s, which has been attached, until ctx is over,
// the stream is ended or a write fails, and returns why. It is the way for
// connections that cannot be handed over: HTTP/2, TLS.
func (f *Fanout) Serve(ctx context.Context, s *Subscriber, conn Conn) Reason {
	w := writer{f: f, s: s, conn: conn}
	return w.serve(ctx)
}

func (w *writer) serve(ctx context.Context) Reason {
	err := w.catchUp(ctx)
	for err == nil {
		select {
		case <-w.s.wake:
			_, err = w.step(ctx)
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	return w.reason(ctx, err)
}

// rejoin lets the queue of a subscriber that fell behind fill again. Nothing
// that s wants and has not got lies before what was dropped, so that a quiet
// subscriber does not read the log from its last event on.
func (f *Fanout) rejoin(s *Subscriber) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behind = false
	s.live = f.position
	s.written = max(s.written, s.dropped)
}

var (
	errEnded = errors.New("ended")
	errStall = errors.New("stalled")
)

// writer writes to a connection that may block: all of Serve, and what a line
// does when it cannot go on in the pool.
type writer struct {
	f       *Fanout
	s       *Subscriber
	conn    Conn
	chunked bool // write chunks, because the connection is a bare one
	pending *[]byte
}

// step does what there is to do once. idle means that there was nothing.
func (w *writer) step(ctx context.Context) (idle bool, err error) {
	work := w.s.take()
	if work.empty() {
		return true, nil
	}
	return false, w.do(ctx, work)
}

func (w *writer) do(ctx context.Context, work work) error {
	if work.ended != "" && work.ended != EndedByShutdown {
		return errEnded
	}
	for _, q := range work.queue {
		if err := w.check(ctx); err != nil && w.s.over() != EndedByShutdown {
			return err
		}
		if err := w.add(q); err != nil {
			return err
		}
	}
	if work.beat && !work.behind {
		w.addBytes(w.f.appendBeat(nil, w.s.sent))
	}
	if err := w.flush(); err != nil {
		return err
	}
	if work.ended != "" {
		return errEnded
	}
	if work.behind {
		w.f.rejoin(w.s)
		return w.catchUp(ctx)
	}
	return nil
}

// catchUp writes what lies in the log between what s has and what comes to it
// live.
func (w *writer) catchUp(ctx context.Context) error {
	if w.s.written >= w.s.live {
		return nil
	}
	before := w.s.sent
	defer func() { w.f.counts.replays.Observe(w.s.sent - before) }()
	err := w.f.log.Read(ctx, w.s.written, w.s.live, func(e eventlog.Entry) error {
		if err := w.check(ctx); err != nil {
			return err
		}
		_, ok := w.s.wants(e.Update)
		if !ok || e.Seq <= w.s.written {
			return nil
		}
		w.begin()
		if w.s.NameTopics {
			*w.pending = appendTopics(*w.pending, w.s.names(e.Update, w.s.follows(e.Update)), w.chunked)
		}
		*w.pending = appendEvent(*w.pending, e.Update, w.chunked)
		return w.wrote(e.Seq)
	})
	if err == errEnded && w.s.over() == EndedByShutdown {
		// The client resumes after what has been read for it.
		return cmp.Or(w.flush(), err)
	}
	if err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	w.s.written = w.s.live
	return nil
}

// check ends a stream between two events: after its token's expiry nothing
// more goes out, however much waits.
func (w *writer) check(ctx context.Context) error {
	if w.s.over() != "" {
		return errEnded
	}
	return ctx.Err()
}

func (w *writer) add(q queued) error {
	if q.seq <= w.s.written {
		return nil
	}
	w.begin()
	*w.pending = q.appendTo(*w.pending, w.s.NameTopics, w.chunked)
	return w.wrote(q.seq)
}

func (w *writer) begin() {
	if w.pending == nil {
		w.pending = buffers.Get().(*[]byte)
	}
}

// wrote takes note that everything up to a place is pending.
func (w *writer) wrote(seq uint64) error {
	w.s.written = seq
	w.s.sent++
	if len(*w.pending) >= maxWrite {
		return w.flush()
	}
	return nil
}

func (w *writer) addBytes(p []byte) {
	w.begin()
	if w.chunked {
		*w.pending = appendChunk(*w.pending, p)
		return
	}
	*w.pending = append(*w.pending, p...)
}

func (w *writer) flush() error {
	if w.pending == nil {
		return nil
	}
	err := w.write(*w.pending)
	if cap(*w.pending) <= 2*maxWrite {
		*w.pending = (*w.pending)[:0]
		buffers.Put(w.pending)
	}
	w.pending = nil
	return err
}

func (w *writer) write(p []byte) error {
	if w.conn.Write(p) != nil {
		return errStall
	}
	w.s.out += uint64(len(p))
	w.f.counts.written.Add(uint64(len(p)))
	return nil
}

func (w *writer) reason(ctx context.Context, err error) Reason {
	if why := w.s.over(); why != "" {
		return why
	}
	switch {
	case errors.Is(err, errStall): // net/http ends ctx as well
		return EndedByStall
	case ctx.Err() != nil:
		return EndedByClient
	default:
		return EndedByLog
	}
}

// appendTo appends what a subscriber gets for q.
func (q queued) appendTo(dst []byte, nameTopics, chunked bool) []byte {
	if nameTopics {
		dst = appendTopics(dst, q.topics, chunked)
	}
	if chunked {
		return append(dst, q.chunk...)
	}
	return append(dst, q.event...)
}
