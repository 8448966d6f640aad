package fanout

import (
	"syscall"
	"unsafe"
)

// CanGo says that this system can write without blocking, which Go needs.
const CanGo = true

// tryWrite writes as much of p as the socket takes at once, without waiting.
//
// The scheduler is told nothing of it: the call never blocks, and one that is
// announced loses its processor whenever the kernel needs longer than 20 µs,
// which costs more than the announcement could gain.
func tryWrite(fd int, p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EAGAIN:
			return 0, nil
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}
