package tracing

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/slim/otlp/trace/v1"

	"amalgam/hub"
	"amalgam/hub/fanout"
	"amalgam/hub/hubtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// endpoint is a collector that decodes what it gets.
type endpoint struct {
	*httptest.Server
	mu       sync.Mutex
	spans    []*otlp.Span
	about    map[string]string // the resource
	requests []*http.Request
	busy     int // how often it is to answer 503 first
}

func newEndpoint(t *testing.T) *endpoint {
	e := &endpoint{about: make(map[string]string)}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.requests = append(e.requests, r)
		if e.busy > 0 {
			e.busy--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var in io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			in, _ = gzip.NewReader(r.Body)
		}
		body, err := io.ReadAll(in)
		var req collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &req)
		}
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("an export to %s with %v: %v", r.URL.Path, r.Header, err)
		}
		for _, rs := range req.ResourceSpans {
			for _, kv := range rs.Resource.Attributes {
				e.about[kv.Key] = kv.Value.GetStringValue()
			}
			for _, ss := range rs.ScopeSpans {
				if ss.Scope.Name != scope {
					t.Errorf("scope %q", ss.Scope.Name)
				}
				e.spans = append(e.spans, ss.Spans...)
			}
		}
	}))
	t.Cleanup(e.Close)
	return e
}

