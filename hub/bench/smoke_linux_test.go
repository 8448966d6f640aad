package bench_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"amalgam/hub/bench"
	"amalgam/hub/hubtest"
)

// smoke are few subscribers for a short time.
func smoke(h *hubtest.Hub) bench.Options {
	return bench.Options{
		Hub: h.URL, PIDs: []int{os.Getpid()},
		PublisherKey: []byte(hubtest.PublisherSecret), SubscriberKey: []byte(hubtest.SubscriberSecret),
		Subscribers: 20, Publishers: 3, Duration: 300 * time.Millisecond, Missed: 10, History: 50,
		Timeout: time.Minute,
	}
}

func TestEveryModeMeasuresARealHub(t *testing.T) {
	tests := []struct {
		name, mode string
		change     func(*bench.Options)
	}{
		{"fanout in lockstep", "fanout", func(o *bench.Options) { o.Pace.Lockstep = true }},
		{"fanout as fast as it goes", "fanout", func(o *bench.Options) { o.Events = 200 }},
		{"fanout at a rate", "fanout", func(o *bench.Options) { o.Pace.Rate = 50 }},
		{"fanout over templates", "fanout", func(o *bench.Options) { o.Topics, o.Match, o.Events = 5, bench.Template, 50 }},
		{"fanout over URL patterns", "fanout", func(o *bench.Options) { o.Topics, o.Match, o.Events = 5, bench.URLPattern, 50 }},
		{"unicast", "unicast", nil},
		{"publish", "publish", func(o *bench.Options) { o.Subscribers = 0 }},
		{"idle", "idle", nil},
		{"replay", "replay", nil},
		{"connect", "connect", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := smoke(hubtest.Start(t, nil))
			if test.change != nil {
				test.change(&o)
			}
			r, err := bench.Run(t.Context(), test.mode, o)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Wrong) > 0 || r.Delivered != r.Expected {
				t.Errorf("%d of %d delivered; wrong: %q", r.Delivered, r.Expected, r.Wrong)
			}
			switch test.mode {
			case "fanout", "unicast":
				if r.Delivered == 0 || r.LatencyP99 <= 0 || r.LatencyP99 < r.LatencyP50 {
					t.Errorf("%d delivered, latency %v and %v", r.Delivered, r.LatencyP50, r.LatencyP99)
				}
			case "publish":
				if r.Published == 0 || r.PublishRate == 0 {
					t.Errorf("%d published", r.Published)
				}
			case "replay":
				if r.Delivered != 200 || r.ReplaySeconds <= 0 {
					t.Errorf("%d replayed in %v s", r.Delivered, r.ReplaySeconds)
				}
			case "connect":
				if r.ConnectRate <= 0 {
					t.Error("no rate")
				}
			}
		})
	}
}

// A hub that loses or repeats events must not pass.
func TestAHubThatDeliversWrongIsReported(t *testing.T) {
	const data = `id: x
data: {"bench":"|`
	stream := func(publish <-chan string, send func(w io.Writer, event string)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			for {
				select {
				case event := <-publish:
					send(w, event)
					_ = http.NewResponseController(w).Flush()
				case <-r.Context().Done():
					return
				}
			}
		}
	}
	tests := []struct {
		name string
		send func(w io.Writer, event string)
		want string
	}{
		{"twice", func(w io.Writer, e string) { _, _ = io.WriteString(w, e+e) }, "too many"},
		{"unreadable", func(w io.Writer, e string) { _, _ = io.WriteString(w, data+"no stamp at all, at any rate\"}\n\n") }, "could not be read"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			events := make(chan string, 1000)
			subscribe := stream(events, test.send)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					events <- "data: " + r.FormValue("data") + "\n\n"
					_, _ = io.WriteString(w, "id")
					return
				}
				subscribe(w, r)
			}))
			defer server.Close()
			r, err := bench.Run(t.Context(), "fanout", bench.Options{
				Hub: server.URL, PublisherKey: []byte(hubtest.PublisherSecret), Subscribers: 1, Publishers: 1, Events: 5, Duration: time.Second,
			})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(r.Wrong, "; "), test.want) {
				t.Errorf("wrong is %q, want it to say %q", r.Wrong, test.want)
			}
		})
	}
}

func TestWhatCannotBeMeasuredIsAnError(t *testing.T) {
	h := hubtest.Start(t, nil)
	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused.Close()
	tests := []struct {
		name, mode string
		change     func(*bench.Options)
		want       string
	}{
		{"an unknown mode", "fly", nil, `no mode "fly", but fanout, unicast, publish, idle, replay, connect`},
		{"no key", "publish", func(o *bench.Options) { o.PublisherKey = nil }, "MERCURE_PUBLISHER_JWT_KEY"},
		{"the wrong key", "publish", func(o *bench.Options) { o.PublisherKey = []byte("wrong-0123456789-0123456789-012345") }, "401"},
		{"subscribers that are refused", "connect", func(o *bench.Options) { o.SubscriberKey = []byte("wrong-0123456789-0123456789-012345") }, "401"},
		{"TLS", "idle", func(o *bench.Options) { o.Hub = "https://localhost/" }, "plain HTTP"},
		{"nobody there", "idle", func(o *bench.Options) { o.Hub = "http://" + refused.Addr().String() }, "refused"},
		{"no such process", "idle", func(o *bench.Options) { o.PIDs = []int{1 << 30} }, "--pid"},
		{"an event too small for its stamp", "fanout", func(o *bench.Options) { o.Size = bench.MinSize - 1 }, "bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := smoke(h)
			if test.change != nil {
				test.change(&o)
			}
			_, err := bench.Run(t.Context(), test.mode, o)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error that says %q", err, test.want)
			}
		})
	}
}

func TestTheFloorDelivers(t *testing.T) {
	f, err := bench.BuildFloor(t.Context())
	if errors.Is(err, bench.ErrNoCompiler) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Remove()
	ctx, cancel := context.WithTimeout(t.Context(), hubtest.Patience)
	defer cancel()
	r, err := f.Run(ctx, bench.Options{Subscribers: 10, Events: 20, Duration: hubtest.Patience})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Wrong) > 0 || r.Delivered != 200 || r.Expected != 200 {
		t.Errorf("%d of %d delivered; wrong: %q", r.Delivered, r.Expected, r.Wrong)
	}
	if r.WritesPerDelivery >= 0 && (r.WritesPerDelivery < 0.99 || r.WritesPerDelivery > 1.01) {
		t.Errorf("%v writes a delivery, want one", r.WritesPerDelivery)
	}
}

func TestRawSyncWritesAndTidiesUp(t *testing.T) {
	dir := t.TempDir()
	rate, err := bench.RawSync(t.Context(), dir, []byte("record"), 50*time.Millisecond)
	if err != nil || rate <= 0 {
		t.Fatalf("%v a second, %v", rate, err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}
