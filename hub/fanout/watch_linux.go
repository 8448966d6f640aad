package fanout

import (
	"os"
	"sync"
	"syscall"
)

// A watcher notices clients that go away: one epoll for all lines, instead of
// a goroutine with its stack for each. What a client sends during a stream is
// read and dropped.
type watcher struct {
	f    *Fanout
	epfd int
	file *os.File // of epfd, so that Go's own poller waits for it
	done sync.WaitGroup

	// A descriptor stays in lines, and open, until forget: the watcher never
	// reads from a number that the kernel has given to somebody else.
	mu    sync.Mutex
	lines map[int]*Subscriber
}

func newWatcher(f *Fanout) (*watcher, error) {
	epfd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	_ = syscall.SetNonblock(epfd, true) // else os.NewFile would wait in a thread
	w := &watcher{f: f, epfd: epfd, file: os.NewFile(uintptr(epfd), "epoll of the streams"), lines: make(map[int]*Subscriber)}
	raw, err := w.file.SyscallConn()
	if err != nil {
		_ = w.file.Close()
		return nil, err
	}
	w.done.Go(func() { w.loop(raw) })
	return w, nil
}

func (w *watcher) loop(raw syscall.RawConn) {
	events := make([]syscall.EpollEvent, 128)
	_ = raw.Read(func(fd uintptr) bool { // until close
		for {
			n, err := syscall.EpollWait(int(fd), events, 0)
			if err == syscall.EINTR {
				continue
			}
			if n <= 0 {
				return false
			}
			for _, e := range events[:n] {
				if s := w.gone(int(e.Fd)); s != nil {
					w.f.end(s, EndedByClient)
				}
			}
		}
	})
}

// gone reads what has come on fd, and returns whose it is if that was the end.
func (w *watcher) gone(fd int) *Subscriber {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.lines[fd]
	if s == nil {
		return nil
	}
	var dropped [4096]byte
	n, err := syscall.Read(fd, dropped[:])
	if n > 0 || err == syscall.EAGAIN || err == syscall.EINTR {
		return nil
	}
	_ = syscall.EpollCtl(w.epfd, syscall.EPOLL_CTL_DEL, fd, nil)
	return s
}

// watch ends s when its client goes.
func (w *watcher) watch(s *Subscriber) error {
	fd := s.line.fd
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines[fd] = s
	err := syscall.EpollCtl(w.epfd, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP, Fd: int32(fd)})
	if err != nil {
		delete(w.lines, fd)
	}
	return os.NewSyscallError("epoll_ctl", err)
}

// forget must be called before the connection of s is closed, which takes it
// out of the epoll.
func (w *watcher) forget(s *Subscriber) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.lines, s.line.fd)
}

// close ends the watcher; there are no lines any more.
func (w *watcher) close() {
	_ = w.file.Close()
	w.done.Wait()
}
