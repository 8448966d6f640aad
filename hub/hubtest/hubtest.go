// Package hubtest runs a real hub for tests, on a real socket, with tokens to
// publish and subscribe and a client for its streams.
package hubtest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/eventlog/memory"
)

// The secrets of the hub that Start starts.
const (
	PublisherSecret  = "publisher-secret-for-tests-only-0123456789"
	SubscriberSecret = "subscriber-secret-for-tests-only-0123456789"
)

// Patience bounds every wait of a test, generously: the machine is slow.
const Patience = 15 * time.Second

// A Hub is a running hub.
type Hub struct {
	*hub.Hub
	URL    string // of the hub itself, /.well-known/mercure
	Base   string // scheme, host and port
	Client *http.Client
}

// Start starts a hub with a log in memory and anonymous subscribers, changed
// by config if it is not nil. It ends with the test.
func Start(t testing.TB, config func(*hub.Config)) *Hub {
	t.Helper()
	return StartOver(t, Plain, config)
}

// A Transport is how a hub is reached.
type Transport string

// A hub owes its clients the same over all Transports.
const (
	Plain Transport = "HTTP1"
	TLS   Transport = "HTTP1 over TLS"
	HTTP2 Transport = "HTTP2"
	HTTP3 Transport = "HTTP3"
)

var Transports = []Transport{Plain, TLS, HTTP2, HTTP3}

// StartOver is Start over any transport.
func StartOver(t testing.TB, over Transport, config func(*hub.Config)) *Hub {
	t.Helper()
	log := memory.New(memory.Options{})
	cfg := hub.Config{
		Log:            log,
		PublisherKeys:  []*auth.Key{Key(t, "HS256", PublisherSecret)},
		SubscriberKeys: []*auth.Key{Key(t, "HS256", SubscriberSecret)},
		Anonymous:      true,
		Explain:        true,
	}
	if config != nil {
		config(&cfg)
	}
	h, err := hub.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(h)
	if over == Plain {
		server.Start()
	} else {
		server.EnableHTTP2 = over == HTTP2
		server.StartTLS()
	}
	client := server.Client()
	if over == HTTP3 {
		client = serveQUIC(t, server, h)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Errorf("closing the hub: %v", err)
		}
		client.CloseIdleConnections()
		server.Close()
		_ = log.Close()
	})
	return &Hub{Hub: h, Base: server.URL, URL: server.URL + hub.DefaultPath, Client: client}
}

// Key parses a key.
func Key(t testing.TB, alg, material string) *auth.Key {
	t.Helper()
	k, err := auth.ParseKey(alg, []byte(material))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Sign signs claims as a classic token with HS256.
func Sign(t testing.TB, secret string, claims jwt.MapClaims) string {
	t.Helper()
	s, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// PublisherToken may publish to selectors.
func PublisherToken(t testing.TB, selectors ...string) string {
	return Sign(t, PublisherSecret, jwt.MapClaims{"mercure": map[string]any{"publish": selectors}})
}

// SubscriberToken may read private updates of selectors.
func SubscriberToken(t testing.TB, selectors ...string) string {
	return Sign(t, SubscriberSecret, jwt.MapClaims{"mercure": map[string]any{"subscribe": selectors}})
}

// Do sends a request and returns the answer with its whole body.
func (h *Hub) Do(t testing.TB, method, url string, header http.Header, body string) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := h.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

// Post publishes a form with a token, "" for none, and returns the answer.
func (h *Hub) Post(t testing.TB, token string, form url.Values) (*http.Response, string) {
	t.Helper()
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return h.Do(t, http.MethodPost, h.URL, header, form.Encode())
}

// Send publishes an update that must be taken, and returns its id. fields are
// names and values in turn.
func (h *Hub) Send(t testing.TB, fields ...string) string {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	resp, body := h.Post(t, PublisherToken(t, "*"), form)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("publishing %v: %s: %s", fields, resp.Status, body)
	}
	return body
}
