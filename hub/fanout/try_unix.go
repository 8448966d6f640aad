//go:build unix

package fanout

import "syscall"

// CanGo says that this system can write without blocking, which Go needs.
const CanGo = true

// try writes to descriptors without waiting for them. It belongs to one
// goroutine, and is kept by it so that a write allocates nothing.
type try struct {
	p   []byte
	n   int
	err error
	do  func(fd uintptr) bool
}

func newTry() *try {
	t := &try{}
	t.do = func(fd uintptr) bool {
		for {
			t.n, t.err = syscall.Write(int(fd), t.p)
			if t.err != syscall.EINTR {
				return true // whatever came of it: nobody waits here
			}
		}
	}
	return t
}

// write writes as much of p as the descriptor takes at once.
func (t *try) write(raw syscall.RawConn, p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	t.p = p
	err = raw.Write(t.do)
	t.p = nil
	if err != nil {
		return 0, err
	}
	if t.err == syscall.EAGAIN {
		return 0, nil
	}
	if t.err != nil {
		return 0, t.err
	}
	return t.n, nil
}
