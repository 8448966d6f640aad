package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"amalgam/hub/hubtest"
	"amalgam/hub/settings"
	"amalgam/hub/sse"
)

// ask sends one request and returns the answer and its body.
func ask(client *http.Client, method, target, token string, form url.Values) (*http.Response, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), hubtest.Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, "", err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") == "text/event-stream" {
		return resp, "", nil
	}
	body, err := io.ReadAll(resp.Body)
	return resp, string(body), err
}

// untilStopping waits until /readyz says 503, which it must before the port is
// closed.
func untilStopping(t *testing.T, p *process) {
	t.Helper()
	client := p.client(t)
	for deadline := time.Now().Add(hubtest.Patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		resp, body, err := ask(client, http.MethodGet, p.base+"/readyz", "", nil)
		if err != nil {
			t.Fatalf("/readyz during the stop: %v", err)
		}
		if resp.StatusCode == http.StatusServiceUnavailable {
			if body != "stopping\n" || !resp.Close && resp.ProtoMajor == 1 {
				t.Errorf("/readyz says %q, closing the connection: %v, want stopping, true", body, resp.Close)
			}
			return
		}
	}
	t.Fatal("/readyz did not become 503")
}

// a watcher is a subscriber, with what it has seen and how it ended.
type watcher struct {
	seen []string
	last string // id
	err  error
	at   time.Time
}

func watch(t *testing.T, wg *sync.WaitGroup, p *process) *watcher {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"?topic=a", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := p.client(t).Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("subscribing: %v, %v", resp, err)
	}
	w := &watcher{}
	wg.Go(func() {
		defer resp.Body.Close()
		r := sse.NewReader(resp.Body)
		for {
			e, err := r.Next()
			if err != nil {
				w.err, w.at = err, time.Now()
				return
			}
			w.seen, w.last = append(w.seen, e.Data), e.ID
		}
	})
	return w
}

