package bench

import (
	"fmt"
	"syscall"
)

// RaiseLimit raises the number of files this process may open to at least
// want, as far as that is allowed, and says how to go further if it is not.
func RaiseLimit(want int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("reading the limit on open files: %w", err)
	}
	need := uint64(want)
	if limit.Cur >= need {
		return nil
	}
	// Only a privileged process may raise the hard limit; all may go up to it.
	if limit.Max < need && syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: need, Max: need}) == nil {
		return nil
	}
	if limit.Max >= need {
		return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: limit.Max, Max: limit.Max})
	}
	return fmt.Errorf("%d open files are needed and the limit is %d: raise it with `ulimit -Hn %d` as root, LimitNOFILE= in a systemd unit or --ulimit nofile=%d with Docker, for the hub too, or take fewer --subscribers", want, limit.Max, want, want)
}
