package fanout

import (
	"context"
	"net"
	"syscall"
	"time"
)

// A line is a bare HTTP/1.1 connection that the fan-out owns: net/http has
// sent the head and the first chunk and keeps nothing of it. While there is
// nothing to write it costs a descriptor and its place in the watcher. Writing
// is done by the pool, without blocking; only a client that does not take what
// it gets has a goroutine of its own for as long as that lasts.
type line struct {
	conn    bareConn
	fd      int           // of conn; finish alone closes it, when nobody writes any more
	timeout time.Duration // of one blocking write
	done    func(Reason)
	torn    bool // a write has failed, perhaps inside a chunk
}

// A bareConn is a *net.TCPConn, or a server's own type around one.
type bareConn interface {
	net.Conn
	syscall.Conn
	CloseWrite() error
}

// Go hands the connection of s, which has been attached, over to the fan-out
// and returns. The head of the response, with Transfer-Encoding: chunked, must
// have been written. The fan-out closes conn when the stream ends, detaches s,
// and then calls done with the reason, in a goroutine of its own. timeout bounds
// one write. A conn that is no *net.TCPConn and has none inside is served too,
// with goroutines of its own.
func (f *Fanout) Go(s *Subscriber, conn net.Conn, timeout time.Duration, done func(Reason)) {
	bare, ok := conn.(bareConn)
	if !ok {
		go f.keep(s, conn, timeout, done)
		return
	}
	l := &line{conn: bare, fd: -1, timeout: timeout, done: done}
	if raw, err := bare.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { l.fd = int(fd) })
	}
	s.mu.Lock()
	s.line = l
	s.wake = nil
	s.scheduled = true // by the first slow run, below
	s.mu.Unlock()
	if l.fd < 0 || f.watcher.watch(s) != nil { // the connection has been closed
		f.finish(s, EndedByClient)
		return
	}
	if s.written < s.live {
		go f.slow(s, nil, work{})
		return
	}
	// What was offered before the hand-over waits in the queue.
	f.pool.push(s)
}

// slow writes what the pool could not: rest, then w, then whatever there is,
// blocking, until there is nothing more; then the pool has s again.
func (f *Fanout) slow(s *Subscriber, rest []byte, w work) {
	l := s.line
	ctx := context.Background()
	writer := writer{f: f, s: s, conn: l, chunked: true}
	err := error(nil)
	if len(rest) > 0 {
		err = writer.write(rest)
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
	if err := writeWithin(l.conn, p, l.timeout); err != nil {
		l.torn = true
		return err
	}
	// The pool's writes know no deadline.
	return l.conn.SetWriteDeadline(time.Time{})
}

func writeWithin(conn net.Conn, p []byte, timeout time.Duration) error {
	if err := conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	_, err := conn.Write(p)
	return err
}

// lastChunk ends a chunked body.
var lastChunk = []byte("0\r\n\r\n")

const forLastChunk = 100 * time.Millisecond

// finish ends a line: nobody else writes to it any more.
func (f *Fanout) finish(s *Subscriber, why Reason) {
	l := s.line
	// Inside a chunk, the last one would be read as an event's data.
	whole := why != EndedByClient && why != EndedByStall && !l.torn
	if ended := s.over(); ended != "" {
		why = ended
	}
	go f.Detach(s, why, func() {
		if whole {
			_ = writeWithin(l.conn, lastChunk, forLastChunk)
		}
		f.watcher.forget(s)
		_ = l.conn.Close()
		l.done(why)
	})
}
