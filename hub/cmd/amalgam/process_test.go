package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"amalgam/hub/hubtest"
)

// binary builds the program once for all tests of a run.
func binary(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the binary; not with -short")
	}
	bin := filepath.Join(t.TempDir(), "amalgam")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// process is `amalgam run`.
type process struct {
	cmd  *exec.Cmd
	base string // http://host:port
	url  string // of the hub
	log  func() string

	ended chan struct{}
	code  int
	at    time.Time // when it ended
}

var addressInLog = regexp.MustCompile(`the hub is ready.*\baddress=(\S+)`)

// runHub starts a hub, which is killed with the test if it has not ended.
func runHub(t *testing.T, bin, data, directives string) *process {
	t.Helper()
	ctx, kill := context.WithCancel(context.Background())
	p := &process{cmd: exec.CommandContext(ctx, bin, "run"), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "SERVER_NAME=127.0.0.1:0", "AMALGAM_DATA="+data, "MERCURE_EXTRA_DIRECTIVES="+directives,
		"MERCURE_PUBLISHER_JWT_KEY="+hubtest.PublisherSecret, "MERCURE_SUBSCRIBER_JWT_KEY="+hubtest.SubscriberSecret)
	read, write := io.Pipe()
	p.cmd.Stderr = write
	if err := p.cmd.Start(); err != nil {
		kill()
		t.Fatal(err)
	}
	var mu sync.Mutex
	var notable []string // all lines but those of requests
	p.log = func() string { mu.Lock(); defer mu.Unlock(); return strings.Join(notable, "\n") }
	address := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(read)
		for lines.Scan() {
			if m := addressInLog.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
			if !strings.Contains(lines.Text(), "msg=request") {
				mu.Lock()
				notable = append(notable, lines.Text())
				mu.Unlock()
			}
		}
		_, _ = io.Copy(io.Discard, read)
	}()
	go func() {
		_ = p.cmd.Wait()
		p.code, p.at = p.cmd.ProcessState.ExitCode(), time.Now()
		_ = write.Close()
		close(p.ended)
	}()
	t.Cleanup(func() { kill(); <-p.ended })
	select {
	case a := <-address:
		p.base = "http://" + a
		p.url = p.base + "/.well-known/mercure"
	case <-p.ended:
		t.Fatalf("the hub did not start:\n%s", p.log())
	case <-time.After(20 * time.Second):
		t.Fatalf("the hub has not started:\n%s", p.log())
	}
	return p
}

// signal sends SIGTERM and returns when.
func (p *process) signal(t *testing.T) time.Time {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	return time.Now()
}

// wantExit0 waits for the end, which must come within so long of since.
func (p *process) wantExit0(t *testing.T, since time.Time, within time.Duration) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(40 * time.Second):
		t.Fatalf("the hub has not ended:\n%s", p.log())
	}
	took := p.at.Sub(since).Round(time.Millisecond)
	if p.code != 0 || took > within {
		t.Fatalf("the hub ended with %d after %v, want 0 within %v:\n%s", p.code, took, within, p.log())
	}
	t.Logf("exit 0 after %v", took)
}
