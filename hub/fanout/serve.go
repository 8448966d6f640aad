package fanout

import (
	"context"
	"errors"
	"sync"
	"time"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
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
// the stream is ended or a write fails, and returns why.
func (f *Fanout) Serve(ctx context.Context, s *Subscriber, conn Conn) Reason {
	if !s.Until.IsZero() {
		timer := time.AfterFunc(time.Until(s.Until), func() { s.End(s.Ending) })
		defer timer.Stop()
	}
	w := writer{s: s, conn: conn, written: s.after}
	for {
		if err := f.catchUp(ctx, &w); err != nil {
			return w.reason(ctx, err)
		}
		if err := w.live(ctx); err != nil {
			return w.reason(ctx, err)
		}
		// Nothing that s wants lies before what was dropped, so a quiet
		// subscriber does not read the log from its last event on.
		w.written = max(w.written, f.rejoin(s))
	}
}

// rejoin lets the queue of a subscriber that fell behind fill again. What was
// dropped lies between the place it returns and the one s rejoins at.
func (f *Fanout) rejoin(s *Subscriber) (dropped uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue, s.bytes, s.behind = nil, 0, false
	s.live = f.position
	return s.dropped
}

// catchUp writes what lies in the log between what s has and what comes to it
// live.
func (f *Fanout) catchUp(ctx context.Context, w *writer) error {
	if w.written >= w.s.live {
		return nil
	}
	err := f.log.Read(ctx, w.written, w.s.live, func(e eventlog.Entry) error {
		if err := w.check(ctx); err != nil {
			return err
		}
		if by, ok := w.s.wants(e.Update); ok {
			return w.add(queued{newFrame(e), by})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	w.written = w.s.live
	return nil
}

var (
	errEnded  = errors.New("ended")
	errStall  = errors.New("stalled")
	heartbeat = []byte(":\n")
)

// writer is the state of one Serve.
type writer struct {
	s       *Subscriber
	conn    Conn
	written uint64 // the place of the last event written
	pending *[]byte
}

// live writes what is queued until the queue has been dropped.
func (w *writer) live(ctx context.Context) error {
	for {
		select {
		case <-w.s.wake:
		case <-w.s.ended:
			return errEnded
		case <-ctx.Done():
			return ctx.Err()
		}
		queue, beat, behind := w.s.take()
		for _, q := range queue {
			if err := w.check(ctx); err != nil {
				return err
			}
			if q.seq <= w.written {
				continue
			}
			if err := w.add(q); err != nil {
				return err
			}
		}
		if beat && w.pending == nil {
			if err := w.write(heartbeat); err != nil {
				return err
			}
		}
		if err := w.flush(); err != nil {
			return err
		}
		if behind {
			return nil
		}
	}
}

// check ends a stream between two events: after its token's expiry nothing
// more goes out, however much waits.
func (w *writer) check(ctx context.Context) error {
	select {
	case <-w.s.ended:
		return errEnded
	case <-ctx.Done():
		return ctx.Err()
	default:
		return nil
	}
}

func (w *writer) add(q queued) error {
	if w.pending == nil {
		w.pending = buffers.Get().(*[]byte)
	}
	b := *w.pending
	if w.s.NameTopics {
		b = update.AppendTopic(b, q.topic)
	}
	*w.pending = append(b, q.event...)
	w.written = q.seq
	if len(*w.pending) >= maxWrite {
		return w.flush()
	}
	return nil
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
	if err := w.conn.Write(p); err != nil {
		return errStall
	}
	return nil
}

func (w *writer) reason(ctx context.Context, err error) Reason {
	select {
	case <-w.s.ended:
		return w.s.why
	default:
	}
	switch {
	case ctx.Err() != nil:
		return EndedByClient
	case errors.Is(err, errStall):
		return EndedByStall
	default:
		return EndedByLog
	}
}
