//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"amalgam/hub/hubtest"
)

// A pipe to a logger that has crashed, or to head.
func TestAHubOutlivesWhoReadsItsLog(t *testing.T) {
	bin := binary(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "run")
	cmd.Stderr = w
	cmd.Env = append(os.Environ(), "SERVER_NAME=127.0.0.1:0", "AMALGAM_DATA="+t.TempDir(), "MERCURE_EXTRA_DIRECTIVES=stop_spread 0",
		"MERCURE_PUBLISHER_JWT_KEY="+hubtest.PublisherSecret, "MERCURE_SUBSCRIBER_JWT_KEY="+hubtest.SubscriberSecret)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	w.Close()
	lines := bufio.NewScanner(r)
	for lines.Scan() && !strings.Contains(lines.Text(), "the hub is ready") {
	}
	r.Close()
	// It logs that it stops, to nobody.
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the hub ended with %v, want 0", err)
	}
}
