// Package demo is a small instant-messaging application: a Go back-end that
// publishes to a hub over HTTP, and a page that subscribes to it with the
// SDK. It wires the two together the way any other application would, and it
// knows nothing of the hub but its address and its two keys.
package demo

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/mux"
)

// PublicTopic is the topic that everybody on the page reads without a grant,
// so that a plain curl can put a message in front of them.
const PublicTopic = "/demo/messages"

// Config is all that the application has to be told.
type Config struct {
	// HubURL is where the back-end publishes, for example
	// http://127.0.0.1:3000/.well-known/mercure. Required.
	HubURL string
	// PublisherKey and SubscriberKey are the HS256 secrets that the hub
	// verifies tokens with. Required.
	PublisherKey, SubscriberKey []byte
	// PublicHubPath is the hub as the page sees it, on the page's own origin:
	// the subscriber cookie is bound to it. Default: /.well-known/mercure.
	PublicHubPath string
	// SDKPath is the folder that the browser SDK is served from, on the page's
	// own origin, with both slashes. Default: /sdk/.
	SDKPath string
	// CurlCommand is what the page offers to copy: a command that publishes a
	// new_message to PublicTopic. Empty: the page offers none.
	CurlCommand string
	// Client publishes to the hub. Default: one that gives up after 10 seconds.
	Client *http.Client
	// Logger takes what goes wrong between back-end and hub. Default:
	// slog.Default().
	Logger *slog.Logger
}

// app is the running application. Nothing in it changes after New.
type app struct {
	cfg        Config
	publisher  *Publisher
	sessionKey []byte // of this process: a restart asks everybody to join again
	now        func() time.Time
}

// New returns the application's handler: the page at /, its files under
// /static/, the API under /api/. The caller serves the hub and the SDK next to
// it, on the same origin.
func New(cfg Config) (http.Handler, error) {
	a, err := newApp(cfg)
	if err != nil {
		return nil, err
	}
	return a.routes()
}

func newApp(cfg Config) (*app, error) {
	if cfg.PublicHubPath == "" {
		cfg.PublicHubPath = "/.well-known/mercure"
	}
	if cfg.SDKPath == "" {
		cfg.SDKPath = "/sdk/"
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand ends the process instead
	return &app{
		cfg:        cfg,
		publisher:  &Publisher{HubURL: cfg.HubURL, Key: cfg.PublisherKey, Client: cfg.Client},
		sessionKey: key,
		now:        time.Now,
	}, nil
}

func (c *Config) check() error {
	u, err := url.Parse(c.HubURL)
	switch {
	case err != nil:
		return fmt.Errorf("demo: HubURL: %w", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("demo: HubURL %q: want an absolute http or https address, such as http://127.0.0.1:3000/.well-known/mercure", c.HubURL)
	case len(c.PublisherKey) == 0:
		return errors.New("demo: PublisherKey is empty: the hub would refuse every update; give the hub's publisher secret")
	case len(c.SubscriberKey) == 0:
		return errors.New("demo: SubscriberKey is empty: nobody could read a room; give the hub's subscriber secret")
	case !isLocalPath(c.PublicHubPath):
		return fmt.Errorf("demo: PublicHubPath %q: want a path on the page's own origin, such as /.well-known/mercure", c.PublicHubPath)
	case !isLocalPath(c.SDKPath) || !strings.HasSuffix(c.SDKPath, "/"):
		return fmt.Errorf("demo: SDKPath %q: want a folder on the page's own origin, such as /sdk/", c.SDKPath)
	}
	return nil
}

// isLocalPath is strict because both paths end up in a cookie attribute and in
// the page.
func isLocalPath(p string) bool {
	return strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "//") &&
		!strings.ContainsAny(p, " ;,?#\\\"'<>") && !strings.ContainsFunc(p, func(r rune) bool { return r < 0x20 || r > 0x7e })
}

func (a *app) routes() (http.Handler, error) {
	p, err := newPage(a.cfg)
	if err != nil {
		return nil, err
	}
	r := mux.NewRouter()
	r.NotFoundHandler = http.HandlerFunc(notFound)
	r.MethodNotAllowedHandler = http.HandlerFunc(methodNotAllowed)

	r.HandleFunc("/", p.index).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc("/static/{file}", p.file).Methods(http.MethodGet, http.MethodHead)

	r.HandleFunc("/api/curl", a.curl).Methods(http.MethodGet, http.MethodHead)
	post := func(path string, h apiHandler) {
		r.Handle(path, sameOrigin(h)).Methods(http.MethodPost)
	}
	post("/api/session", a.join)
	post("/api/rooms/{room}/messages", a.withPerson(a.say))
	post("/api/rooms/{room}/read", a.withPerson(a.read))
	post("/api/rooms/{room}/broken", a.withPerson(a.broken))
	post("/api/users/{id}/notify", a.withPerson(a.notify))
	return r, nil
}
