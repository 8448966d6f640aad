package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"

	"amalgam/hub/hubtest"
	hubprocess "amalgam/hub/hubtest/process"
)

// The real binary sends its traces to a collector, the last ones at its stop.
func TestTheBinarySendsTraces(t *testing.T) {
	bin := binary(t)
	var mu sync.Mutex
	spans, service := make(map[string]string), "" // span's name to its trace
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, err := io.ReadAll(r.Body)
		var req collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &req)
		}
		if err != nil {
			t.Errorf("what was exported is no traces: %v", err)
		}
		for _, rs := range req.ResourceSpans {
			for _, kv := range rs.Resource.Attributes {
				if kv.Key == "service.name" {
					service = kv.Value.GetStringValue()
				}
			}
			for _, ss := range rs.ScopeSpans {
				for _, s := range ss.Spans {
					spans[s.Name] = string(s.TraceId)
				}
			}
		}
	}))
	defer endpoint.Close()
	run := func(env ...string) (*hubprocess.Hub, error) {
		h, err := hubprocess.Start(hubprocess.Options{Bin: bin, Data: t.TempDir(), Directives: "anonymous\nstop_spread 0",
			PublisherKey: hubtest.PublisherSecret, SubscriberKey: hubtest.SubscriberSecret, Env: env})
		if err == nil {
			t.Cleanup(h.Kill)
		}
		return h, err
	}

	h, err := run("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=" + endpoint.URL + "/v1/traces")
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Hub: h, url: h.URL()}
	s := hubtest.Open(t, http.DefaultClient, p.url+"?topic=a", nil)
	if status := post(t, p, hubtest.PublisherToken(t, "*"), `{}`); status != http.StatusOK {
		t.Fatalf("publishing: %d", status)
	}
	s.Next(t)
	p.wantExit0(t, p.signal(t), 12*time.Second)
	mu.Lock()
	for _, name := range []string{"mercure.publish", "authorize", "judge", "append", "mercure.subscribe", "attach", "mercure.subscribe.end"} {
		if spans[name] == "" {
			t.Errorf("there is no span %s in %d", name, len(spans))
		}
	}
	if spans["mercure.publish"] != spans["append"] || spans["mercure.publish"] == spans["mercure.subscribe"] || service != "amalgam" {
		t.Errorf("a publish and its steps are one trace, a subscriber another: %x; service %q", spans, service)
	}
	mu.Unlock()

	_, err = run("OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc")
	if err == nil || !strings.Contains(err.Error(), "only http/protobuf is spoken") {
		t.Errorf("a hub that is to speak gRPC: %v", err)
	}

	h, err = run("OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1") // nobody is there
	if err != nil {
		t.Fatal(err)
	}
	p = &process{Hub: h, url: h.URL()}
	if status := post(t, p, hubtest.PublisherToken(t, "*"), `{}`); status != http.StatusOK {
		t.Errorf("publishing without a collector: %d", status)
	}
	p.wantExit0(t, p.signal(t), 12*time.Second)
}
