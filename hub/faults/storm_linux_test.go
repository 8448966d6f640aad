package faults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"amalgam/hub/bench"
	"amalgam/hub/hubtest/process"
	"amalgam/hub/sse"
)

const (
	stormTopic = "https://faults.example/storm"
	stormEvery = 50 * time.Millisecond // between two publications
	stormPause = 20 * time.Millisecond // before a member looks again for a hub that is down
	// stormPatience bounds each wait for all subscribers together.
	stormPatience = time.Minute
)

// A storm is a hub with many subscribers who all come back at once, while
// publishing goes on. The updates are numbered; the data is the number.
type storm struct {
	*testing.T
	client  *client
	address string
	members []*member
	orderly bool // the hub says that it is stopping, and clients come back by themselves

	mu sync.Mutex
	up chan struct{} // closed while the hub may be dialled

	number   atomic.Int64 // of the newest update
	mark     atomic.Int64 // who has seen this update, or a later one, has caught up
	attached atomic.Int64
	caught   atomic.Int64
	changed  chan struct{} // gets a value when one of the counts reaches all
	failed   chan error    // the first failure of a member
}

// A member is one subscriber. Of what it has seen it keeps the order as a
// hash: all must have the same.
type member struct {
	cursor string
	last   int64
	passed int64 // the mark it has caught up with
	order
}

type order struct {
	count int
	sum   uint64
}

func (o *order) add(n int64) {
	o.count++
	o.sum = maphash.Comparable(hashSeed, [2]uint64{o.sum, uint64(n)})
}

func TestAllComeBackAtOnceAndGetEachEventOnce(t *testing.T) {
	count := 5000
	if testing.Short() {
		count = 1000
	}
	count = number(t, "AMALGAM_SUBSCRIBERS", count)
	if err := bench.RaiseLimit(count + 500); err != nil {
		t.Logf("1,000 subscribers instead of %d: %v", count, err)
		count = min(count, 1000)
	}
	h := start(t, "anonymous\nwrite_timeout 0\nhistory {\nmax_events 0\nmax_bytes 0\n}")
	defer func() { h.Kill() }()
	s := newStorm(t, h)
	ctx, cancel := context.WithCancel(t.Context())
	var people sync.WaitGroup
	defer people.Wait()
	defer cancel()
	begin := time.Now()
	first := s.gather(ctx, &people, count)
	t.Logf("%d subscribers connected in %v", count, time.Since(begin).Round(time.Millisecond))

	publishing, stop := context.WithCancel(ctx)
	defer stop()
	answered := make(chan []string, 1)
	people.Go(func() { answered <- s.publishAll(publishing) })
	s.mark.Store(s.number.Load() + 20)
	s.await("up to date", &s.caught, count)

	up := s.shut()
	cut := time.Now()
	h.Kill()
	s.await("cut", &s.attached, 0)
	var err error
	if h, err = h.Restart(); err != nil {
		t.Fatal(err)
	}
	s.caught.Store(0)
	s.mark.Store(s.number.Load() + 1)
	back := time.Now()
	close(up)
	s.await("connected again", &s.attached, count)
	connected := time.Since(back)
	s.await("up to date again", &s.caught, count)
	t.Logf("%d subscribers cut at once: the hub was ready again %v later; then the last was connected after %v, and had caught up after %v",
		count, back.Sub(cut).Round(time.Millisecond), connected.Round(time.Millisecond), time.Since(back).Round(time.Millisecond))

	s.caught.Store(0)
	s.mark.Store(s.number.Load() + 20)
	s.await("served on", &s.caught, count)

	stop()
	ids := <-answered
	s.caught.Store(0)
	s.mark.Store(s.number.Load() + 1)
	last := s.publish(ctx)
	if last == "" {
		t.Fatal("the hub took no update at the end")
	}
	s.await("at the end", &s.caught, count)
	cancel()
	people.Wait()
	s.compare(first, last, append(ids, last))
	if err := h.Stop(); err != nil {
		t.Error(err)
	}
}

func newStorm(t *testing.T, h *process.Hub) *storm {
	s := &storm{
		T: t, client: newClient(t, h.URL()), address: h.Address(), up: make(chan struct{}),
		changed: make(chan struct{}, 1), failed: make(chan error, 1),
	}
	close(s.up)
	return s
}

// gather publishes the first update, and has all members follow from it on.
func (s *storm) gather(ctx context.Context, people *sync.WaitGroup, count int) (first string) {
	s.Helper()
	first = s.publish(ctx)
	for range count {
		s.members = append(s.members, &member{cursor: first})
	}
	for _, m := range s.members {
		people.Go(func() { s.follow(ctx, m) })
	}
	s.await("connected", &s.attached, count)
	return first
}

// shut keeps everybody from dialling until the channel it returns is closed.
func (s *storm) shut() (up chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up = make(chan struct{})
	return s.up
}

