package listen

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"

	"amalgam/hub/certs"
)

// What a port is for.
type kind int

const (
	plain kind = iota
	secure
	redirect
)

// port is an open port and what serves it.
type port struct {
	kind  kind
	asked string // the address in the Config
	tcp   net.Listener
	udp   *net.UDPConn // of HTTP/3, nil without

	http *http.Server
	h3   *quicServer
}

func (p *port) number() int { return p.tcp.Addr().(*net.TCPAddr).Port }

// A Server serves one handler on all ports. Its methods may be called from
// anywhere.
type Server struct {
	cfg       Config
	ports     []*port
	certs     *certs.Keeper // nil without TLS
	addresses *addresses
	handling  *gauge // requests of HTTP/3

	mu     sync.Mutex
	closed bool
}

// Addr is the first address that is listened on: of Plain, else of Secure.
func (s *Server) Addr() net.Addr { return s.ports[0].tcp.Addr() }

// URL is where a client on this machine reaches the first address.
func (s *Server) URL() string {
	p := s.ports[0]
	if p.kind != secure {
		return "http://" + net.JoinHostPort("localhost", strconv.Itoa(p.number()))
	}
	name := "localhost"
	if len(s.cfg.Names) > 0 {
		name = s.cfg.Names[0]
	}
	return "https://" + net.JoinHostPort(name, strconv.Itoa(p.number()))
}

// Addresses are all, such as http://[::]:80 and https://[::]:443, for people to
// read.
func (s *Server) Addresses() (list []string) {
	for _, p := range s.ports {
		scheme := "http://"
		if p.kind == secure {
			scheme = "https://"
		}
		list = append(list, scheme+p.tcp.Addr().String())
	}
	return list
}

// Serve serves handler until Shutdown or Close, when it returns nil, or until a
// port fails.
func (s *Server) Serve(handler http.Handler) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	failed := make(chan error, 2*len(s.ports))
	running := 0
	start := func(serve func() error) {
		running++
		go func() { failed <- serve() }()
	}
	for _, p := range s.ports {
		l := net.Listener(p.tcp)
		if s.cfg.Limits.ConnectionsPerAddress > 0 {
			l = &capped{TCPListener: p.tcp.(*net.TCPListener), addresses: s.addresses, answers: p.kind != secure}
		}
		s.prepare(p, handler)
		if p.kind == secure {
			start(func() error { return p.http.ServeTLS(l, "", "") })
		} else {
			start(func() error { return p.http.Serve(l) })
		}
		if p.h3 != nil {
			start(p.h3.serve)
		}
	}
	s.mu.Unlock()
	if s.certs != nil {
		// The ports have to be served for the challenges of ACME.
		if err := s.certs.Start(); err != nil {
			_ = s.Close()
			return err
		}
	}
	for range running {
		if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
			return err
		}
	}
	return nil
}

// prepare makes the servers of a port.
func (s *Server) prepare(p *port, handler http.Handler) {
	l := s.cfg.Limits
	p.http = &http.Server{
		ReadHeaderTimeout: l.ReadHeader,
		IdleTimeout:       l.Idle,
		MaxHeaderBytes:    l.HeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
		Protocols:         new(http.Protocols),
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: l.Streams, SendPingTimeout: l.Ping, PingTimeout: l.Ping},
	}
	p.http.Protocols.SetHTTP1(true)
	p.http.Handler = boundAnswers(boundBodies(handler, l.ReadBody), l.WriteAnswer)
	switch p.kind {
	case plain:
		p.http.Protocols.SetUnencryptedHTTP2(s.cfg.H2C)
	case redirect:
		p.http.Handler = s.redirects(p.http.Handler)
	case secure:
		p.http.Protocols.SetHTTP2(!s.cfg.NoHTTP2)
		p.http.TLSConfig = s.certs.TLS()
		if p.udp != nil {
			p.h3 = newQUIC(s, p.udp, p.http.Handler)
			p.http.Handler = p.h3.advertise(p.http.Handler)
		}
	}
	if s.certs != nil && p.kind != secure {
		p.http.Handler = s.certs.Challenge(p.http.Handler)
	}
}

// Shutdown closes the ports and waits until every request is answered and every
// connection idle. It returns ctx's error if that is over before.
func (s *Server) Shutdown(ctx context.Context) error {
	return s.end(func(p *port) error {
		closed := make(chan error, 2)
		go func() { closed <- p.http.Shutdown(ctx) }()
		go func() {
			if p.h3 == nil {
				closed <- nil
				return
			}
			closed <- p.h3.shutdown(ctx)
		}()
		return errors.Join(<-closed, <-closed)
	})
}

// Close closes the ports and cuts every connection.
func (s *Server) Close() error {
	err := s.end(func(p *port) error {
		if p.h3 != nil {
			return errors.Join(p.http.Close(), p.h3.close())
		}
		return p.http.Close()
	})
	s.closeSockets()
	return err
}

// end has every port ended, all at once, and nothing started any more.
func (s *Server) end(one func(*port) error) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	var wg sync.WaitGroup
	errs := make([]error, len(s.ports))
	for i, p := range s.ports {
		if p.http == nil { // it has never been served
			_ = p.tcp.Close()
			continue
		}
		wg.Go(func() { errs[i] = one(p) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (s *Server) closeSockets() {
	for _, p := range s.ports {
		_ = p.tcp.Close()
		if p.udp != nil {
			_ = p.udp.Close()
		}
	}
	if s.certs != nil {
		s.certs.Close()
	}
}
