package bench

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"syscall"
)

// perSource is how many connections leave from one loopback address. Linux
// gives 28,232 ports to each by default; some may be waiting in TIME_WAIT.
const perSource = 10_000

// dialer opens sockets to one hub without waiting for them.
type dialer struct {
	to       syscall.Sockaddr
	family   int
	loopback bool // IPv4: there are as many source addresses as we like
}

// resolve reads the hub's URL: where to connect, what to send as Host.
func resolve(hub string) (addr netip.AddrPort, u *url.URL, err error) {
	u, err = url.Parse(hub)
	switch {
	case err != nil:
		return addr, nil, err
	case u.Scheme == "https":
		return addr, nil, errors.New("the bench speaks plain HTTP: point --hub at the hub itself, behind whatever terminates TLS")
	case u.Scheme != "http" || u.Host == "":
		return addr, nil, fmt.Errorf("%q is not the URL of a hub, such as http://127.0.0.1:3000/.well-known/mercure", hub)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/.well-known/mercure"
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	tcp, err := net.ResolveTCPAddr("tcp4", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		tcp, err = net.ResolveTCPAddr("tcp", net.JoinHostPort(u.Hostname(), port))
	}
	if err != nil {
		return addr, nil, err
	}
	addr = tcp.AddrPort()
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()), u, nil
}

func newDialer(addr netip.AddrPort) *dialer {
	if addr.Addr().Is4() {
		return &dialer{to: &syscall.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}, family: syscall.AF_INET, loopback: addr.Addr().IsLoopback()}
	}
	return &dialer{to: &syscall.SockaddrInet6{Port: int(addr.Port()), Addr: addr.Addr().As16()}, family: syscall.AF_INET6}
}

// ipBindAddressNoPort has the port chosen at connect, so that it need only be
// unique for one destination.
const ipBindAddressNoPort = 24

// dial starts the i-th connection. It is writable when it stands.
func (d *dialer) dial(i int) (fd int, err error) {
	fd, err = syscall.Socket(d.family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if errors.Is(err, syscall.EMFILE) {
		return -1, fmt.Errorf("too many open files: %w", RaiseLimit(1<<20))
	}
	if err != nil {
		return -1, fmt.Errorf("opening a socket: %w", err)
	}
	if d.loopback && i >= perSource {
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, ipBindAddressNoPort, 1)
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(1 + i/perSource)}})
	}
	if err == nil {
		err = syscall.Connect(fd, d.to)
	}
	if err != nil && !errors.Is(err, syscall.EINPROGRESS) {
		_ = syscall.Close(fd)
		return -1, fmt.Errorf("connecting to the hub: %w", err)
	}
	return fd, nil
}

// drop closes a connection at once, so that its port is free for the next run.
func drop(fd int) {
	_ = syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	_ = syscall.Close(fd)
}
