//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package bolt

import "os"

// abandon closes a file that bbolt has panicked over.
func abandon(f *os.File) { _ = f.Close() }
