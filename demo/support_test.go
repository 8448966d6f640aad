package demo

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var (
	publisherKey  = []byte("a publisher secret of forty-two characters")
	subscriberKey = []byte("a subscriber secret of forty-two characters")
)

// A request as the hub endpoint saw it.
type published struct {
	method, contentType, authorization string
	form                               url.Values
}

// hubEndpoint stands where the hub is, records what arrives and answers as it
// is told to. It is no hub: what a hub does with an update is tested with the
// real one.
type hubEndpoint struct {
	*httptest.Server
	mu       sync.Mutex
	received []published
	status   int
	answer   string
}

func newHubEndpoint(t *testing.T) *hubEndpoint {
	t.Helper()
	h := &hubEndpoint{status: http.StatusOK, answer: "urn:uuid:1c0a3c3e-0000-4000-8000-000000000001"}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the publication: %v", err)
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Errorf("the publication is not a form: %v", err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.received = append(h.received, published{r.Method, r.Header.Get("Content-Type"), r.Header.Get("Authorization"), form})
		w.WriteHeader(h.status)
		io.WriteString(w, h.answer)
	}))
	t.Cleanup(h.Close)
	return h
}

// only returns the one publication that there must have been.
func (h *hubEndpoint) only(t *testing.T) published {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.received) != 1 {
		t.Fatalf("the hub received %d publications, want 1", len(h.received))
	}
	return h.received[0]
}

func (h *hubEndpoint) refuseWith(status int, body string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status, h.answer = status, body
}

func (h *hubEndpoint) silent(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.received) != 0 {
		t.Errorf("the hub received %d publications, want none", len(h.received))
	}
}

// A browser is one cookie jar in front of the application.
type browser struct {
	t       *testing.T
	handler http.Handler
	cookies map[string]*http.Cookie
}

func newTestApp(t *testing.T, hub *hubEndpoint) *app {
	t.Helper()
	a, err := newApp(Config{
		HubURL:        hub.URL + "/.well-known/mercure",
		PublisherKey:  publisherKey,
		SubscriberKey: subscriberKey,
		CurlCommand:   "curl -d topic=/demo/messages",
		Client:        hub.Client(),
		Logger:        slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newBrowser(t *testing.T, a *app) *browser {
	t.Helper()
	h, err := a.routes()
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, handler: h, cookies: map[string]*http.Cookie{}}
}

// do sends what a page would. An edit may change the request before it leaves.
func (b *browser) do(method, path, body string, edits ...func(*http.Request)) *http.Response {
	b.t.Helper()
	req := httptest.NewRequest(method, "http://demo.test"+path, strings.NewReader(body))
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", "http://demo.test")
	}
	for _, c := range b.cookies {
		if strings.HasPrefix(path, c.Path) {
			req.AddCookie(c)
		}
	}
	for _, edit := range edits {
		edit(req)
	}
	rec := httptest.NewRecorder()
	b.handler.ServeHTTP(rec, req)
	res := rec.Result()
	for _, c := range res.Cookies() {
		b.cookies[c.Name] = c
	}
	return res
}

func (b *browser) post(path, body string, edits ...func(*http.Request)) *http.Response {
	b.t.Helper()
	return b.do(http.MethodPost, path, body, edits...)
}

func (b *browser) join(name, room string, edits ...func(*http.Request)) sessionAnswer {
	b.t.Helper()
	body, err := json.Marshal(map[string]string{"name": name, "room": room})
	if err != nil {
		b.t.Fatal(err)
	}
	return decode[sessionAnswer](b.t, b.post("/api/session", string(body), edits...), http.StatusOK)
}

// grant is what the hub would read in the subscriber cookie.
func (b *browser) grant() hubClaims {
	b.t.Helper()
	c := b.cookies[hubCookie]
	if c == nil {
		b.t.Fatal("there is no subscriber cookie")
	}
	return parseToken[hubClaims](b.t, c.Value, subscriberKey)
}

func parseToken[C any, P interface {
	*C
	jwt.Claims
}](t *testing.T, token string, key []byte) C {
	t.Helper()
	var claims C
	if _, err := jwt.ParseWithClaims(token, P(&claims), func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired()); err != nil {
		t.Fatalf("the token does not verify: %v", err)
	}
	return claims
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		if value == "" {
			r.Header.Del(name)
			return
		}
		r.Header.Set(name, value)
	}
}

func decode[T any](t *testing.T, res *http.Response, wantStatus int) T {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != wantStatus {
		t.Fatalf("status %d, want %d: %s", res.StatusCode, wantStatus, body)
	}
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

// refused reads a refusal and holds it to what every refusal must have.
func refused(t *testing.T, res *http.Response, status int, field string) problem {
	t.Helper()
	p := decode[problem](t, res, status)
	if ct := res.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type %q", ct)
	}
	if p.Status != status || p.Field != field || p.Detail == "" || p.Mend == "" {
		t.Errorf("refusal %+v, want status %d, field %q, a detail and a mend", p, status, field)
	}
	return p
}

func since(t *testing.T, rfc3339 string) time.Duration {
	t.Helper()
	at, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		t.Fatal(err)
	}
	return time.Since(at)
}
