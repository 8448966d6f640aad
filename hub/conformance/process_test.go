package conformance_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
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

	"amalgam/hub/conformance"
)

// Secrets of the hubs that the tests start.
const (
	classicPublisher  = "classic-publisher-secret-for-tests-only-0123456789"
	classicSubscriber = "classic-subscriber-secret-for-tests-only-0123456789"
	draft1Publisher   = "draft1-publisher-secret-for-tests-only-0123456789"
	draft1Subscriber  = "draft1-subscriber-secret-for-tests-only-0123456789"
	issuer            = "https://issuer.example"
)

const issuerBlock = `
issuer ` + issuer + ` {
  publisher {
    jwt ` + draft1Publisher + `
  }
  subscriber {
    jwt ` + draft1Subscriber + `
  }
}`

const directives = `
anonymous
subscriptions
heartbeat 300ms
cors_origins https://page.example https://*.pages.example
publish_origins https://app.example https://*.apps.example` + issuerBlock

const strictResource = "https://strict.example/.well-known/mercure"

const strictDirectives = `
cors_origins *
resource_identifier ` + strictResource + issuerBlock

// buildHub builds the hub's binary.
func buildHub(t *testing.T) string {
	t.Helper()
	bin, err := buildInto(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// buildInto builds the hub's binary in a folder; overlay is the file for
// -overlay, or "".
func buildInto(dir, overlay string) (bin string, err error) {
	bin = filepath.Join(dir, "amalgam")
	args := []string{"build", "-ldflags", "-s -w", "-o", bin}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.Command("go", append(args, "amalgam/hub/cmd/amalgam")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is released
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the hub: %v\n%s", err, out)
	}
	return bin, nil
}

// startHubs starts the hub under test and the strict one, and describes them.
// more are directives for both. They end with the test.
func startHubs(t *testing.T, bin, more string) conformance.Target {
	t.Helper()
	target := conformance.Target{
		URL:            startHub(t, bin, directives+more),
		StrictURL:      startHub(t, bin, strictDirectives+more),
		StrictResource: strictResource,
		Anonymous:      true,
		Subscriptions:  true,
		Heartbeat:      300 * time.Millisecond,
		CORSOrigins:    []string{"https://page.example", "https://*.pages.example"},
		PublishOrigins: []string{"https://app.example", "https://*.apps.example"},
		Limits:         conformance.DefaultLimits,
	}
	target.Classic.PublisherKey, target.Classic.SubscriberKey = []byte(classicPublisher), []byte(classicSubscriber)
	target.Draft1.Issuer = issuer
	target.Draft1.PublisherKey, target.Draft1.SubscriberKey = []byte(draft1Publisher), []byte(draft1Subscriber)
	return target
}

var addressInLog = regexp.MustCompile(`\baddress=(\S+)`)

// startHub starts one hub and returns its URL. It is stopped with the test,
// which fails if the hub does not stop cleanly.
func startHub(t *testing.T, bin, directives string) string {
	t.Helper()
	ctx, kill := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, bin, "run")
	cmd.Env = append(os.Environ(),
		"SERVER_NAME=127.0.0.1:0", "AMALGAM_DATA="+t.TempDir(), "MERCURE_EXTRA_DIRECTIVES=stop_spread 0\n"+directives,
		"MERCURE_PUBLISHER_JWT_KEY="+classicPublisher, "MERCURE_SUBSCRIBER_JWT_KEY="+classicSubscriber,
	)
	read, write := io.Pipe()
	cmd.Stderr = write
	if err := cmd.Start(); err != nil {
		kill()
		t.Fatal(err)
	}
	address := make(chan string, 1)
	var log logTail
	var reader sync.WaitGroup
	reader.Go(func() {
		lines := bufio.NewScanner(read)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			log.add(lines.Text())
			if m := addressInLog.FindStringSubmatch(lines.Text()); m != nil && strings.Contains(lines.Text(), "the hub is ready") {
				address <- m[1]
			}
		}
		_, _ = io.Copy(io.Discard, read)
	})
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		timer := time.AfterFunc(20*time.Second, kill)
		err := cmd.Wait()
		timer.Stop()
		kill()
		_ = write.Close()
		reader.Wait()
		if err != nil {
			t.Errorf("the hub did not stop cleanly: %v\n%s", err, log.String())
		}
	})
	select {
	case a := <-address:
		return "http://" + a + "/.well-known/mercure"
	case <-time.After(20 * time.Second):
		t.Fatalf("the hub has not started:\n%s", log.String())
	}
	panic("unreachable")
}

// logTail keeps the last lines of a hub's log.
type logTail struct {
	mu    sync.Mutex
	lines []string
}

func (l *logTail) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines = append(l.lines, line); len(l.lines) > 20 {
		l.lines = l.lines[1:]
	}
}

func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b bytes.Buffer
	for _, line := range l.lines {
		b.WriteString(line + "\n")
	}
	return b.String()
}
