package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"amalgam/hub/hubtest"
	"amalgam/hub/web/metrics"
)

// adminOf returns the base of a hub's admin listener, which its log names.
func adminOf(t *testing.T, p *process) string {
	t.Helper()
	if err := p.AwaitLog("the admin listener is open", 1); err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`\badmin=(\S+)`).FindStringSubmatch(p.Log())
	if m == nil {
		t.Fatalf("the log does not say where the admin listener is:\n%s", p.Log())
	}
	return "http://" + m[1]
}

// fetch asks with GET and returns the status and the body.
func fetch(t *testing.T, url string, header http.Header) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hubtest.Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header.Clone()
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// scrape returns the metrics of a hub by name.
func scrape(t *testing.T, admin string) map[string]*dto.MetricFamily {
	t.Helper()
	status, body := fetch(t, admin+"/metrics", http.Header{})
	if status != http.StatusOK {
		t.Fatalf("/metrics: %d %s", status, body)
	}
	p := expfmt.NewTextParser(model.UTF8Validation)
	families, err := p.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatalf("/metrics is not what Prometheus reads: %v\n%s", err, body)
	}
	return families
}

// post publishes and returns the status.
func post(t *testing.T, p *process, token, data string) int {
	t.Helper()
	form := url.Values{"topic": {"a"}, "type": {"chat"}, "data": {data}}
	req, _ := http.NewRequest(http.MethodPost, p.url, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// TestTheAdminListener runs the real hub with some traffic and looks at it as
// an operator does.
func TestTheAdminListener(t *testing.T) {
	bin := binary(t)
	schema := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(schema, []byte(`{"properties": {"chat": {"type": "object"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var refused atomic.Bool
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !refused.Swap(true) {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer app.Close()
	p := runHub(t, bin, t.TempDir(), "anonymous\nadmin 127.0.0.1:0\nstop_spread 2s\npayloads "+schema+
		"\non_subscription "+app.URL+"\non_subscription_secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	admin := adminOf(t, p)
	token := hubtest.PublisherToken(t, "*")
	for data, want := range map[string]int{`{"n":1}`: 200, `{"n":2}`: 200, `"no object"`: 422} {
		if status := post(t, p, token, data); status != want {
			t.Fatalf("publishing %s: %d, want %d", data, status, want)
		}
	}
	if status := post(t, p, "", `{}`); status != http.StatusUnauthorized {
		t.Fatalf("publishing without a token: %d", status)
	}
	s := hubtest.Open(t, http.DefaultClient, p.url+"?topic=a&lastEventID=earliest", nil)
	s.Next(t)
	s.Next(t)
	post(t, p, token, `{"n":3}`)
	s.Next(t)

	t.Run("webhooks", func(t *testing.T) {
		families := scrape(t, admin)
		for deadline := time.Now().Add(hubtest.Patience); total(families["amalgam_webhook_waiting_messages"]) > 0; families = scrape(t, admin) {
			if time.Now().After(deadline) {
				t.Fatal("a message is not delivered after the second try")
			}
			time.Sleep(20 * time.Millisecond)
		}
		if n := total(families["amalgam_webhook_retries_total"]); n != 1 {
			t.Errorf("%v retries of a message that was refused once", n)
		}
		for _, m := range families["amalgam_webhook_messages_total"].GetMetric() {
			want := map[string]float64{"delivered": 1}[m.GetLabel()[0].GetValue()]
			if got := m.GetCounter().GetValue(); got != want {
				t.Errorf("%v messages are %s, want %v", got, m.GetLabel()[0].GetValue(), want)
			}
		}
		if at := total(families["amalgam_webhook_last_error_timestamp_seconds"]); time.Since(time.Unix(int64(at), 0)) > time.Minute {
			t.Errorf("the last error was at %v", at)
		}
	})
	t.Run("metrics", func(t *testing.T) {
		families := scrape(t, admin)
		for name, want := range map[string]float64{
			"mercure_subscribers_connected": 1, "mercure_subscribers_total": 1, "mercure_updates_total": 3, "amalgam_ready": 1,
			"amalgam_publish_seconds": 3, "amalgam_commit_updates": 3, "amalgam_replay_events": 1, "amalgam_history_events": 3,
			"amalgam_deliveries_total": 1, "amalgam_payload_faults_total": 1, "amalgam_catchups_total": 0,
		} {
			if got := total(families[name]); got != want {
				t.Errorf("%s is %v, want %v", name, got, want)
			}
		}
		if n := total(families["amalgam_sync_seconds"]); n < 3 {
			t.Errorf("%v syncs for 3 updates", n)
		}
		if d := families["amalgam_replay_events"].GetMetric()[0].GetHistogram().GetSampleSum(); d != 2 {
			t.Errorf("a replay of %v events, want 2", d)
		}
		if at := total(families["amalgam_history_oldest_timestamp_seconds"]); time.Since(time.Unix(int64(at), 0)) > time.Hour {
			t.Errorf("the oldest update is of %v", at)
		}
		if b := total(families["amalgam_stream_bytes_total"]); b < 3*10 || b > 10_000 {
			t.Errorf("%v bytes of streams for three small events", b)
		}
		for _, m := range families["amalgam_refusals_total"].GetMetric() {
			want := map[string]float64{"token-missing": 1, "payload": 1}[m.GetLabel()[0].GetValue()]
			if got := m.GetCounter().GetValue(); got != want {
				t.Errorf("%v refusals by %s, want %v", got, m.GetLabel()[0].GetValue(), want)
			}
		}
		for _, m := range append(metrics.Table, metrics.Info) {
			f := families[m.Name]
			if f == nil {
				t.Errorf("%s is not there", m.Name)
			} else if kind := strings.ToLower(f.GetType().String()); kind != string(m.Kind) {
				t.Errorf("%s is a %s, want a %s", m.Name, kind, m.Kind)
			}
		}
		for name := range families {
			if strings.HasPrefix(name, "amalgam_") || strings.HasPrefix(name, "mercure_") {
				continue
			}
			if !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
				t.Errorf("%s is in no documentation", name)
			}
		}
	})
	t.Run("dashboard", func(t *testing.T) { checkDashboard(t, scrape(t, admin)) })
	t.Run("alerts", func(t *testing.T) { checkAlerts(t, scrape(t, admin)) })
	t.Run("only there", func(t *testing.T) {
		for _, path := range []string{"/metrics", "/debug/pprof/"} {
			if status, _ := fetch(t, p.base+path, http.Header{}); status != http.StatusNotFound {
				t.Errorf("%s on the public port: %d, want 404", path, status)
			}
		}
		if status, _ := fetch(t, admin+"/.well-known/mercure?topic=a", http.Header{}); status != http.StatusNotFound {
			t.Errorf("the hub on the admin listener: %d, want 404", status)
		}
	})
	t.Run("profiles", func(t *testing.T) {
		for path, want := range map[string]string{"/debug/pprof/": "goroutine", "/debug/pprof/goroutine?debug=1": "goroutine profile", "/debug/pprof/cmdline": "run"} {
			if status, body := fetch(t, admin+path, http.Header{}); status != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("%s: %d without %q", path, status, want)
			}
		}
		if status, _ := fetch(t, admin+"/debug/pprof/heap", http.Header{"Sec-Fetch-Site": {"cross-site"}}); status != http.StatusForbidden {
			t.Errorf("a page of another site gets %d, want 403", status)
		}
	})
	t.Run("by its own names", func(t *testing.T) {
		for host, want := range map[string]int{"localhost:1": 200, "127.0.0.2": 200, "[::1]:1": 200, "LOCALHOST": 200, "rebound.example": 421, "localhost.evil.example:1": 421} {
			req, _ := http.NewRequest(http.MethodGet, admin+"/debug/pprof/cmdline", nil)
			req.Host = host
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("Host: %s: %d, want %d", host, resp.StatusCode, want)
			}
		}
	})
	t.Run("stop", func(t *testing.T) {
		since := p.signal(t)
		asJSON := http.Header{"Accept": {"application/json"}}
		if err := p.AwaitLog("stopping", 1); err != nil {
			t.Fatal(err)
		}
		// Publishing goes on while streams end: only /readyz tells.
		if status, body := fetch(t, admin+"/readyz", asJSON); status != http.StatusServiceUnavailable || strings.TrimSpace(body) != `{"status":"unavailable","reason":"stopping"}` {
			t.Errorf("/readyz of a hub that stops: %d %s", status, body)
		}
		if status, body := fetch(t, admin+"/healthz", asJSON); status != http.StatusOK || strings.TrimSpace(body) != `{"status":"ok"}` {
			t.Errorf("/healthz of a hub that stops: %d %s", status, body)
		}
		if n := total(scrape(t, admin)["amalgam_ready"]); n != 0 {
			t.Errorf("amalgam_ready is %v while the hub stops", n)
		}
		p.wantExit0(t, since, 12*time.Second)
		if _, err := http.Get(admin + "/readyz"); err == nil {
			t.Error("the admin listener has outlived the hub")
		}
	})
}

// total sums a family: values, and of histograms how many were counted.
func total(f *dto.MetricFamily) (sum float64) {
	for _, m := range f.GetMetric() {
		sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	return sum
}

// The table of docs/operations.md is the one that is served.
func TestTheMetricsAreDocumented(t *testing.T) {
	page := read(t, "docs/operations.md")
	for _, m := range append(metrics.Table, metrics.Info) {
		if line := metricLine(m); !strings.Contains(page, line) {
			t.Errorf("docs/operations.md lacks the line:\n%s", line)
		}
	}
	lines := bufio.NewScanner(strings.NewReader(page))
	for lines.Scan() {
		name := regexp.MustCompile("^\\| `((?:amalgam|mercure)_[a-z_]+)` \\|").FindStringSubmatch(lines.Text())
		if name == nil {
			continue
		}
		found := false
		for _, m := range append(metrics.Table, metrics.Info) {
			found = found || m.Name == name[1]
		}
		if !found {
			t.Errorf("docs/operations.md has %s, which there is not", name[1])
		}
	}
}

func metricLine(m metrics.Metric) string {
	return "| `" + m.Name + "` | " + string(m.Kind) + " | " + m.Label + " | " + m.Unit + " | " + m.Help + " |"
}

// read returns a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// readJSON reads one.
func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(read(t, path)), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
