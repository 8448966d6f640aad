package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"amalgam/hub/hubtest"
)

type hookMessage struct {
	Type string
	Data struct {
		Subscriber    string
		Active        bool
		Subscriptions []struct {
			Topic  string
			Active bool
		}
	}
	signed bool
}

func TestTheHubTellsWhoComesAndGoes(t *testing.T) {
	t.Parallel()
	told := make(chan hookMessage, 10)
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		m := hookMessage{signed: r.Header.Get("Webhook-Signature") != ""}
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &m); err != nil {
			t.Errorf("%v: %s", err, body)
		}
		told <- m
	}))
	t.Cleanup(app.Close)
	next := func(kind string) hookMessage {
		t.Helper()
		select {
		case m := <-told:
			active := kind == "subscriptions.began"
			if m.Type != kind || !m.signed || m.Data.Active != active || len(m.Data.Subscriptions) != 1 || m.Data.Subscriptions[0].Topic != "a" || m.Data.Subscriptions[0].Active != active {
				t.Errorf("told %+v, want %s", m, kind)
			}
			return m
		case <-time.After(hubtest.Patience):
			t.Fatalf("not told: %s", kind)
		}
		return hookMessage{}
	}
	p := runHub(t, binary(t), t.TempDir(), "anonymous\nstop_spread 0\non_subscription "+app.URL+"\non_subscription_secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	s := hubtest.Open(t, http.DefaultClient, p.url+"?topic=a", nil)
	began := next("subscriptions.began")
	s.Close()
	if ended := next("subscriptions.ended"); ended.Data.Subscriber != began.Data.Subscriber {
		t.Errorf("%s came, and %s went", began.Data.Subscriber, ended.Data.Subscriber)
	}
	// A stop is an end, and is told before the process ends.
	hubtest.Open(t, http.DefaultClient, p.url+"?topic=a", nil)
	next("subscriptions.began")
	p.wantExit0(t, p.signal(t), 5*time.Second)
	next("subscriptions.ended")
}