// halfPost begins a publish and returns the connection, and what completes it.
func halfPost(t *testing.T, p *process, token, data string) (conn net.Conn, rest string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	form := url.Values{"topic": {"a"}, "data": {data}}.Encode()
	fmt.Fprintf(conn, "POST /.well-known/mercure HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		token, len(form), form[:3])
	return conn, form[3:]
}

// slowPost begins a publish, which finish completes, and answers for.
func slowPost(t *testing.T, p *process, token, data string) (finish func()) {
	t.Helper()
	form := url.Values{"topic": {"a"}, "data": {data}}.Encode()
	body, rest := io.Pipe()
	req, err := http.NewRequest(http.MethodPost, p.url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+token)
	answered := make(chan error, 1)
	client := p.client(t)
	go func() {
		resp, err := client.Do(req)
		if err == nil {
			defer resp.Body.Close()
			if _, err = io.ReadAll(resp.Body); err == nil && resp.StatusCode != http.StatusOK {
				err = errors.New(resp.Status)
			}
		}
		answered <- err
	}()
	_, _ = io.WriteString(rest, form[:3])
	return func() {
		_, _ = io.WriteString(rest, form[3:])
		_ = rest.Close()
		if err := <-answered; err != nil {
			t.Errorf("the publish that was under way: %v, want 200", err)
		}
	}
}

func TestAStopUnderLoadLosesNothing(t *testing.T) {
	bin := binary(t)
	for over, subscribers := range map[hubtest.Transport]int{hubtest.Plain: 250, hubtest.TLS: 100, hubtest.HTTP2: 100, hubtest.HTTP3: 60} {
		t.Run(string(over), func(t *testing.T) { stopUnderLoad(t, over, bin, subscribers) })
	}
}

func stopUnderLoad(t *testing.T, over hubtest.Transport, bin string, subscribers int) {
	const publishers, spread = 4, 2 * time.Second
	data := t.TempDir()
	p := runOver(t, over, bin, data, "anonymous\nstop_spread "+spread.String())
	token := hubtest.PublisherToken(t, "*")
	var watching, publishing sync.WaitGroup
	var watchers []*watcher
	for range subscribers {
		watchers = append(watchers, watch(t, &watching, p))
	}
	finish := slowPost(t, p, token, "slow")

	var mu sync.Mutex
	taken := map[string]time.Time{} // data of every 2xx, and when
	enough := make(chan struct{})
	for n := range publishers {
		client := p.client(t)
		publishing.Go(func() {
			for i := 0; ; i++ {
				update := fmt.Sprintf("%d-%d", n, i)
				resp, body, err := ask(client, http.MethodPost, p.url, token, url.Values{"topic": {"a"}, "data": {update}})
				if err != nil {
					select {
					case <-enough:
						return // the port is closed
					default:
						t.Errorf("publishing before the stop: %v", err)
						return
					}
				}
				if resp.StatusCode == http.StatusOK {
					mu.Lock()
					if taken[update] = time.Now(); len(taken) == 400 {
						close(enough)
					}
					mu.Unlock()
				} else if resp.StatusCode != http.StatusServiceUnavailable {
					t.Errorf("publishing: %s %s", resp.Status, body)
				}
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(30 * time.Second):
		t.Fatal("no 400 updates in 30 s")
	}
	began := p.signal(t)
	untilStopping(t, p)
	t.Logf("/readyz was 503 after %v", time.Since(began).Round(time.Millisecond))
	if resp, body, err := ask(p.client(t), http.MethodGet, p.url+"?topic=a", "", nil); err != nil || resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("a new subscriber during the stop: %v, %s, %v, want 503 with Retry-After", resp, body, err)
	}
	finish()
	mu.Lock()
	taken["slow"] = time.Now()
	mu.Unlock()
	publishing.Wait()
	watching.Wait()
	p.wantExit0(t, began, spread+4*time.Second)

	next := runOver(t, over, bin, data, "anonymous\nstop_spread 0")
	inLog := history(t, next, token)
	place := make(map[string]int)
	for i, d := range inLog {
		place[d] = i
	}
	during := 0
	for d, at := range taken {
		if _, ok := place[d]; !ok {
			t.Errorf("%s got a 2xx and is not in the log", d)
		}
		if at.After(began.Add(50 * time.Millisecond)) {
			during++
		}
	}
	var ends []time.Duration
	for i, w := range watchers {
		if len(w.seen) > len(inLog) || !slices.Equal(w.seen, inLog[:len(w.seen)]) {
			t.Errorf("subscriber %d saw %d events that are not the beginning of the log", i, len(w.seen))
		}
		if w.err != io.EOF {
			t.Errorf("stream %d ended with %v, want its terminating chunk", i, w.err)
		}
		ends = append(ends, w.at.Sub(began).Round(time.Millisecond))
		if i%10 == 0 && len(w.seen) > 0 {
			rest := untilFence(t, hubtest.Open(t, next.client(t), next.url+"?topic=a", http.Header{"Last-Event-Id": {w.last}}))
			if !slices.Equal(rest, inLog[len(w.seen):]) {
				t.Errorf("subscriber %d, which had %d of %d, resumes with %d others", i, len(w.seen), len(inLog), len(rest))
			}
		}
	}
	slices.Sort(ends)
	for q := range 4 {
		from, to := spread*time.Duration(q)/4, spread*time.Duration(q+1)/4
		n := 0
		for _, e := range ends {
			if from <= e && e < to {
				n++
			}
		}
		if n < subscribers/10 {
			t.Errorf("%d of %d streams ended from %v to %v, want about a quarter: %v", n, subscribers, from, to, ends)
		}
	}
	if during == 0 {
		t.Error("nothing was published during the stop")
	}
	t.Logf("%d updates taken, %d of them during the stop; %d in the log; streams ended from %v over %v to %v",
		len(taken), during, len(inLog), ends[0], ends[len(ends)/2], ends[len(ends)-1])
}

// history returns the data of everything in the log of a hub.
func history(t *testing.T, p *process, token string) (data []string) {
	t.Helper()
	if resp, body, err := ask(p.client(t), http.MethodPost, p.url, token, url.Values{"topic": {"a"}, "data": {"fence"}}); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("publishing after the restart: %v %s %v", resp, body, err)
	}
	return untilFence(t, hubtest.Open(t, p.client(t), p.url+"?topic=a&lastEventID=earliest", nil))
}

// untilFence returns the data of what comes before the fence.
func untilFence(t *testing.T, s *hubtest.Stream) (data []string) {
	t.Helper()
	for {
		e := s.Next(t)
		if e.Data == "fence" {
			return data
		}
		data = append(data, e.Data)
	}
}

func TestNoClientKeepsAHubFromStopping(t *testing.T) {
	t.Parallel()
	p := runHub(t, binary(t), t.TempDir(), "anonymous\nstop_spread 200ms\ndispatch_timeout 1h\nsubscriber_queue 1GB")
	token := hubtest.PublisherToken(t, "*")
	address := strings.TrimPrefix(p.base, "http://")
	dial := func(request string) net.Conn {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_, _ = io.WriteString(conn, request)
		return conn
	}
	dial("")                                                                          // says nothing
	dial("GET / HT")                                                                  // does not finish its request
	dial("GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n")                                // stays, idle
	stalled := dial("GET /.well-known/mercure?topic=a HTTP/1.1\r\nHost: hub\r\n\r\n") // does not read
	_ = stalled.(*net.TCPConn).SetReadBuffer(4 << 10)
	late, _ := halfPost(t, p, token, "never ends")
	client := p.client(t)
	for range 30 {
		if resp, body, err := ask(client, http.MethodPost, p.url, token, url.Values{"topic": {"a"}, "data": {strings.Repeat("x", 900_000)}}); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("publishing: %v %s %v", resp, body, err)
		}
	}
	began := p.signal(t)
	stop := make(chan struct{})
	defer close(stop)
	go func() { // a byte at a time, for ever
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
				if _, err := late.Write([]byte("x")); err != nil {
					return
				}
			}
		}
	}()
	p.wantExit0(t, began, 20*time.Second)
	if took := time.Since(began); took < requestsWithin {
		t.Errorf("the hub ended after %v: were the clients not stubborn?", took)
	}
	answer, _ := io.ReadAll(late)
	if strings.HasPrefix(string(answer), "HTTP/1.1 2") {
		t.Errorf("the publish that never ended was answered:\n%s", answer)
	}
}

