package fanout

import (
	"context"
	"io"
	"net"
	"time"
)

// A keptConn is a connection that is not bare: that of a listener which limits
// connections, or reads the PROXY protocol, and hides the socket.
type keptConn struct {
	net.Conn
	timeout time.Duration
	torn    bool // a write has failed, perhaps inside a chunk
}

// Write implements Conn.
func (c *keptConn) Write(p []byte) error {
	err := writeWithin(c.Conn, p, c.timeout)
	c.torn = c.torn || err != nil
	return err
}

// keep is Go for a connection that is not bare: one goroutine writes, another
// notices that the client goes. What Close finds at the end of its ctx ends by
// itself within timeout.
func (f *Fanout) keep(s *Subscriber, conn net.Conn, timeout time.Duration, done func(Reason)) {
	ctx, gone := context.WithCancel(context.Background())
	defer gone()
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		_, _ = io.Copy(io.Discard, conn)
		gone()
	}()
	kept := &keptConn{Conn: conn, timeout: timeout}
	w := writer{f: f, s: s, conn: kept, chunked: true}
	why := w.serve(ctx)
	f.Detach(s, why, func() {
		if !kept.torn && why != EndedByClient {
			_ = writeWithin(conn, lastChunk, forLastChunk)
		}
		_ = conn.Close()
		<-reading
		done(why)
	})
}
