//go:build !linux

package process

import "os/exec"

// tie does nothing: only Linux ends a child with its parent.
func tie(*exec.Cmd) (release func()) { return func() {} }
