//go:build unix && !linux

package fanout

import "syscall"

// CanGo says that this system can write without blocking, which Go needs.
const CanGo = true

// tryWrite writes as much of p as the socket takes at once, without waiting.
func tryWrite(fd int, p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		switch n, err = syscall.Write(fd, p); err {
		case nil:
			return n, nil
		case syscall.EAGAIN:
			return 0, nil
		case syscall.EINTR:
		default:
			return 0, err
		}
	}
}
