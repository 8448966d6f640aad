// Package hub is an embeddable hub of the Mercure protocol: an http.Handler
// that takes updates from publishers, keeps them in a log, and streams them to
// subscribers as Server-Sent Events.
package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"amalgam/hub/auth"
	"amalgam/hub/dialect"
	"amalgam/hub/dialect/classic"
	"amalgam/hub/dialect/draft1"
	"amalgam/hub/eventlog"
	"amalgam/hub/fanout"
	"amalgam/hub/forwarded"
	"amalgam/hub/topic"
	"amalgam/hub/update"
	"amalgam/payload"
)

// DefaultPath is where a hub is served (draft-07, Discovery).
const DefaultPath = "/.well-known/mercure"

// Config configures a hub. Log is required, and somebody who may publish:
// PublisherKeys, PublisherKeySet or Issuers. The zero value of everything else works.
type Config struct {
	// Log keeps the updates. The hub does not close it.
	Log eventlog.Log
	// PublisherKeys verify the classic tokens of publishers, SubscriberKeys
	// those of subscribers.
	PublisherKeys, SubscriberKeys []*auth.Key
	// PublisherKeySet and SubscriberKeySet verify them too, if they are not nil:
	// keys that change at their source, such as an auth.JWKS.
	PublisherKeySet, SubscriberKeySet auth.KeySource
	// Issuers are those whose draft1 access tokens are taken.
	Issuers []auth.Issuer
	// ResourceIdentifier is what an access token's aud must name; default: the
	// hub's URL as the request has it.
	ResourceIdentifier string
	// PublicURLs are the hub's URLs. If there are any, a request to another is
	// refused with 421.
	PublicURLs []string
	// Path is the hub's path; default DefaultPath.
	Path string
	// Anonymous lets clients without a token receive public updates.
	Anonymous bool
	// CORSOrigins may read from the hub in a browser on another origin;
	// PublishOrigins may publish from one with a cookie.
	CORSOrigins, PublishOrigins auth.Origins
	// CookieName is the cookie of classic tokens, default mercureAuthorization;
	// AccessCookie that of access tokens, default __Secure-mercure_access_token.
	CookieName, AccessCookie string
	// NoQueryToken refuses classic tokens in ?authorization=.
	NoQueryToken bool
	// Subscriptions announces subscriptions and serves the subscription API.
	Subscriptions bool
	// Heartbeat is the time between two comments on each stream; default 40 s,
	// negative for none.
	Heartbeat time.Duration
	// WriteTimeout is the longest life of a stream, after which the client
	// reconnects; each stream ends up to a tenth earlier, so that they do not
	// all come back at once. Default 600 s, negative for no limit.
	WriteTimeout time.Duration
	// DispatchTimeout is how long one write may take before a client counts as
	// gone; default 5 s.
	DispatchTimeout time.Duration
	// MaxQueue bounds what waits for one subscriber, in bytes of encoded events;
	// one for whom more would wait reads it from the log. Default 1 MiB.
	MaxQueue int
	// StopSpread is the time over which Drain spreads the ends of the streams;
	// default 3 s, negative for all at once.
	StopSpread time.Duration
	// Explain tells clients the rule and the reason of a refusal. For
	// development: it helps an attacker as well.
	Explain bool
	Limits  dialect.Limits
	// Payloads are the schemas that updates are held to: one whose type is in
	// the set must have data that holds. They are served at Path/payloads. Nil
	// for none.
	Payloads *payload.Set
	// PayloadsMode says what becomes of an update that does not hold; default
	// PayloadsEnforce.
	PayloadsMode PayloadsMode
	// MaxSubscribers bounds the open streams, MaxSubscribersPerAddress those of
	// one client address, or of one /64 of IPv6; 0 for no limit.
	MaxSubscribers, MaxSubscribersPerAddress int
	// TrustedProxies are believed when they say who a request is from, and by
	// what scheme and host. Without any, only X-Forwarded-Proto is believed, of
	// everybody: who forges it names a scheme for itself.
	TrustedProxies forwarded.Proxies
	// PresenceGrace is how long the end of a subscriber is held back: one who
	// is back in time, with a token of the same holder, has never been gone,
	// and keeps its id. Without a token one is gone at once. Default 0: every end
	// is announced at once.
	PresenceGrace time.Duration
	// OnPresence is told which subscriptions begin and end, also without
	// Subscriptions. It must not block: a stream waits for it.
	OnPresence func(PresenceEvent)
	// NoAccessLog leaves out of the log the requests that were served; those that
	// were refused have a line in any case.
	NoAccessLog bool
	// Tracer records what the hub does for single requests; nil for none.
	Tracer Tracer
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	if c.Log == nil {
		return c, errors.New("hub: Config.Log is missing")
	}
	if err := c.checkAccess(); err != nil {
		return c, err
	}
	if c.Path == "" {
		c.Path = DefaultPath
	}
	if c.Path != path.Clean(c.Path) || !strings.HasPrefix(c.Path, "/") || c.Path == "/" {
		return c, fmt.Errorf("hub: Config.Path %q is not a clean absolute path below /", c.Path)
	}
	c.CookieName = cmp.Or(c.CookieName, classic.CookieName)
	c.AccessCookie = cmp.Or(c.AccessCookie, draft1.CookieName)
	c.Heartbeat = orDefault(c.Heartbeat, 40*time.Second)
	c.WriteTimeout = orDefault(c.WriteTimeout, 600*time.Second)
	c.DispatchTimeout = orDefault(c.DispatchTimeout, 5*time.Second)
	if c.MaxQueue < 0 {
		return c, fmt.Errorf("hub: Config.MaxQueue is %d: it is a number of bytes above 0, or 0 for the default of 1 MiB", c.MaxQueue)
	}
	if c.PayloadsMode > PayloadsWarn {
		return c, fmt.Errorf("hub: Config.PayloadsMode is %d: it is PayloadsEnforce or PayloadsWarn", c.PayloadsMode)
	}
	c.StopSpread = orDefault(c.StopSpread, 3*time.Second)
	c.Limits = c.Limits.WithDefaults()
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// checkAccess refuses a hub that is of no use to anybody.
func (c *Config) checkAccess() error {
	if len(c.PublisherKeys) == 0 && c.PublisherKeySet == nil && len(c.Issuers) == 0 {
		return errors.New("hub: Config.PublisherKeys, PublisherKeySet and Issuers are missing: nobody could publish")
	}
	if len(c.SubscriberKeys) == 0 && c.SubscriberKeySet == nil && len(c.Issuers) == 0 && !c.Anonymous {
		return errors.New("hub: Config.SubscriberKeys, SubscriberKeySet and Issuers are missing and Anonymous is off: nobody could subscribe")
	}
	return nil
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return max(d, 0)
}

// ErrStopping is what Ready returns after Drain or Close.
var ErrStopping = errors.New("stopping")

// A Hub serves one log. It is an http.Handler for its own paths.
type Hub struct {
	cfg    Config // what access has of it is read there
	access atomic.Pointer[access]
	fan    *fanout.Fanout
	own    *topic.Namespace
	router http.Handler

	payloads  *payloads // nil without schemas
	presence  presence
	counts    counts
	admission admission
	refresh   refreshing // of fetched keys
	stopping  atomic.Bool
}

// New starts a hub. The caller ends it with Close, and then closes the log. A
// server that wants to lose nobody on the way stops in this order: Drain, the
// HTTP server's Shutdown, Close, and the log's Close.
func New(cfg Config) (*Hub, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	own, err := topic.NewNamespace("http://localhost" + cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("hub: Config.Path: %w", err)
	}
	h := &Hub{cfg: cfg, own: own, payloads: newPayloads(cfg), counts: newCounts(), admission: admission{max: cfg.MaxSubscribers, maxPerAddress: cfg.MaxSubscribersPerAddress}}
	if h.fan, err = fanout.New(fanout.Options{Log: cfg.Log, Heartbeat: cfg.Heartbeat, MaxQueue: cfg.MaxQueue, Logger: cfg.Logger}); err != nil {
		return nil, err
	}
	a := newAccess(cfg)
	h.access.Store(a)
	h.refresh.replace(a.refreshers())
	h.presence = presence{grace: cfg.PresenceGrace, away: map[string][]*absence{}, leave: func(s *fanout.Subscriber) { h.announce(s, s.Matchers, false) }}
	h.router = h.routes()
	return h, nil
}

// ServeHTTP serves the hub's path, and the subscription API and the schemas
// below it.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.router.ServeHTTP(w, r) }

// Publish publishes u with the authority of the embedding program: no token is
// asked for; the rules on its fields hold, and a fault is a *update.Fault; data
// that does not hold to its schema is a *PayloadError, where those are enforced.
// It gives u an id if it has none, returns when the update is durable, and keeps
// u: the caller must not change it afterwards.
func (h *Hub) Publish(ctx context.Context, u *update.Update) (id string, err error) {
	if f := u.Check(false); f != nil {
		return "", f
	}
	for _, t := range u.Topics {
		if h.own.Holds(t) {
			return "", &update.Fault{Field: "topic", Rule: "topic-reserved", Reason: "topics under the hub's own path are for what the hub itself publishes"}
		}
	}
	if refused := h.payloads.judge(ctx, u); refused != nil {
		return "", refused
	}
	return h.append(ctx, u)
}

// append makes an update durable whose fields have been checked.
func (h *Hub) append(ctx context.Context, u *update.Update) (id string, err error) {
	if u.ID == "" {
		u.ID = update.NewID()
	}
	if _, err := h.cfg.Log.Append(ctx, u); err != nil {
		return "", err
	}
	h.counts.updates.Add(1)
	return u.ID, nil
}

// Ready returns nil while the hub can take updates and subscribers, ErrStopping
// once it is to stop, else why it cannot take updates.
func (h *Hub) Ready() error {
	if h.stopping.Load() {
		return ErrStopping
	}
	return h.cfg.Log.Ready()
}

// Drain begins a stop. From now on Ready returns ErrStopping and new
// subscribers are refused with 503. The streams end one by one, each cleanly
// and at a random moment within Config.StopSpread, so that their clients do not
// all connect again in one instant; what is queued for a stream is written
// before. Publishing goes on.
//
// Drain takes Config.StopSpread even without streams: it is also the time in
// which a load balancer sees that the hub is not ready any more. It returns
// ctx's error if ctx is over before that.
func (h *Hub) Drain(ctx context.Context) error {
	h.stopping.Store(true)
	return h.fan.Drain(ctx, h.cfg.StopSpread)
}

// Close ends at once every stream that Drain has not ended, and waits for all
// of them; what has not ended when ctx is over is cut, or, where the connection
// belongs to the HTTP server (TLS, HTTP/2), left for that to cut. Publishing
// goes on until the caller closes the log.
func (h *Hub) Close(ctx context.Context) error {
	h.stopping.Store(true)
	h.refresh.close()
	err := h.fan.Close(ctx)
	h.presence.close()
	return err
}

// streamEnd says when a stream that starts now ends, and why: with its token,
// or after the longest life less a random part of a tenth.
func (h *Hub) streamEnd(now time.Time, grant *auth.Grant) (time.Time, fanout.Reason) {
	var end time.Time
	why := fanout.EndedByLifetime
	if life := h.cfg.WriteTimeout; life > 0 {
		end = now.Add(life - time.Duration(rand.Int64N(int64(life)/10+1)))
	}
	if !grant.Expires.IsZero() && (end.IsZero() || grant.Expires.Before(end)) {
		end, why = grant.Expires, fanout.EndedByExpiry
	}
	return end, why
}
