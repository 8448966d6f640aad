//go:build unix

package bolt

import (
	"os"
	"syscall"
)

var roomErrors = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