// publish publishes the next number and returns its id, "" if there was no
// answer.
func (s *storm) publish(ctx context.Context) (id string) {
	n := strconv.FormatInt(s.number.Add(1), 10)
	id, status, err := s.client.publish(ctx, url.Values{"topic": {stormTopic}, "data": {n}})
	if status != 0 && err != nil {
		s.Error(err)
	}
	return id
}

func (s *storm) publishAll(ctx context.Context) (answered []string) {
	tick := time.NewTicker(stormEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if id := s.publish(ctx); id != "" {
				answered = append(answered, id)
			}
		case <-ctx.Done():
			return answered
		}
	}
}

// await waits until a count is what it should be.
func (s *storm) await(what string, count *atomic.Int64, want int) {
	s.Helper()
	timer := time.NewTimer(stormPatience)
	defer timer.Stop()
	for count.Load() != int64(want) {
		select {
		case <-s.changed:
		case err := <-s.failed:
			s.Fatal(err)
		case <-timer.C:
			s.Fatalf("%d of %d subscribers are %s after %v", count.Load(), want, what, stormPatience)
		}
	}
}

// add changes a count and wakes await where it may have come to its end.
func (s *storm) add(count *atomic.Int64, n int64) {
	if now := count.Add(n); now == 0 || now == int64(len(s.members)) {
		select {
		case s.changed <- struct{}{}:
		default:
		}
	}
}

// follow keeps a member connected until ctx is over.
func (s *storm) follow(ctx context.Context, m *member) {
	for {
		s.mu.Lock()
		up := s.up
		s.mu.Unlock()
		select {
		case <-up:
		case <-ctx.Done():
			return
		}
		switch err := s.once(ctx, m); {
		case errors.Is(err, errDown):
			select {
			case <-time.After(stormPause):
			case <-ctx.Done():
			}
		case err != nil:
			s.fail(err)
			return
		}
	}
}

// fail has await fail the test.
func (s *storm) fail(err error) {
	select {
	case s.failed <- err:
	default:
	}
}

// errDown means that there is no hub to be connected with now.
var errDown = errors.New("the hub is down")

// once follows one stream to its end. Only what the hub must not do is an
// error. It is leaner than net/http's client, of which there would be too many.
func (s *storm) once(ctx context.Context, m *member) error {
	conn, err := dialer.DialContext(ctx, "tcp", s.address)
	if err != nil {
		return errDown
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := fmt.Fprintf(conn, "GET /.well-known/mercure?topic=%s HTTP/1.1\r\nHost: %s\r\nLast-Event-ID: %s\r\n\r\n", stormTopic, s.address, m.cursor); err != nil {
		return nil
	}
	resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 1<<10), nil)
	if err != nil {
		return nil
	}
	if s.orderly && resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "" {
		return errDown
	}
	if answer := resp.Header.Get("Last-Event-ID"); resp.StatusCode != http.StatusOK || answer != m.cursor {
		return fmt.Errorf("asked for the cursor %q, answered %s with %q", m.cursor, resp.Status, answer)
	}
	s.add(&s.attached, 1)
	defer s.add(&s.attached, -1)
	for r := sse.NewReader(resp.Body); ; {
		e, err := r.Next()
		if err != nil {
			return nil
		}
		n, err := strconv.ParseInt(e.Data, 10, 64)
		if err != nil || n <= m.last {
			return fmt.Errorf("update %q came after %d", e.Data, m.last)
		}
		m.last, m.cursor = n, e.ID
		m.add(n)
		if mark := s.mark.Load(); mark > m.passed && n >= mark {
			m.passed = mark
			s.add(&s.caught, 1)
		}
	}
}

// compare holds everybody's order against the log's, and the log against what
// was answered.
func (s *storm) compare(first, last string, answered []string) {
	ctx, cancel := context.WithTimeout(s.Context(), stormPatience)
	defer cancel()
	stream, err := s.client.subscribe(ctx, "topic="+stormTopic, "", first)
	if err != nil {
		s.Fatal(err)
	}
	defer stream.close()
	var want order
	stored := map[string]bool{}
	for id := ""; id != last; {
		e, err := stream.Next()
		if err != nil {
			s.Fatalf("the log ends before the last update: %v", err)
		}
		n, _ := strconv.ParseInt(e.Data, 10, 64)
		want.add(n)
		id = e.ID
		stored[id] = true
	}
	for _, id := range answered {
		if !stored[id] {
			s.Errorf("the update %q was answered and is lost", id)
		}
	}
	wrong := 0
	for _, m := range s.members {
		if m.order != want {
			wrong++
		}
	}
	if wrong > 0 {
		s.Errorf("%d of %d subscribers have not seen exactly the %d updates of the log, in its order", wrong, len(s.members), want.count)
	}
	s.Logf("each of them has seen the %d updates of the log once, in order; %d were answered", want.count, len(answered))
}
