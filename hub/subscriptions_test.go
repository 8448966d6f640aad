package hub_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub"
	"amalgam/hub/hubtest"
)

func TestSubscriptionsAreAnnouncedAndListed(t *testing.T) {
	h := hubtest.Start(t, func(c *hub.Config) { c.Subscriptions = true })
	watcher := hubtest.Bearer(hubtest.SubscriberToken(t, "/.well-known/mercure/subscriptions{/topic}{/subscriber}", "/.well-known/mercure/subscriptions"))
	events := h.Subscribe(t, topicQuery("/.well-known/mercure/subscriptions/{topic}/{subscriber}"), watcher)
	self := events.Next(t) // the watcher's own
	token := hubtest.Sign(t, hubtest.SubscriberSecret, jwt.MapClaims{"mercure": map[string]any{"payload": map[string]any{"user": "é"}}})
	s := h.Subscribe(t, topicQuery("https://example.com/{selector}", "b"), hubtest.Bearer(token))

	type document struct {
		Context     string `json:"@context"`
		ID, Type    string
		Topic       string
		Subscriber  string
		Active      bool
		Payload     map[string]string
		LastEventID string
	}
	read := func(body string) (d document) {
		t.Helper()
		if err := json.Unmarshal([]byte(body), &d); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		return d
	}
	joined := events.Next(t)
	d := read(joined.Data)
	if d.Topic != "https://example.com/{selector}" || !d.Active || d.Type != "Subscription" || d.Context != "https://mercure.rocks/" || d.Payload["user"] != "é" {
		t.Errorf("the announcement is %s", joined.Data)
	}
	if !strings.HasPrefix(d.ID, "/.well-known/mercure/subscriptions/https%3A%2F%2Fexample.com%2F%7Bselector%7D/urn%3Auuid%3A") {
		t.Errorf("its id is %s", d.ID)
	}
	second := events.Next(t)
	if got := read(second.Data); got.Topic != "b" || got.Subscriber != d.Subscriber {
		t.Errorf("the second subscription is %s", second.Data)
	}

	get := func(path string, header http.Header, status int) (*http.Response, string) {
		t.Helper()
		resp, body := h.Do(t, "GET", h.Base+path, header, "")
		if resp.StatusCode != status {
			t.Fatalf("GET %s: %s %s, want %d", path, resp.Status, body, status)
		}
		return resp, body
	}
	api := "/.well-known/mercure/subscriptions"
	get(api, nil, 401)
	get(api, hubtest.Bearer(hubtest.SubscriberToken(t, "b")), 403)
	resp, body := get(api, watcher, 200)
	var all struct {
		Context       string `json:"@context"`
		ID, Type      string
		LastEventID   string
		Subscriptions []document
	}
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		t.Fatal(err)
	}
	if all.Type != "Subscriptions" || all.ID != api || len(all.Subscriptions) != 3 || all.LastEventID != second.ID {
		t.Errorf("the collection is %s", body)
	}
	if resp.Header.Get("Content-Type") != "application/ld+json" || resp.Header.Get("ETag") != `"`+second.ID+`"` || !strings.Contains(resp.Header.Get("Link"), `rel="mercure"`) {
		t.Errorf("the collection's headers are %v", resp.Header)
	}
	_, body = get(api+"/https%3A%2F%2Fexample.com%2F%7Bselector%7D", watcher, 200)
	if strings.Count(body, `"Subscription"`) != 1 {
		t.Errorf("the collection of one selector is %s", body)
	}
	_, body = get(d.ID, watcher, 200)
	if one := read(body); one.ID != d.ID || !one.Active || one.LastEventID != second.ID {
		t.Errorf("the single document is %s", body)
	}
	get(api+"/b/urn%3Auuid%3Aunknown", watcher, 404)

	s.Close()
	left := read(events.Next(t).Data)
	if left.Active || left.Subscriber != d.Subscriber {
		t.Errorf("the end is announced as %+v", left)
	}
	get(d.ID, watcher, 404)
	if !strings.Contains(self.Data, `"active":true`) {
		t.Errorf("the watcher's own announcement is %s", self.Data)
	}
}
