package fanout

import (
	"context"
	"net"
	"strconv"
	"syscall"
	"time"
)

// A line is a bare HTTP/1.1 connection that the fan-out owns: net/http has
// sent the head and the first chunk and keeps nothing of it. While there is
// nothing to write it costs a descriptor and one parked reader. Writing is done
// by the pool, without blocking; only a client that does not take what it gets
// has a goroutine of its own for as long as that lasts.
type line struct {
	conn    net.Conn
	raw     syscall.RawConn
	timeout time.Duration // of one blocking write
	done    func(Reason)
	torn    bool // a write has failed, perhaps inside a chunk
}

// Go hands the connection of s, which has been attached, over to the fan-out
// and returns. The head of the response, with Transfer-Encoding: chunked, must
// have been written. The fan-out closes conn when the stream ends, detaches s,
// and then calls done with the reason, in a goroutine of its own. timeout
// bounds one write.
func (f *Fanout) Go(s *Subscriber, conn net.Conn, timeout time.Duration, done func(Reason)) {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil { // the connection has been closed
		_ = conn.Close()
		go f.Detach(s, func() { done(EndedByClient) })
		return
	}
	s.mu.Lock()
	s.line = &line{conn: conn, raw: raw, timeout: timeout, done: done}
	s.wake = nil
	s.scheduled = true // by the first slow run, below
	s.mu.Unlock()
	go f.watch(s, conn)
	if s.written < s.live {
		go f.slow(s, nil, work{})
		return
	}
	// What was offered before the hand-over waits in the queue.
	f.pool.push(s)
}

// watch ends the stream when its client goes away. What a client sends during
// a stream is read and dropped.
func (f *Fanout) watch(s *Subscriber, conn net.Conn) {
	buf := make([]byte, 16)
	for {
		if _, err := conn.Read(buf); err != nil {
			f.end(s, EndedByClient)
			return
		}
	}
}

// slow writes what the pool could not: rest, then w, then whatever there is,
// blocking, until there is nothing more; then the pool has s again.
func (f *Fanout) slow(s *Subscriber, rest []byte, w work) {
	l := s.line
	ctx := context.Background()
	writer := writer{f: f, s: s, conn: l, chunked: true}
	err := error(nil)
	if len(rest) > 0 && l.Write(rest) != nil {
		err = errStall
	}
	if err == nil {
		err = writer.do(ctx, w)
	}
	if err == nil && s.written < s.live {
		err = writer.catchUp(ctx)
	}
	for err == nil {
		var idle bool
		if idle, err = writer.step(ctx); idle {
			return
		}
	}
	f.finish(s, writer.reason(ctx, err))
}

// Write implements Conn: it blocks until p has been taken, no longer than the
// deadline.
func (l *line) Write(p []byte) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.timeout)); err != nil {
		return err
	}
	if _, err := l.conn.Write(p); err != nil {
		l.torn = true
		return err
	}
	// The pool's writes know no deadline.
	return l.conn.SetWriteDeadline(time.Time{})
}

// lastChunk ends a chunked body.
var lastChunk = []byte("0\r\n\r\n")

// finish ends a line: nobody else writes to it any more.
func (f *Fanout) finish(s *Subscriber, why Reason) {
	l := s.line
	// Inside a chunk, the last one would be read as an event's data.
	whole := why != EndedByClient && why != EndedByStall && !l.torn
	if ended := s.over(); ended != "" {
		why = ended
	}
	go f.Detach(s, func() {
		if whole {
			_ = l.conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			_, _ = l.conn.Write(lastChunk)
		}
		_ = l.conn.Close()
		l.done(why)
	})
}

// appendChunk appends p as one chunk of HTTP/1.1.
func appendChunk(dst, p []byte) []byte {
	dst = strconv.AppendUint(dst, uint64(len(p)), 16)
	dst = append(dst, "\r\n"...)
	dst = append(dst, p...)
	return append(dst, "\r\n"...)
}
