package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"syscall"
	"time"

	"amalgam/hub"
	"amalgam/hub/bench"
	"amalgam/hub/settings"
)

// The secrets of a hub that the bench starts. It listens on the loopback
// address, and ends with the bench.
const (
	benchPublisherKey  = "publisher-secret-of-a-bench-0123456789abcdef"
	benchSubscriberKey = "subscriber-secret-of-a-bench-0123456789abcde"
)

type benchHubOptions struct {
	Dir        string // of its history; empty for a new one, removed at the end
	Local      bool
	Profile    string // file for a CPU profile of the timed part
	Directives string
}

// benchHubProcess is this program again, running a hub.
type benchHubProcess struct {
	cmd     *exec.Cmd
	url     string
	base    string
	dir     string // to remove
	started time.Duration
	profile bool
	ended   chan error
}

func startBenchHub(ctx context.Context, o benchHubOptions) (*benchHubProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	h := &benchHubProcess{profile: o.Profile != "", ended: make(chan error, 1)}
	if o.Dir == "" {
		if o.Dir, err = os.MkdirTemp("", "amalgam-bench-"); err != nil {
			return nil, err
		}
		h.dir = o.Dir
	}
	directives := "anonymous\nstop_spread 0\n" + o.Directives
	if o.Local {
		directives += "\ntransport local"
	}
	h.cmd = exec.Command(self, "bench", "hub", "--cpuprofile", o.Profile)
	h.cmd.Env = append(os.Environ(),
		settings.EnvServerName+"=127.0.0.1:0",
		settings.EnvPublisherKey+"="+benchPublisherKey, settings.EnvPublisherAlg+"=HS256",
		settings.EnvSubscriberKey+"="+benchSubscriberKey, settings.EnvSubscriberAlg+"=HS256",
		settings.EnvDirectives+"="+directives,
		settings.EnvData+"="+o.Dir)
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stderr, err := h.cmd.StderrPipe()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(h.dir))
	}
	began := time.Now()
	if err := h.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(h.dir))
	}
	address := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			var line struct{ Level, Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &line) != nil || line.Level == "ERROR" {
				fmt.Fprintln(os.Stderr, "the hub:", lines.Text())
			}
			if line.Address != "" {
				select {
				case address <- line.Address:
				default:
				}
			}
		}
		h.ended <- h.cmd.Wait()
	}()
	select {
	case a := <-address:
		h.base = "http://" + a
		h.url = h.base + hub.DefaultPath
	case err := <-h.ended:
		h.ended <- err
		return nil, errors.Join(fmt.Errorf("the hub did not start: %w", err), os.RemoveAll(h.dir))
	case <-ctx.Done():
		h.stop()
		return nil, ctx.Err()
	}
	if err := h.ready(ctx); err != nil {
		h.stop()
		return nil, err
	}
	h.started = time.Since(began)
	return h, nil
}

// ready waits until the hub says that it is.
func (h *benchHubProcess) ready(ctx context.Context) error {
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	for {
		resp, err := client.Get(h.base + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// aim points a bench at the hub.
func (h *benchHubProcess) aim(o *bench.Options) {
	o.Hub, o.PIDs = h.url, []int{h.cmd.Process.Pid}
	o.PublisherKey, o.SubscriberKey = []byte(benchPublisherKey), []byte(benchSubscriberKey)
	o.PublisherAlg, o.SubscriberAlg = "", ""
	if h.profile {
		o.Timed = func(started bool) {
			sig := syscall.SIGUSR2
			if started {
				sig = syscall.SIGUSR1
			}
			_ = h.cmd.Process.Signal(sig)
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// stop ends the hub in order, or after a while at once, and removes its folder.
func (h *benchHubProcess) stop() {
	_ = h.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-h.ended:
	case <-time.After(15 * time.Second):
		_ = h.cmd.Process.Kill()
		<-h.ended
	}
	if h.dir != "" {
		_ = os.RemoveAll(filepath.Clean(h.dir))
	}
}

// benchHub is that other process: a hub as `amalgam run` starts it, which
// profiles itself between SIGUSR1 and SIGUSR2 if it is told to.
func benchHub(args []string) error {
	fs := newFlags("bench hub", "Runs the hub of a bench.")
	profile := fs.String("cpuprofile", "", "file for a CPU profile")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close()
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
		go func() {
			for s := range signals {
				if s == syscall.SIGUSR1 {
					_ = pprof.StartCPUProfile(f)
				} else {
					pprof.StopCPUProfile()
				}
			}
		}()
	}
	return runCommand([]string{"--log", "json"})
}
