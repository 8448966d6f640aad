package listen

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// linger is how long the last bytes of the last answers have to arrive before a
// connection of HTTP/3 is closed, which would make them void. A client that
// closes it itself, as it should, is not waited for.
const linger = time.Second

// A quicServer serves HTTP/3 on one UDP port.
type quicServer struct {
	s         *Server
	udp       *net.UDPConn
	transport quic.Transport
	server    http3.Server
	service   string // for Alt-Svc

	mu       sync.Mutex
	listener *quic.EarlyListener
	closed   bool
}

func newQUIC(s *Server, udp *net.UDPConn, handler http.Handler) *quicServer {
	port := udp.LocalAddr().(*net.UDPAddr).Port
	q := &quicServer{s: s, udp: udp, service: `h3=":` + strconv.Itoa(port) + `"; ma=86400`}
	q.transport.Conn = udp
	q.server = http3.Server{
		Handler:        s.handling.count(handler),
		MaxHeaderBytes: s.cfg.Limits.HeaderBytes,
		IdleTimeout:    s.cfg.Limits.Idle,
		Logger:         s.cfg.Logger,
	}
	return q
}

// advertise tells clients that there is HTTP/3 on the same port.
func (q *quicServer) advertise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Alt-Svc", q.service)
		next.ServeHTTP(w, r)
	})
}

func (q *quicServer) serve() error {
	l := q.s.cfg.Limits
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return http.ErrServerClosed
	}
	listener, err := q.transport.ListenEarly(http3.ConfigureTLSConfig(q.s.certs.TLS()), &quic.Config{
		HandshakeIdleTimeout: l.ReadHeader,
		MaxIncomingStreams:   int64(l.Streams),
		// A stream is silent for longer than a connection may be; who does not
		// answer is gone.
		KeepAlivePeriod: l.Ping,
		MaxIdleTimeout:  2 * l.Ping,
		// No 0-RTT: whoever repeats its packets would publish again.
	})
	q.listener = listener
	q.mu.Unlock()
	if err != nil {
		return err
	}
	return q.server.ServeListener(&cappedQUIC{EarlyListener: listener, addresses: q.s.addresses})
}

// refuse turns new connections away; those that there are go on.
func (q *quicServer) refuse() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	if q.listener != nil {
		_ = q.listener.Close()
	}
}

// shutdown answers the requests that are under way and takes no others. A
// client may keep its connection without asking anything more: it is closed
// once nothing is under way, and what was written last has had time to arrive.
func (q *quicServer) shutdown(ctx context.Context) error {
	soon, cancel := context.WithCancel(ctx)
	defer cancel()
	over := make(chan struct{})
	go func() {
		defer close(over)
		if q.s.handling.wait(soon) != nil {
			return
		}
		timer := time.NewTimer(linger)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-soon.Done():
		}
	}()
	defer func() { cancel(); <-over }()
	q.refuse()
	err := q.server.Shutdown(soon)
	if ctx.Err() == nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	return err
}

func (q *quicServer) close() error {
	q.refuse()
	return errors.Join(q.server.Close(), q.transport.Close())
}

// A gauge counts what is under way, and waits until nothing is.
type gauge struct {
	mu   sync.Mutex
	n    int
	none chan struct{} // closed while n is 0
}

func newGauge() *gauge {
	g := &gauge{none: make(chan struct{})}
	close(g.none)
	return g
}

func (g *gauge) add(d int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n == 0 {
		g.none = make(chan struct{})
	}
	if g.n += d; g.n == 0 {
		close(g.none)
	}
}

func (g *gauge) wait(ctx context.Context) error {
	g.mu.Lock()
	none := g.none
	g.mu.Unlock()
	select {
	case <-none:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gauge) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.add(1)
		defer g.add(-1)
		next.ServeHTTP(w, r)
	})
}
