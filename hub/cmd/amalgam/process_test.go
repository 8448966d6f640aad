package main

import (
	"crypto/x509"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"amalgam/hub/hubtest"
	hubprocess "amalgam/hub/hubtest/process"
)

// binary builds the program, once, for tests of the real one.
func binary(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the binary; not with -short")
	}
	bin, err := hubprocess.Binary()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// process is `amalgam run`.
type process struct {
	*hubprocess.Hub
	base string // http://host:port
	url  string // of the hub

	over  hubtest.Transport // plain HTTP/1.1 if empty
	roots *x509.CertPool    // of its certificate, nil without TLS
}

// runHub starts a hub, which is killed with the test if it has not ended.
func runHub(t *testing.T, bin, data, directives string) *process {
	t.Helper()
	h, err := hubprocess.Start(hubprocess.Options{Bin: bin, Data: data, Directives: directives,
		PublisherKey: hubtest.PublisherSecret, SubscriberKey: hubtest.SubscriberSecret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Kill)
	return &process{Hub: h, base: "http://" + h.Address(), url: h.URL()}
}

// signal sends SIGTERM and returns when.
func (p *process) signal(t *testing.T) time.Time {
	t.Helper()
	hub, err := os.FindProcess(p.PID())
	if err == nil {
		err = hub.Signal(syscall.SIGTERM)
	}
	if err != nil {
		t.Fatal(err)
	}
	return time.Now()
}

// wantExit0 waits for the end, which must come within so long of since.
func (p *process) wantExit0(t *testing.T, since time.Time, within time.Duration) {
	t.Helper()
	select {
	case <-p.Ended():
	case <-time.After(40 * time.Second):
		t.Fatalf("the hub has not ended:\n%s", p.notable())
	}
	took := p.EndedAt().Sub(since).Round(time.Millisecond)
	if p.Stop() != nil || took > within {
		t.Fatalf("the hub ended after %v, want exit 0 within %v: %v\n%s", took, within, p.Stop(), p.notable())
	}
	t.Logf("exit 0 after %v", took)
}

// notable is the log without the lines of requests.
func (p *process) notable() string {
	var lines []string
	for _, l := range strings.Split(p.Log(), "\n") {
		if !strings.Contains(l, "msg=request") {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}
