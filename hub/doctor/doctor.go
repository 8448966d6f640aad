// Package doctor examines a hub of the Mercure protocol from outside, as its
// clients meet it: whether it can be reached, whether something on the way
// holds its streams back, what a page on another origin may do, and why a token
// may or may not subscribe and publish. It knows any hub by its answers only,
// changes nothing there unless asked to publish, and never repeats a token.
package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Options says what to examine. URL is required; the zero value of everything
// else works.
type Options struct {
	// URL is the hub's. Without a scheme, https is meant, or http for this
	// machine; without a path, /.well-known/mercure is added.
	URL string
	// Token is a subscriber's or a publisher's token of either dialect.
	Token string
	// Topics are what the token should cover, and what streams are opened for;
	// default: one that nobody else uses.
	Topics []string
	// Origin is a page's, such as https://app.example.com.
	Origin string
	// Publish publishes one update to the first topic: of the type
	// amalgam-doctor, and private where the token may read it back.
	Publish bool
	// Cookie presents the token in the cookie of its dialect.
	Cookie bool
	// Heartbeat is how long to wait for a second comment; 0 does not wait.
	Heartbeat time.Duration
	// Timeout bounds every single wait; default 5 s.
	Timeout time.Duration
	// Insecure sends the token also where others could read it on its way.
	Insecure bool
	// RootCAs are trusted instead of the system's, if set.
	RootCAs *x509.CertPool
	// Now is the local clock; default time.Now.
	Now func() time.Time
}

// A Status is how one check ended.
type Status string

// The statuses of a finding.
const (
	OK      Status = "ok"
	Warning Status = "warning" // works, but not for everybody or not for long
	Problem Status = "problem" // some client will fail
	Skipped Status = "skipped" // could not be examined, or was not asked for
)

// The groups of findings, in the order of a report.
var Groups = []string{"reachability", "tls", "hub", "stream", "browser", "clock", "token", "access"}

// A Finding is the outcome of one check.
type Finding struct {
	Group  string `json:"group"`
	Check  string `json:"check"` // a stable name, such as "stream-first-byte"
	Status Status `json:"status"`
	Text   string `json:"text"`           // one sentence
	Mend   string `json:"mend,omitempty"` // what to do about it
	// Values holds what was measured, the unit in the name: "first_byte_ms".
	Values map[string]any `json:"values,omitempty"`
}

// A Report is everything that was found, ordered by group.
type Report struct {
	URL      string    `json:"url"`      // as it was given, completed
	Examined string    `json:"examined"` // where the hub was found at last
	Verdict  Status    `json:"verdict"`  // the worst status
	Problems int       `json:"problems"`
	Warnings int       `json:"warnings"`
	Findings []Finding `json:"findings"`
}

// Run examines a hub. Whatever is wrong with the hub is in the report; an error
// means that the options make no sense.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	target, err := hubURL(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Origin != "" {
		if o.Origin, err = origin(o.Origin); err != nil {
			return nil, err
		}
	}
	switch {
	case o.Publish && len(o.Topics) == 0:
		return nil, errors.New("publishing needs a topic to publish to: add one with --topic")
	case o.Cookie && o.Token == "":
		return nil, errors.New("there is no token to put into a cookie: give one")
	case slices.Contains(o.Topics, ""):
		return nil, errors.New("a topic must not be empty")
	}
	e := newExam(o, target)
	defer e.close()
	e.run(ctx)
	return e.finish(), nil
}

// run goes from the outside in, and stops where nothing further can be seen.
// What a token says of itself is examined in any case.
func (e *exam) run(ctx context.Context) {
	e.complete()
	e.readToken()
	if !e.reach(ctx) {
		e.skipRest("the hub could not be reached", "hub", "stream", "browser", "access")
		e.checkToken()
		return
	}
	e.checkClock()
	if !e.identify(ctx) {
		e.skipRest("no hub was found", "stream", "browser", "access")
		e.checkToken()
		return
	}
	e.readToken() // the hub may have been found elsewhere
	e.checkMetadata(ctx)
	e.checkPayloads(ctx)
	e.checkDialects(ctx)
	e.checkToken()
	e.checkAccess(ctx)
	e.checkStream(ctx)
	e.checkBrowser(ctx)
	e.checkPublish(ctx)
}

// hubURL reads the URL of a hub as people write it.
func hubURL(s string) (*url.URL, error) {
	if s == "" {
		return nil, errors.New("which hub? Give its URL, such as https://hub.example.com/.well-known/mercure")
	}
	if !strings.Contains(s, "://") {
		scheme := "https://"
		if u, err := url.Parse("http://" + s); err == nil && thisMachine(u.Hostname()) {
			scheme = "http://"
		}
		s = scheme + s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("this is not the URL of a hub, such as https://hub.example.com/.well-known/mercure")
	case u.User != nil:
		return nil, errors.New("leave the user and the password out of the URL: hubs take tokens")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("give the hub's URL without a query: topics go into --topic, a token into --token-file")
	}
	u.Host = strings.ToLower(u.Host)
	return u, nil
}

func origin(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return "", fmt.Errorf("%q is not an origin: write scheme, host and port only, such as https://app.example.com", s)
	}
	return originOf(u), nil
}

// originOf is the origin of u as a browser writes it, without the scheme's own
// port.
func originOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if p := u.Port(); p == "443" && u.Scheme == "https" || p == "80" && u.Scheme == "http" {
		host = strings.TrimSuffix(host, ":"+p)
	}
	return u.Scheme + "://" + host
}
