// Package listen serves a handler on the ports of a hub: plain HTTP, HTTPS over
// TCP and QUIC, and the way from the one to the other. It bounds what a client
// may hold on to without ending long streams.
package listen

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"
	"time"

	"amalgam/hub/certs"
	"amalgam/hub/forwarded"
)

// Config says where and how to listen. At least one of Plain and Secure is
// required; the zero value of everything else works.
type Config struct {
	// Plain are the addresses, host:port, of HTTP; Secure those of HTTPS.
	Plain, Secure []string
	// Redirect is an address that sends clients on to the first of Secure;
	// "" for none.
	Redirect string
	// Names are those that Redirect leads to, *. for any one label; the first
	// without stands for all others.
	Names []string
	// Certificates are for Secure. Their Host and ports are filled in.
	Certificates certs.Config
	// NoHTTP2 and NoHTTP3 leave these protocols out of Secure.
	NoHTTP2, NoHTTP3 bool
	// H2C has Plain take HTTP/2 without TLS, from a proxy that speaks it.
	H2C    bool
	Limits Limits
	// TrustedProxies are not counted against ConnectionsPerAddress: they speak
	// for many.
	TrustedProxies forwarded.Proxies
	Logger         *slog.Logger
}

// Limits bound what one client may hold. The zero value is the default of each.
type Limits struct {
	// ReadHeader is the time for the head of a request, and for the handshake
	// of TLS; default 10 s.
	ReadHeader time.Duration
	// ReadBody is the time for a request's body; default 30 s.
	ReadBody time.Duration
	// WriteAnswer is the time in which a client has to take an answer, unless the
	// handler sets deadlines of its own, as for streams; default 2 minutes.
	WriteAnswer time.Duration
	// Idle is the time between two requests; default 2 minutes.
	Idle time.Duration
	// HeaderBytes bounds the head of a request; default 64 KiB.
	HeaderBytes int
	// Streams is how many requests, and so event streams, one connection of
	// HTTP/2 or HTTP/3 may have at once; default 1000. A browser has one
	// connection for all its tabs.
	Streams int
	// Ping is how long a connection of HTTP/2 or HTTP/3 may be silent before it
	// is asked whether it is still there, and then has as long to answer;
	// default 15 s.
	Ping time.Duration
	// ConnectionsPerAddress is how many connections one client address, or one
	// /64 of IPv6, may have; 0 for no limit.
	ConnectionsPerAddress int
}

func (l Limits) withDefaults() Limits {
	l.ReadHeader = cmp.Or(l.ReadHeader, 10*time.Second)
	l.ReadBody = cmp.Or(l.ReadBody, 30*time.Second)
	l.WriteAnswer = cmp.Or(l.WriteAnswer, 2*time.Minute)
	l.Idle = cmp.Or(l.Idle, 2*time.Minute)
	l.HeaderBytes = cmp.Or(l.HeaderBytes, 64<<10)
	l.Streams = cmp.Or(l.Streams, 1000)
	l.Ping = cmp.Or(l.Ping, 15*time.Second)
	return l
}

// Open opens all ports and reads the certificates that there are. Nothing is
// served, and nobody asked for a certificate, before Serve.
func Open(cfg Config) (*Server, error) {
	if len(cfg.Plain)+len(cfg.Secure) == 0 {
		return nil, errors.New("there is no address to listen on")
	}
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	cfg.Limits = cfg.Limits.withDefaults()
	s := &Server{cfg: cfg, addresses: newAddresses(cfg.Limits.ConnectionsPerAddress, cfg.TrustedProxies), handling: newGauge()}
	if err := s.open(); err != nil {
		s.closeSockets()
		return nil, err
	}
	return s, nil
}

func (s *Server) open() error {
	for _, a := range s.cfg.Plain {
		if err := s.openTCP(plain, a); err != nil {
			return err
		}
	}
	for _, a := range s.cfg.Secure {
		if err := s.openSecure(a); err != nil {
			return err
		}
	}
	if s.cfg.Redirect != "" {
		if err := s.openTCP(redirect, s.cfg.Redirect); err != nil {
			return fmt.Errorf("for the way from HTTP to HTTPS (auto_https disable_redirects does without it): %w", err)
		}
	}
	if len(s.cfg.Secure) == 0 {
		return nil
	}
	c := s.cfg.Certificates
	c.Logger = s.cfg.Logger
	for _, p := range s.ports {
		host, _, _ := net.SplitHostPort(p.asked)
		switch {
		case p.kind == secure && c.TLSPort == 0:
			c.Host, c.TLSPort = host, p.number()
		case p.kind != secure && (c.HTTPPort == 0 || p.kind == redirect):
			c.HTTPPort = p.number()
		}
	}
	var err error
	s.certs, err = certs.Open(c)
	return err
}

// openSecure opens an address for TCP and, on the same port, for UDP.
func (s *Server) openSecure(address string) error {
	for try := 0; ; try++ {
		if err := s.openTCP(secure, address); err != nil || s.cfg.NoHTTP3 {
			return err
		}
		p := s.ports[len(s.ports)-1]
		tcp := p.tcp.Addr().(*net.TCPAddr)
		udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: tcp.IP, Port: tcp.Port, Zone: tcp.Zone})
		if err == nil {
			p.udp = udp
			return nil
		}
		_, port, _ := net.SplitHostPort(address)
		if port != "0" || try == 10 { // the number was not ours to choose
			return fmt.Errorf("for HTTP/3 (protocols h1 h2 does without it): %w", advise(fmt.Sprint(tcp.Port, "/udp"), err))
		}
		_ = p.tcp.Close()
		s.ports = s.ports[:len(s.ports)-1]
	}
}

func (s *Server) openTCP(k kind, address string) error {
	l, err := TCP(address)
	if err != nil {
		return err
	}
	s.ports = append(s.ports, &port{kind: k, asked: address, tcp: l})
	return nil
}

// TCP opens a port, or says what to do when that cannot be done.
func TCP(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, advise(address, err)
	}
	return l, nil
}

// advise says what to do when an address cannot be opened.
func advise(address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s is in use by another program: stop it, or choose another port (%w)", address, err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s is no address of this machine: write one that it has, or the port alone (%w)", address, err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s may not be opened: ports below 1024 need a privilege, choose one above (%w)", address, err)
	}
	return err
}
