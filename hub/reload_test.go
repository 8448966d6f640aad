package hub_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/hubtest"
)

const newSecret = "a new secret for tests only, 0123456789abcdef"

// publishes returns the status of publishing with a token signed by a secret.
func publishes(t *testing.T, h *hubtest.Hub, secret string) int {
	t.Helper()
	token := hubtest.Sign(t, secret, jwt.MapClaims{"mercure": map[string]any{"publish": []string{"*"}}})
	resp, _ := h.Post(t, token, url.Values{"topic": {"a"}, "data": {secret}})
	return resp.StatusCode
}

func TestReloadForgetsTheTokensOfOldKeysAndKeepsStreams(t *testing.T) {
	h := hubtest.Start(t, nil)
	s := h.Subscribe(t, "topic=a", hubtest.Bearer(hubtest.SubscriberToken(t, "a")))
	if got := publishes(t, h, hubtest.PublisherSecret); got != 200 { // and is remembered
		t.Fatalf("before: %d", got)
	}
	s.Want(t, hubtest.PublisherSecret)
	origins, err := auth.ParseOrigins([]string{"https://a.example"})
	if err != nil {
		t.Fatal(err)
	}
	next := hub.Config{
		PublisherKeys:  []*auth.Key{hubtest.Key(t, "HS256", newSecret)},
		SubscriberKeys: []*auth.Key{hubtest.Key(t, "HS256", newSecret)},
		CORSOrigins:    origins,
		Path:           "/ignored",
	}
	if err := h.Reload(next); err != nil {
		t.Fatal(err)
	}
	if got := publishes(t, h, hubtest.PublisherSecret); got != 401 {
		t.Errorf("the old key: %d, want 401", got)
	}
	if got := publishes(t, h, newSecret); got != 200 {
		t.Errorf("the new key: %d, want 200", got)
	}
	s.Want(t, newSecret) // the stream of the old key goes on
	if resp, body := h.Do(t, "GET", h.URL+"?topic=a", hubtest.Bearer(hubtest.SubscriberToken(t, "a")), ""); resp.StatusCode != 401 || strings.Contains(body, "rule") {
		t.Errorf("subscribing with the old key: %s %s, want 401 without an explanation", resp.Status, body)
	}
	if resp, _ := h.Do(t, "HEAD", h.URL+"?topic=a", http.Header{"Origin": {"https://a.example"}}, ""); resp.Header.Get("Access-Control-Allow-Origin") != "https://a.example" {
		t.Errorf("the new origin gets %q", resp.Header.Get("Access-Control-Allow-Origin"))
	}

	if err := h.Reload(hub.Config{}); err == nil || !strings.Contains(err.Error(), "nobody could publish") {
		t.Errorf("reloading nothing: %v", err)
	}
	if got := publishes(t, h, newSecret); got != 200 {
		t.Errorf("after a faulty reload: %d, want 200", got)
	}
}

// keySet is a key source that is refreshed, and counts by how many.
type keySet struct {
	auth.StaticKeys
	running atomic.Int32
	started chan struct{}
	stopped chan struct{}
}

func newKeySet(t *testing.T, secret string) *keySet {
	return &keySet{StaticKeys: auth.StaticKeys{hubtest.Key(t, "HS256", secret)}, started: make(chan struct{}, 9), stopped: make(chan struct{}, 9)}
}

func (k *keySet) Refresh(ctx context.Context) {
	k.running.Add(1)
	k.started <- struct{}{}
	<-ctx.Done()
	k.running.Add(-1)
	k.stopped <- struct{}{}
}

func TestKeySetsVerifyClassicTokensAndAreRefreshedWhileTheyCount(t *testing.T) {
	old, kept, fresh := newKeySet(t, hubtest.PublisherSecret), newKeySet(t, hubtest.SubscriberSecret), newKeySet(t, newSecret)
	h := hubtest.Start(t, func(c *hub.Config) {
		c.PublisherKeys, c.SubscriberKeys = nil, nil
		c.PublisherKeySet, c.SubscriberKeySet = old, kept
	})
	if got := publishes(t, h, hubtest.PublisherSecret); got != 200 {
		t.Errorf("a key of the set: %d, want 200", got)
	}
	<-old.started
	<-kept.started
	if err := h.Reload(hub.Config{PublisherKeySet: fresh, SubscriberKeySet: kept}); err != nil {
		t.Fatal(err)
	}
	<-old.stopped
	<-fresh.started
	if n := kept.running.Load(); n != 1 || len(kept.started) > 0 {
		t.Errorf("the set that stays is refreshed %d times", n)
	}
	if a, b := publishes(t, h, hubtest.PublisherSecret), publishes(t, h, newSecret); a != 401 || b != 200 {
		t.Errorf("the old set %d, the new one %d, want 401 and 200", a, b)
	}
	if err := h.Reload(hub.Config{PublisherKeySet: auth.KeySource(auth.StaticKeys(nil)), Anonymous: true, SubscriberKeySet: kept, Explain: true}); err != nil {
		t.Fatal(err)
	}
	resp, body := h.Post(t, hubtest.PublisherToken(t, "*"), url.Values{"topic": {"a"}})
	wantRefusal(t, "an empty set", resp, body, 401, "token-kid")
}
