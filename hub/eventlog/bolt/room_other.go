//go:build !unix

package bolt

import "syscall"

var roomErrors = []error{syscall.ENOSPC}

// syncDir does nothing where folders cannot be synced.
func syncDir(string) error { return nil }
