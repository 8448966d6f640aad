package process

import (
	"os/exec"
	"runtime"
	"syscall"
)

// tie has the kernel kill the process when the test's is gone, however that
// ends. The kernel means the thread that starts it, so that has to live on
// until release.
func tie(cmd *exec.Cmd) (release func()) {
	runtime.LockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return runtime.UnlockOSThread
}
