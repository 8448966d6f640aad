package process

import (
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"time"
)

// A Program is any process that runs for a test: a hub, or what stands in
// front of one.
type Program struct {
	name  string
	cmd   *exec.Cmd
	log   log
	ended chan struct{}
	err   error // why it ended; read it and at after ended
	at    time.Time
}

// Run starts a program and does not wait for anything. It keeps what it
// writes, to both outputs. The caller ends it with Stop or Kill; it does not
// outlive the test's process.
func Run(cmd *exec.Cmd) (*Program, error) {
	p := &Program{}
	return p, p.start(cmd, nil)
}

// start starts p; line is called for each line of its log, if it is not nil.
func (p *Program) start(cmd *exec.Cmd, line func(string)) error {
	p.name, p.cmd, p.ended = cmd.Path, cmd, make(chan struct{})
	p.log.changed = make(chan struct{})
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	// Children that a killed program leaves behind must not be waited for.
	cmd.WaitDelay = time.Second
	started := make(chan error, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.log.follow(out, line)
	}()
	go func() {
		defer close(p.ended)
		defer func() { _ = in.Close(); <-read }()
		release := tie(cmd)
		defer release()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		p.at = time.Now()
	}()
	if err := <-started; err != nil {
		<-p.ended
		return fmt.Errorf("starting %s: %w", p.name, err)
	}
	return nil
}

// PID is the process's.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Kill ends the program at once, with SIGKILL, and waits for its end.
func (p *Program) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// Stop ends the program with SIGTERM. It fails unless it ends cleanly.
func (p *Program) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		p.Kill()
		return fmt.Errorf("%s had not stopped after %v:\n%s", p.name, Patience, p.Log())
	}
	if p.err != nil {
		return fmt.Errorf("%s did not stop cleanly: %w\n%s", p.name, p.err, p.Log())
	}
	return nil
}

// Ended is closed when the process has.
func (p *Program) Ended() <-chan struct{} { return p.ended }

// EndedAt is when that was.
func (p *Program) EndedAt() time.Time {
	<-p.ended
	return p.at
}