// The pages name the sum of all that a stop waits for.
func TestTheLongestStopIsTheOneOfThePages(t *testing.T) {
	const spread = 15 * time.Second
	for directive, ok := range map[string]bool{fmt.Sprintf("stop_spread %v", spread): true, fmt.Sprintf("stop_spread %v", spread+time.Millisecond): false} {
		o := settings.Options{Getenv: func(name string) string {
			return map[string]string{settings.EnvPublisherKey: hubtest.PublisherSecret, settings.EnvSubscriberKey: hubtest.SubscriberSecret, settings.EnvDirectives: directive}[name]
		}}
		if _, err := settings.Load(o); (err == nil) != ok {
			t.Errorf("%s: %v", directive, err)
		}
	}
	longest := spread + requestsWithin + adminWithin + max(logWithin, webhooksWithin) + tracesWithin + closeWithin
	if longest >= 30*time.Second {
		t.Errorf("a stop can take %v, and is killed after 30s", longest)
	}
	for page, text := range map[string]string{
		"docs/architecture.md": "so that %.0f s is\nthe longest stop", "docs/containers.md": "and %.0f s at the longest",
		"compose.yaml": "%.0f s at most", "CHANGELOG.md": "exit 0 within %.0f s",
	} {
		if want := fmt.Sprintf(text, longest.Seconds()); !strings.Contains(read(t, page), want) {
			t.Errorf("%s lacks %q", page, want)
		}
	}
}

func TestASecondSignalEndsTheHubAtOnce(t *testing.T) {
	t.Parallel()
	p := runHub(t, binary(t), t.TempDir(), "anonymous\nstop_spread 15s")
	var watching sync.WaitGroup
	for range 5 {
		watch(t, &watching, p)
	}
	p.signal(t)
	untilStopping(t, p)
	p.wantExit0(t, p.signal(t), 3*time.Second)
	watching.Wait()
}

func TestAHubWithoutASpreadStopsAtOnce(t *testing.T) {
	t.Parallel()
	p := runHub(t, binary(t), t.TempDir(), "anonymous\nstop_spread 0")
	var watching sync.WaitGroup
	w := watch(t, &watching, p)
	p.wantExit0(t, p.signal(t), 3*time.Second)
	if watching.Wait(); w.err != io.EOF {
		t.Errorf("the stream ended with %v, want a clean end", w.err)
	}
}
