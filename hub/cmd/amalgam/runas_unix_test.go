//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// runAs has a command run as another user, unless uid is 0. Only root can.
func runAs(cmd *exec.Cmd, uid uint32) {
	if uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
}
