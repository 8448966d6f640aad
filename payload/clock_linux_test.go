package payload_test

import (
	"time"

	"golang.org/x/sys/unix"
)

// spent is the processor time of this thread, which other programs add nothing
// to.
func spent() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		panic(err)
	}
	return time.Duration(ts.Nano())
}
