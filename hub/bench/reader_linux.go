package bench

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"unsafe"
)

// reader is one epoll loop.
type reader struct {
	c           *Clients
	d           *dialer
	o           clientOptions
	epfd        int
	first, step int
	next        int // the next stream to connect
	window      int
	flying      int // connections being made
	connected   chan struct{}
	buf         [256 << 10]byte
	events      int64 // not yet added to Clients.events
	reads       int64
}

// gap is how long a reader waits at most, so that it sees it is to end.
const gap = 50 // ms

func (r *reader) run() {
	defer syscall.Close(r.epfd)
	ready := make([]syscall.EpollEvent, 512)
	announced := false
	for !r.c.closing.Load() {
		r.launch()
		if !announced && r.flying == 0 && (r.next >= len(r.c.streams) || r.c.lost.Load() > 0) {
			announced = true
			r.connected <- struct{}{}
		}
		n, err := syscall.EpollWait(r.epfd, ready, gap)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			r.c.fail(fmt.Errorf("epoll: %w", err))
			return
		}
		for _, e := range ready[:max(n, 0)] {
			r.serve(&r.c.streams[e.Fd], int(e.Fd), e.Events)
		}
		r.publish()
	}
}

// publish lets others see what has been read.
func (r *reader) publish() {
	if r.reads > 0 {
		r.c.reads.Add(r.reads)
		r.reads = 0
	}
	if r.events == 0 {
		return
	}
	sum := r.c.events.Add(r.events)
	r.events = 0
	if target := r.c.target.Load(); target >= 0 && sum >= target {
		r.c.signal()
	}
}

func (r *reader) launch() {
	for r.flying < r.window && r.next < len(r.c.streams) && r.c.lost.Load() == 0 {
		i := r.next
		r.next += r.step
		fd, err := r.d.dial(i)
		if err != nil {
			r.c.fail(err)
			return
		}
		r.c.streams[i].fd = int32(fd)
		r.flying++
		if err := r.watch(syscall.EPOLL_CTL_ADD, fd, i, syscall.EPOLLOUT); err != nil {
			r.lose(&r.c.streams[i], err)
		}
	}
}

func (r *reader) watch(op, fd, i int, events uint32) error {
	return syscall.EpollCtl(r.epfd, op, fd, &syscall.EpollEvent{Events: events, Fd: int32(i)})
}

func (r *reader) serve(s *stream, i int, events uint32) {
	switch s.state {
	case dialling:
		if err := r.ask(s, i); err != nil {
			r.lose(s, err)
		}
	case asked, flowing:
		r.read(s)
	}
}

// ask sends the request of a connection that now stands.
func (r *reader) ask(s *stream, i int) error {
	code, err := syscall.GetsockoptInt(int(s.fd), syscall.SOL_SOCKET, syscall.SO_ERROR)
	if err == nil && code != 0 {
		err = syscall.Errno(code)
	}
	if err != nil {
		return fmt.Errorf("connecting to the hub: %w", err)
	}
	request := r.o.request(i)
	if n, err := syscall.Write(int(s.fd), request); err != nil || n < len(request) {
		return fmt.Errorf("sending a request of %d bytes: %d sent, %w", len(request), n, err)
	}
	s.state = asked
	return r.watch(syscall.EPOLL_CTL_MOD, int(s.fd), i, syscall.EPOLLIN)
}

// read reads once. It never blocks, so that the scheduler need not know.
func (r *reader) read(s *stream) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(s.fd), uintptr(unsafe.Pointer(&r.buf[0])), uintptr(len(r.buf)))
	switch {
	case errno == syscall.EAGAIN || errno == syscall.EINTR:
		return
	case errno != 0:
		r.lose(s, fmt.Errorf("a stream broke: %w", errno))
		return
	case n == 0:
		r.lose(s, errors.New("the hub ended a stream"))
		return
	}
	r.reads++
	p := r.buf[:n]
	if s.state == asked {
		if p = r.answer(s, p); p == nil {
			return
		}
	}
	r.events += int64(s.feed(p, now()))
}

// answer takes the head of the hub's answer and returns what follows it, nil
// while it is not whole.
func (r *reader) answer(s *stream, p []byte) []byte {
	s.head = append(s.head, p...)
	end := bytes.Index(s.head, []byte("\r\n\r\n"))
	if end < 0 {
		return nil
	}
	line, _, _ := bytes.Cut(s.head, []byte("\r\n"))
	if f := bytes.Fields(line); len(f) < 2 || string(f[1]) != "200" {
		r.lose(s, fmt.Errorf("the hub refused a subscriber: %s: %.300q", line, s.head[end+4:]))
		return nil
	}
	rest := s.head[end+4:]
	s.head, s.state = nil, flowing
	r.flying--
	r.c.open.Add(1)
	return rest
}

func (r *reader) lose(s *stream, err error) {
	if s.state != flowing {
		r.flying--
	}
	s.state = gone
	drop(int(s.fd))
	s.fd = -1
	r.c.fail(err)
}
