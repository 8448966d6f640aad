// Package process builds and runs the real binary for tests: on a port of its
// choice, with its log kept, to be stopped or killed.
package process

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
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
	// Args follow `run`; Env comes after all that the rest says.
	Args, Env []string
}

// A Hub is a running process.
type Hub struct {
	Program
	opts    Options
	ready   chan [2]string // gets address and url once
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
	cmd := exec.Command(o.Bin, append([]string{"run"}, o.Args...)...)
	cmd.Env = append(os.Environ(),
		"SERVER_NAME="+o.Address, "AMALGAM_DATA="+o.Data, "MERCURE_EXTRA_DIRECTIVES="+o.Directives,
		"MERCURE_PUBLISHER_JWT_KEY="+o.PublisherKey, "MERCURE_SUBSCRIBER_JWT_KEY="+o.SubscriberKey,
	)
	cmd.Env = append(cmd.Env, o.Env...)
	h := &Hub{opts: o, ready: make(chan [2]string, 1)}
	if err := h.start(cmd, h.listen); err != nil {
		return nil, err
	}
	return h, nil
}

// listen looks for the address in a line of the log.
func (h *Hub) listen(line string) {
	if m := readyLine.FindStringSubmatch(line); m != nil {
		select {
		case h.ready <- [2]string{m[1], m[2]}:
		default:
		}
	}
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

// Upgrade is Restart with another binary.
func (h *Hub) Upgrade(bin string) (*Hub, error) {
	h.opts.Bin = bin
	return h.Restart()
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
