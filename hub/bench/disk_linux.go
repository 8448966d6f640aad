package bench

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// RawSync appends record to a new file in dir, one write and one fdatasync at
// a time, for d, and returns how many a second the disk made durable.
func RawSync(ctx context.Context, dir string, record []byte, d time.Duration) (float64, error) {
	path := filepath.Join(dir, "raw-sync")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	defer os.Remove(path)
	defer f.Close()
	start, n := time.Now(), 0
	for time.Since(start) < d && ctx.Err() == nil {
		if _, err := f.Write(record); err != nil {
			return 0, err
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return 0, err
		}
		n++
	}
	return float64(n) / time.Since(start).Seconds(), ctx.Err()
}
