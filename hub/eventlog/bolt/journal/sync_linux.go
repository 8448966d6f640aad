package journal

import (
	"os"
	"syscall"
)

// datasync leaves out what a reader of the file does not need, such as its
// times; on space that was written before, that spares the file system's own
// journal.
func datasync(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
