package metrics_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"amalgam/hub"
	"amalgam/hub/eventlog"
	"amalgam/hub/fanout"
	"amalgam/hub/stat"
	"amalgam/hub/web/metrics"
	"amalgam/hub/webhook"
)

type source hub.Stats

func (s source) Stats() hub.Stats { return hub.Stats(s) }

func scrape(t *testing.T, st hub.Stats, hooks *webhook.Sender) string {
	t.Helper()
	w := httptest.NewRecorder()
	metrics.Handler(source(st), hooks, "v1").ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestWhatIsCountedIsShownInItsUnit(t *testing.T) {
	times := stat.NewHistogram(1e6, 5e6)
	for _, ns := range []uint64{500_000, 1_000_000, 2_000_000, 9_000_000} {
		times.Observe(ns)
	}
	text := scrape(t, hub.Stats{
		Publishes: times.Snapshot(),
		Refusals:  map[string]uint64{"path": 3},
		Streams:   fanout.Stats{Subscribers: 7, Ended: map[fanout.Reason]uint64{fanout.EndedByStall: 2}},
		Ready:     errors.New("stopping"),
		History:   &eventlog.Stats{Events: 5, Oldest: 1_500},
	}, nil)
	for _, line := range []string{
		`amalgam_publish_seconds_bucket{le="0.001"} 2`, `amalgam_publish_seconds_bucket{le="0.005"} 3`,
		`amalgam_publish_seconds_bucket{le="+Inf"} 4`, `amalgam_publish_seconds_sum 0.0125`, `amalgam_publish_seconds_count 4`,
		`amalgam_refusals_total{rule="path"} 3`, `mercure_subscribers_connected 7`, `amalgam_streams_ended_total{reason="stalled"} 2`,
		`amalgam_ready 0`, `amalgam_history_events 5`, `amalgam_history_oldest_timestamp_seconds 1.5`,
		`# TYPE mercure_updates_total counter`, `version="v1"`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("%s is not there", line)
		}
	}
	if strings.Contains(text, "amalgam_commit_updates") {
		t.Error("a history that does not commit in groups has a histogram of them")
	}
}

func TestWhatAHistoryCannotTellIsNotThere(t *testing.T) {
	if text := scrape(t, hub.Stats{}, nil); strings.Contains(text, "amalgam_history") || strings.Contains(text, "amalgam_sync") || strings.Contains(text, "amalgam_webhook") || !strings.Contains(text, "amalgam_ready 1") {
		t.Errorf("of a hub without a history and without on_subscription:\n%s", text)
	}
}

func TestASenderThatHasHadNoErrorHasNoTimeOfOne(t *testing.T) {
	hooks := webhook.New(webhook.Options{URL: "http://127.0.0.1:1"})
	defer hooks.Close(t.Context())
	text := scrape(t, hub.Stats{}, hooks)
	for _, line := range []string{
		`amalgam_webhook_messages_total{result="delivered"} 0`, `amalgam_webhook_messages_total{result="given_up"} 0`,
		`amalgam_webhook_messages_total{result="dropped"} 0`, `amalgam_webhook_retries_total 0`, `amalgam_webhook_waiting_messages 0`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("%s is not there", line)
		}
	}
	if strings.Contains(text, "amalgam_webhook_last_error") {
		t.Error("there is a time of an error")
	}
}