// traced runs fn against a hub whose traces go to e, and returns them by name.
func traced(t *testing.T, e *endpoint, more map[string]string, config func(*hub.Config), fn func(*hubtest.Hub)) map[string]*otlp.Span {
	t.Helper()
	for name, value := range more {
		t.Setenv(name, value) // the SDK reads some itself
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", e.URL)
	traces, err := Start(os.Getenv, "v1", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("hub", func(t *testing.T) {
		fn(hubtest.Start(t, func(c *hub.Config) {
			c.Tracer = traces.Tracer()
			if config != nil {
				config(c)
			}
		}))
	})
	ctx, cancel := context.WithTimeout(context.Background(), hubtest.Patience)
	defer cancel()
	if err := traces.Close(ctx); err != nil {
		t.Fatal(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	spans := make(map[string]*otlp.Span)
	for _, s := range e.spans {
		if spans[s.Name] != nil {
			t.Errorf("two spans are named %s", s.Name)
		}
		if s.EndTimeUnixNano < s.StartTimeUnixNano || time.Since(time.Unix(0, int64(s.StartTimeUnixNano))) > time.Hour {
			t.Errorf("%s is from %d to %d", s.Name, s.StartTimeUnixNano, s.EndTimeUnixNano)
		}
		spans[s.Name] = s
	}
	return spans
}

// tags are the attributes of a span, as text.
func tags(s *otlp.Span) map[string]string {
	m := make(map[string]string)
	for _, kv := range s.GetAttributes() {
		m[kv.Key] = kv.Value.GetStringValue()
		if n := kv.Value.GetIntValue(); n != 0 {
			m[kv.Key] = slog.Int64Value(n).String()
		}
	}
	return m
}

const traceID, parentID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

var parent = "00-" + traceID + "-" + parentID + "-01"

func TestAPublishIsASpanWithItsSteps(t *testing.T) {
	e := newEndpoint(t)
	id := ""
	spans := traced(t, e, map[string]string{"OTEL_SERVICE_NAME": "chat-hub", "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test"}, nil, func(h *hubtest.Hub) {
		header := hubtest.Bearer(hubtest.PublisherToken(t, "*"))
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		header.Set("Traceparent", parent)
		_, id = h.Do(t, http.MethodPost, h.URL, header, "topic=a&data=x")
	})
	if e.about["service.name"] != "chat-hub" || e.about["service.version"] != "v1" || e.about["deployment.environment"] != "test" {
		t.Errorf("the resource is %v", e.about)
	}
	publish := spans["mercure.publish"]
	if publish == nil || len(spans) != 4 {
		t.Fatalf("%d spans: %v", len(spans), spans)
	}
	if hex.EncodeToString(publish.TraceId) != traceID || hex.EncodeToString(publish.ParentSpanId) != parentID || publish.Kind != otlp.Span_SPAN_KIND_SERVER {
		t.Errorf("the span of the request is not a server's within the caller's: %v", publish)
	}
	got := tags(publish)
	if got["messaging.message.id"] != id || got["http.response.status_code"] != "200" || got["http.request.method"] != "POST" || got["url.path"] != hub.DefaultPath || got["amalgam.request"] == "" {
		t.Errorf("attributes %v", got)
	}
	for _, name := range []string{"authorize", "judge", "append"} {
		step := spans[name]
		if step == nil || string(step.ParentSpanId) != string(publish.SpanId) || string(step.TraceId) != string(publish.TraceId) {
			t.Errorf("%s is not a step of the request: %v", name, step)
			continue
		}
		if step.StartTimeUnixNano < publish.StartTimeUnixNano || step.EndTimeUnixNano > publish.EndTimeUnixNano {
			t.Errorf("%s is not within the request", name)
		}
	}
}

func TestTheSpanOfASubscriberEndsWhenItIsConnected(t *testing.T) {
	var connected time.Time
	spans := traced(t, newEndpoint(t), nil, nil, func(h *hubtest.Hub) {
		s := h.Subscribe(t, "topic=a&lastEventID=earliest", nil)
		h.Client.CloseIdleConnections()
		if _, err := h.Publish(context.Background(), updateFor("a")); err != nil {
			t.Fatal(err)
		}
		s.Next(t)
		// Nothing but the greeting leaves before the span has ended.
		connected = time.Now()
		s.Close()
		for deadline := time.Now().Add(hubtest.Patience); h.Stats().Streams.Ended[fanout.EndedByClient] == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the hub does not see that the client has gone")
			}
		}
	})
	subscribe, end := spans["mercure.subscribe"], spans["mercure.subscribe.end"]
	if subscribe == nil || end == nil || spans["attach"] == nil || spans["authorize"] == nil {
		t.Fatalf("spans: %v", spans)
	}
	if subscribe.EndTimeUnixNano > uint64(connected.UnixNano()) {
		t.Errorf("the span has not ended when the stream had begun")
	}
	if got := tags(subscribe); got["amalgam.subscriber"] == "" || got["amalgam.cursor"] != "earliest" || got["amalgam.matchers"] != "1" {
		t.Errorf("attributes %v", got)
	}
	if string(end.ParentSpanId) != string(subscribe.SpanId) || end.StartTimeUnixNano != end.EndTimeUnixNano {
		t.Errorf("the end is not a moment that belongs to the beginning: %v", end)
	}
	if got := tags(end); got["amalgam.ended"] != "client" || got["amalgam.events"] != "1" || got["amalgam.bytes"] == "" {
		t.Errorf("attributes of the end %v", got)
	}
}

func TestARefusalNamesItsRuleAndIsNoFaultOfTheHub(t *testing.T) {
	secret := hubtest.Sign(t, "a secret that is not the hub's, of 32 bytes", nil)
	e := newEndpoint(t)
	spans := traced(t, e, nil, nil, func(h *hubtest.Hub) {
		h.Do(t, http.MethodGet, h.URL+"?topic=a&authorization="+secret, http.Header{"Cookie": {"mercureAuthorization=" + secret}}, "")
	})
	s := spans["mercure.subscribe"]
	if got := tags(s); got["amalgam.rule"] != "token-invalid" || got["http.response.status_code"] != "401" || s.Status.GetCode() == otlp.Status_STATUS_CODE_ERROR {
		t.Errorf("%v, status %v", got, s.GetStatus())
	}
	for _, s := range e.spans {
		if strings.Contains(s.String(), secret) {
			t.Errorf("a token is in the span %v", s)
		}
	}
}

func TestWhatIsNotSampledIsNotSent(t *testing.T) {
	spans := traced(t, newEndpoint(t), nil, nil, func(h *hubtest.Hub) {
		header := http.Header{"Traceparent": {strings.TrimSuffix(parent, "01") + "00"}}
		h.Subscribe(t, "topic=a", header).Close()
	})
	if len(spans) != 0 {
		t.Errorf("the caller does not record, and %v are sent", spans)
	}
}

func TestAnExportGoesThroughABusyCollectorAndIsCompressed(t *testing.T) {
	e := newEndpoint(t)
	e.busy = 2
	more := map[string]string{"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20x"}
	spans := traced(t, e, more, nil, func(h *hubtest.Hub) { h.Do(t, http.MethodHead, h.URL+"?topic=a", nil, "") })
	if spans["mercure.subscribe"] == nil || len(e.requests) != 3 {
		t.Errorf("%d requests brought %v", len(e.requests), spans)
	}
	for _, r := range e.requests {
		if r.Header.Get("Authorization") != "Bearer x" || r.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("the headers of an export: %v", r.Header)
		}
	}
}

// A collector that does not answer costs traces, and nothing else.
// A redirected POST arrives as a GET, which says nothing of the spans, or goes
// with its headers, which hold a key, to somebody else.
func TestARedirectIsNotFollowed(t *testing.T) {
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect} {
		elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			t.Errorf("%d leads to a %s with the key %q", status, r.Method, r.Header.Get("Api-Key"))
		}))
		defer elsewhere.Close()
		collector := httptest.NewServer(http.RedirectHandler(elsewhere.URL, status))
		defer collector.Close()
		var log strings.Builder
		e := environment{url: collector.URL, header: http.Header{"Api-Key": {"secret"}}, timeout: hubtest.Patience}
		x := newExporter(e, slog.New(slog.NewTextHandler(&log, nil)))
		if err := x.ExportSpans(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		_ = x.Shutdown(t.Context())
		if !strings.Contains(log.String(), "traces are lost") {
			t.Errorf("%d: the log says %q", status, log.String())
		}
	}
}

func TestACollectorThatIsGoneIsSaidOnce(t *testing.T) {
	var log strings.Builder
	e := newEndpoint(t)
	x := newExporter(environment{url: e.URL + "/v1/traces", timeout: 50 * time.Millisecond}, slog.New(slog.NewTextHandler(&log, nil)))
	e.busy = 1000
	for range 3 {
		if err := x.ExportSpans(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(log.String(), "traces are lost"); n != 1 {
		t.Errorf("said %d times: %s", n, &log)
	}
	e.mu.Lock()
	e.busy = 0
	e.mu.Unlock()
	_ = x.ExportSpans(context.Background(), nil)
	if !strings.Contains(log.String(), "takes traces again") {
		t.Errorf("it is not said that the collector is back: %s", &log)
	}
	_ = x.Shutdown(context.Background())
}
