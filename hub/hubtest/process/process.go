// Package process builds and runs the real binary for tests: on a port of its
// choice, with its log kept, to be stopped or killed.
package process

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Patience bounds every wait for a hub, generously: the machine is slow.
const Patience = 20 * time.Second

// Options say how a hub runs.
type Options struct {
	Bin        string // see Binary and Build
	Data       string // the folder of its history
	Address    string // its server_name; default 127.0.0.1:0
	Directives string
	// Secrets of classic tokens, with HS256.
	PublisherKey, SubscriberKey string
}

// A Hub is a running process.
type Hub struct {
	opts    Options
	cmd     *exec.Cmd
	log     log
	ready   chan [2]string // gets address and url once
	ended   chan struct{}
	err     error // why it ended; read it and endedAt after ended
	endedAt time.Time
	address string
	url     string // as the hub says it; "" from one that does not
}

var readyLine = regexp.MustCompile(`the hub is ready.*\baddress=(\S+)(?: url=(\S+))?`)

// Launch starts a hub and does not wait until it is ready. The caller ends it
// with Stop or Kill. It does not outlive the test's process.
func Launch(o Options) (*Hub, error) {
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	h := &Hub{opts: o, cmd: exec.Command(o.Bin, "run"), ready: make(chan [2]string, 1), ended: make(chan struct{})}
	h.log.changed = make(chan struct{})
	h.cmd.Env = append(os.Environ(),
		"SERVER_NAME="+o.Address, "AMALGAM_DATA="+o.Data, "MERCURE_EXTRA_DIRECTIVES="+o.Directives,
		"MERCURE_PUBLISHER_JWT_KEY="+o.PublisherKey, "MERCURE_SUBSCRIBER_JWT_KEY="+o.SubscriberKey,
	)
	stderr, err := h.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	started := make(chan error, 1)
	go func() {
		defer close(h.ended)
		release := tie(h.cmd)
		defer release()
		err := h.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		h.follow(stderr)
		h.err = h.cmd.Wait()
		h.endedAt = time.Now()
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", o.Bin, err)
	}
	return h, nil
}

// Start starts a hub and waits until it is ready.
func Start(o Options) (*Hub, error) {
	h, err := Launch(o)
	if err != nil {
		return nil, err
	}
	if err := h.Ready(); err != nil {
		h.Kill()
		return nil, err
	}
	return h, nil
}

// Ready waits until the hub is ready.
func (h *Hub) Ready() error {
	if h.address != "" {
		return nil
	}
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case ready := <-h.ready:
		h.address, h.url = ready[0], ready[1]
		return nil
	case <-h.ended:
		return fmt.Errorf("the hub has ended instead of starting: %v\n%s", h.err, h.Log())
	case <-timer.C:
		return fmt.Errorf("the hub has not started in %v:\n%s", Patience, h.Log())
	}
}

// Relaunch launches a hub like h, which has ended, on the same folder and port.
func (h *Hub) Relaunch() (*Hub, error) {
	o := h.opts
	o.Address = h.address
	return Launch(o)
}

// Restart is Relaunch, and waits until the hub is ready. Should somebody have
// taken the port meanwhile, it waits until it is free.
func (h *Hub) Restart() (*Hub, error) {
	for deadline := time.Now().Add(Patience); ; time.Sleep(50 * time.Millisecond) {
		next, err := h.Relaunch()
		if err != nil {
			return nil, err
		}
		if err = next.Ready(); err == nil {
			return next, nil
		}
		next.Kill()
		if !strings.Contains(err.Error(), "is in use by another program") || time.Now().After(deadline) {
			return nil, err
		}
	}
}

// Address is where a hub that is ready listens: host and port.
func (h *Hub) Address() string { return h.address }

// URL is the hub's, once it is ready.
func (h *Hub) URL() string {
	if strings.HasPrefix(h.url, "https://") {
		return h.url // by the name that its certificate is for
	}
	return "http://" + h.address + "/.well-known/mercure"
}

// PID is the process's.
func (h *Hub) PID() int { return h.cmd.Process.Pid }

// Kill ends the hub at once, with SIGKILL, and waits for its end.
func (h *Hub) Kill() {
	_ = h.cmd.Process.Kill()
	<-h.ended
}

// Stop ends the hub with SIGTERM. It fails unless it ends cleanly.
func (h *Hub) Stop() error {
	_ = h.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case <-h.ended:
	case <-timer.C:
		h.Kill()
		return fmt.Errorf("the hub had not stopped after %v:\n%s", Patience, h.Log())
	}
	if h.err != nil {
		return fmt.Errorf("the hub did not stop cleanly: %w\n%s", h.err, h.Log())
	}
	return nil
}

// Ended is closed when the process has.
func (h *Hub) Ended() <-chan struct{} { return h.ended }

// EndedAt is when that was.
func (h *Hub) EndedAt() time.Time {
	<-h.ended
	return h.endedAt
}

func (h *Hub) follow(stderr io.Reader) {
	in := bufio.NewReader(stderr)
	for {
		line, err := in.ReadString('\n')
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			h.log.add(line)
			if m := readyLine.FindStringSubmatch(line); m != nil {
				select {
				case h.ready <- [2]string{m[1], m[2]}:
				default:
				}
			}
		}
		if err != nil {
			return
		}
	}
}

// Log returns the last lines of the hub's log.
func (h *Hub) Log() string {
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	return strings.Join(h.log.lines[max(0, len(h.log.lines)-20):], "\n")
}

// CountLog returns how many lines of the log contain a text.
func (h *Hub) CountLog(text string) int {
	n, _ := h.log.count(text)
	return n
}

// AwaitLog waits until n lines of the log contain a text.
func (h *Hub) AwaitLog(text string, n int) error {
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	for {
		seen, changed := h.log.count(text)
		if seen >= n {
			return nil
		}
		select {
		case <-changed:
		case <-h.ended:
			return fmt.Errorf("the hub has ended with %d lines with %q in its log, want %d:\n%s", seen, text, n, h.Log())
		case <-timer.C:
			return fmt.Errorf("%d lines with %q in the log after %v, want %d:\n%s", seen, text, Patience, n, h.Log())
		}
	}
}

// maxLines is how many lines of a log are kept.
const maxLines = 10_000

type log struct {
	mu      sync.Mutex
	lines   []string
	changed chan struct{} // closed and replaced with each line
}

func (l *log) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines = append(l.lines, line); len(l.lines) > maxLines {
		l.lines = append(l.lines[:0:0], l.lines[maxLines/2:]...)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *log) count(text string) (n int, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n, l.changed
}
