package listen

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"amalgam/hub/forwarded"
)

// addresses counts the connections of each client address.
type addresses struct {
	max     int // 0 for no limit
	proxies forwarded.Proxies
	farewell

	mu sync.Mutex
	n  map[string]int
}

func newAddresses(most int, proxies forwarded.Proxies) *addresses {
	return &addresses{max: most, proxies: proxies, farewell: make(farewell, 64), n: make(map[string]int)}
}

// take counts one more connection of an address; release takes it back. ok is
// false if it has as many as it may.
func (a *addresses) take(remote string) (release func(), ok bool) {
	if a.max == 0 || a.proxies.TrustsRemote(remote) {
		return func() {}, true
	}
	who := forwarded.Group(remote)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.n[who] >= a.max {
		return nil, false
	}
	a.n[who]++
	return sync.OnceFunc(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.n[who]--; a.n[who] == 0 {
			delete(a.n, who)
		}
	}), true
}

// capped turns away connections of addresses that have as many as they may:
// with a 429 where that can be read, at once where TLS would come first.
type capped struct {
	*net.TCPListener
	addresses *addresses
	answers   bool
}

func (l *capped) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptTCP()
		if err != nil {
			return nil, err
		}
		release, ok := l.addresses.take(conn.RemoteAddr().String())
		switch {
		case ok:
			return &counted{conn, release}, nil
		case l.answers:
			l.addresses.say(conn)
		default:
			_ = conn.Close()
		}
	}
}

// counted is a connection that counts until it is closed. It stays what the
// fan-out can take over.
type counted struct {
	*net.TCPConn
	release func()
}

func (c *counted) Close() error {
	c.release()
	return c.TCPConn.Close()
}

// farewell bounds how many connections are being told why they are closed.
type farewell chan struct{}

// tooMany has no length: its end is the connection's.
const tooMany = "HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nRetry-After: 5\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
	"your address has as many connections open as it may (max_connections_per_address): close some first\n"

// say answers 429. What the client has sent is read, for a moment: to close on
// it would take the answer away from it.
func (f farewell) say(conn *net.TCPConn) {
	select {
	case f <- struct{}{}:
	default:
		_ = conn.Close()
		return
	}
	go func() {
		defer func() { _ = conn.Close(); <-f }()
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		if _, err := io.WriteString(conn, tooMany); err == nil && conn.CloseWrite() == nil {
			_, _ = io.Copy(io.Discard, conn)
		}
	}()
}

// cappedQUIC is capped for HTTP/3.
type cappedQUIC struct {
	*quic.EarlyListener
	addresses *addresses
}

func (l *cappedQUIC) Accept(ctx context.Context) (*quic.Conn, error) {
	for {
		conn, err := l.EarlyListener.Accept(ctx)
		if err != nil {
			return nil, err
		}
		release, ok := l.addresses.take(conn.RemoteAddr().String())
		if ok {
			context.AfterFunc(conn.Context(), release)
			return conn, nil
		}
		_ = conn.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeExcessiveLoad), "too many connections of one address")
	}
}
