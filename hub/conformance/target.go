package conformance

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A Target is the hub under test, and what the checks must know of its
// configuration. Only URL is required: checks that need something that is
// zero are skipped and say what they lack.
type Target struct {
	// URL of the hub, such as http://localhost:3000/.well-known/mercure.
	URL string
	// Classic holds the HS256 secrets of classic tokens.
	Classic struct{ PublisherKey, SubscriberKey []byte }
	// Draft1 holds what the hub trusts access tokens by: an issuer with HS256
	// secrets, and the resource identifier (aud), by default URL.
	Draft1 struct {
		Issuer                      string
		PublisherKey, SubscriberKey []byte
		Resource                    string
	}
	// Anonymous says that the hub lets clients without a token subscribe.
	Anonymous bool
	// Subscriptions says that the hub announces and lists subscriptions.
	Subscriptions bool
	// Heartbeat is the hub's time between two comments, if it is short enough
	// to wait for.
	Heartbeat time.Duration
	// CORSOrigins and PublishOrigins are the origins that the hub lists for
	// reading and for publishing with a cookie. One without "*" and one like
	// https://*.example.com (one whole label) are needed each.
	CORSOrigins, PublishOrigins []string
	// StrictURL is a second hub with the same keys that lets nobody subscribe
	// without a token, has cors_origins * and beats no more often than every
	// 30 s. StrictResource is its resource identifier if that is configured
	// and not derived from the request; default StrictURL.
	StrictURL, StrictResource string
	// Limits are those of the hub; zero ones are not tested.
	Limits Limits
	// Patience bounds every wait; default 10 s.
	Patience time.Duration
	// Client sends all requests; by default one with connections of its own.
	Client *http.Client
}

// Limits are what one request may ask for.
type Limits struct {
	Body      int // bytes of a publish body
	Topics    int // topics in a classic update
	Topics1   int // topics in a draft1 update
	Matchers  int // selectors in a classic subscription
	Matchers1 int // matchers in a draft1 subscription or authorization detail
	Selector  int // bytes of a selector or matcher
	Token     int // bytes of a token
	Header    int // bytes of a request's headers
	ID        int // bytes of the id and of the type of an update
}

// DefaultLimits are Amalgam's (protocol.md, decision 8).
var DefaultLimits = Limits{Body: 1 << 20, Topics: 1000, Topics1: 100, Matchers: 1000, Matchers1: 100, Selector: 4096, Token: 16 << 10, Header: 64 << 10, ID: 1024}

func newEnvironment(target Target) *environment {
	target.Patience = cmp.Or(target.Patience, 10*time.Second)
	target.Draft1.Resource = cmp.Or(target.Draft1.Resource, target.URL)
	client := target.Client
	if client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.Proxy = nil
		transport.MaxIdleConnsPerHost = 2 * parallel
		transport.DisableCompression = true
		client = &http.Client{Transport: transport}
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var random [5]byte
	_, _ = rand.Read(random[:])
	return &environment{target: target, client: &own, tag: "t" + hex.EncodeToString(random[:])}
}

func (env *environment) close() { env.client.CloseIdleConnections() }

// hubPath is the path of the hub's URL.
func (t *T) hubPath() string {
	u, err := url.Parse(t.Target.URL)
	if err != nil {
		t.Fatalf("the target's URL: %v", err)
	}
	return u.EscapedPath()
}

// base is the hub's URL without its path.
func (t *T) base() string { return strings.TrimSuffix(t.Target.URL, t.hubPath()) }

// listed returns an exact origin of a list, and the fixed part of one that
// begins with a wildcard label: for https://*.example.com, "https://" and
// "example.com".
func (t *T) listed(what string, origins []string) (exact, scheme, suffix string) {
	for _, o := range origins {
		if s, rest, ok := strings.Cut(o, "*."); ok {
			scheme, suffix = s, rest
		} else if o != "*" {
			exact = o
		}
	}
	if exact == "" || suffix == "" {
		t.Skipf("the target needs an exact origin and one like https://*.example.com in its %s origins", what)
	}
	return exact, scheme, suffix
}
