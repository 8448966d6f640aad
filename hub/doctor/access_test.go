package doctor_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub"
	"amalgam/hub/doctor"
	"amalgam/hub/hubtest"
)

func TestWhyATokenIsRefused(t *testing.T) {
	quiet := start(t, func(c *hub.Config) { trusting(t)(c); c.Explain = false })
	loud := start(t, trusting(t))
	classicOnly := start(t, func(c *hub.Config) { c.Explain = false })
	sub := func(change func(jwt.MapClaims)) string {
		return classicToken(t, hubtest.SubscriberSecret, change, nil, []string{"*"})
	}
	access := func(h *hubtest.Hub, change func(jwt.MapClaims)) string {
		return accessToken(t, hubtest.SubscriberSecret, h.URL, "subscribe", change)
	}
	const other = "another-secret-for-tests-only-0123456789"
	for _, c := range []struct {
		name  string
		h     *hubtest.Hub
		token string
		words []string
	}{
		{"another key, quiet", quiet, classicToken(t, other, nil, nil, []string{"*"}), []string{"(401, invalid_token", "another key or algorithm", "MERCURE_SUBSCRIBER_JWT_KEY"}},
		{"another key, explained", loud, classicToken(t, other, nil, nil, []string{"*"}), []string{"token-invalid", "does not verify", "Do what the hub says"}},
		{"another key, draft1", quiet, accessToken(t, other, quiet.URL, "subscribe", nil), []string{"(401, invalid_token", "issuer block"}},
		{"expired", quiet, sub(func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Hour).Unix() }), []string{"invalid_token", "findings on the token"}},
		{"expired, explained", loud, access(loud, func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Hour).Unix() }), []string{"token-expired", "findings on the token"}},
		{"the publishers' key", quiet, classicToken(t, hubtest.PublisherSecret, nil, []string{"*"}, []string{"*"}), []string{"publishers' key", "Mint two tokens"}},
		{"another audience", quiet, access(quiet, func(c jwt.MapClaims) { c["aud"] = "https://other.example" }), []string{"invalid_token", "findings on the token"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := examine(t, doctor.Options{URL: c.h.URL, Token: c.token})
			want(t, r, "token-subscribe", doctor.Problem, append(c.words, "refuses the token from a subscriber")...)
		})
	}
	r := examine(t, doctor.Options{URL: quiet.URL, Token: classicToken(t, other, nil, []string{"*"}, nil), Topics: []string{"a"}, Publish: true})
	want(t, r, "token-publish", doctor.Problem, "401", "MERCURE_PUBLISHER_JWT_KEY")
	want(t, r, "publish", doctor.Skipped, "does not take the token")

	r = examine(t, doctor.Options{URL: quiet.URL, Token: classicToken(t, hubtest.PublisherSecret, nil, []string{"b"}, nil), Topics: []string{"a"}, Publish: true})
	want(t, r, "token-publish", doctor.OK)
	want(t, r, "publish", doctor.Problem, `"a"`, "403", "insufficient_scope", "compare its selectors")

	// A hub that trusts no issuer cannot take any access token, and says so.
	r = examine(t, doctor.Options{URL: classicOnly.URL, Token: access(classicOnly, nil)})
	want(t, r, "token-subscribe", doctor.Problem, "does not trust its issuer")
}

func TestWhatAProxyDoesToTokens(t *testing.T) {
	closed := start(t, func(c *hub.Config) { c.Anonymous, c.Explain = false, false })
	open := start(t, nil)
	token := classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"})
	strip := before(func(_ http.ResponseWriter, r *http.Request) { r.Header.Del("Authorization") })

	r := examine(t, doctor.Options{URL: front(t, closed.Hub, strip) + hub.DefaultPath, Token: token})
	want(t, r, "token-subscribe", doctor.Problem, "no token was seen", "takes the token out", "pass Authorization")

	r = examine(t, doctor.Options{URL: front(t, open.Hub, strip) + hub.DefaultPath, Token: token})
	want(t, r, "token-subscribe", doctor.Warning, "spoilt", "--publish")
}

func TestAHubOrProxyThatRepeatsTheTokenIsNotBelievedWithIt(t *testing.T) {
	h := start(t, nil)
	echo := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if a := r.Header.Get("Authorization"); a != "" {
				w.Header().Set("Content-Type", "application/problem+json")
				w.Header().Set("WWW-Authenticate", `Bearer error="`+a+`"`)
				w.WriteHeader(401)
				_, _ = fmt.Fprintf(w, `{"detail":"bad token %s"}`, a)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	r := examine(t, doctor.Options{URL: front(t, h.Hub, echo) + hub.DefaultPath, Token: classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"})})
	want(t, r, "token-subscribe", doctor.Problem, "[token]") // and examine has looked for the token itself
}

func TestAnUpdateThatIsTakenAndLost(t *testing.T) {
	h := start(t, nil)
	lose := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == "POST" && r.Header.Get("Authorization") != "" {
				body, _ := io.ReadAll(r.Body)
				if strings.Contains(string(body), "topic=") {
					return // 200, and nobody hears of it
				}
				w.WriteHeader(400)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	r := examine(t, doctor.Options{URL: front(t, h.Hub, lose) + hub.DefaultPath, Token: classicToken(t, hubtest.PublisherSecret, nil, []string{"*"}, nil), Topics: []string{"a"}, Publish: true, Timeout: 2 * time.Second})
	want(t, r, "publish", doctor.OK)
	want(t, r, "delivery", doctor.Problem, "did not arrive", "one history")
	wantOnly(t, r, "delivery")
}

func TestAnUpdateThatIsNotTaken(t *testing.T) {
	h := start(t, nil)
	token := classicToken(t, hubtest.PublisherSecret, nil, []string{"*"}, nil)
	// onTopic answers only what would be published.
	onTopic := func(answer http.HandlerFunc) wrapper {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == "POST" && r.ContentLength > 20 {
					answer(w, r)
					return
				}
				next.ServeHTTP(w, r)
			})
		}
	}
	full := onTopic(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "the disk is full", 503) })
	r := examine(t, doctor.Options{URL: front(t, h.Hub, full) + hub.DefaultPath, Token: token, Topics: []string{"a"}, Publish: true})
	want(t, r, "publish", doctor.Problem, `does not take an update of "a"`, "503", "the disk is full")

	hangs := onTopic(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see the client go
		<-r.Context().Done()
	})
	r = examine(t, doctor.Options{URL: front(t, h.Hub, hangs) + hub.DefaultPath, Token: token, Topics: []string{"a"}, Publish: true, Timeout: 2 * time.Second})
	want(t, r, "publish", doctor.Problem, "its answer did not come", "log of the hub")
}

// A hub of one dialect only, as most are.
func TestHubsOfOneDialect(t *testing.T) {
	both := start(t, trusting(t))
	only := func(name string) wrapper {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				q := r.URL.Query()
				if name == "topic" && strings.HasPrefix(r.URL.Path, "/.well-known/oauth") {
					http.NotFound(w, r)
					return
				}
				if r.Method == "QUERY" {
					w.WriteHeader(405)
					return
				}
				if r.Method == "GET" && !strings.HasPrefix(r.URL.Path, "/.well-known/oauth") && !q.Has(name) {
					http.Error(w, "missing", 400)
					return
				}
				next.ServeHTTP(w, r)
			})
		}
	}
	classic := front(t, both.Hub, only("topic")) + hub.DefaultPath
	r := examine(t, doctor.Options{URL: classic, Token: classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"})})
	want(t, r, "dialects", doctor.OK, "the classic dialect (topic=), not draft1")
	wantOnly(t, r)
	r = examine(t, doctor.Options{URL: classic, Token: accessToken(t, hubtest.SubscriberSecret, classic, "subscribe", nil)})
	want(t, r, "token-dialect", doctor.Problem, "draft1", "does not speak", "without --draft1")

	draft := front(t, both.Hub, only("match")) + hub.DefaultPath
	r = examine(t, doctor.Options{URL: draft, Token: accessToken(t, hubtest.SubscriberSecret, draft, "subscribe", nil)})
	want(t, r, "dialects", doctor.OK, "draft1 (match=), not the classic")
	want(t, r, "cursor", doctor.OK, "Mercure-Last-Event-ID")
	wantOnly(t, r, "query")
	r = examine(t, doctor.Options{URL: draft, Token: classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"})})
	want(t, r, "token-dialect", doctor.Problem, "classic", "--draft1")
}

// As hubs do that look at the token before anything else, and explain nothing.
func TestAHubThatLooksAtTheTokenFirst(t *testing.T) {
	h := start(t, func(c *hub.Config) { c.Anonymous, c.Explain = false, false })
	first := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" || strings.HasPrefix(r.URL.Path, "/.well-known/oauth") {
				w.WriteHeader(401)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	url := front(t, h.Hub, first) + hub.DefaultPath
	r := examine(t, doctor.Options{URL: url})
	want(t, r, "hub", doctor.Warning, "may be a hub or something else", "--token-file")
	want(t, r, "dialects", doctor.Skipped, "without a subscriber's token")
	wantOnly(t, r, "hub")

	r = examine(t, doctor.Options{URL: url, Token: classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"})})
	want(t, r, "hub", doctor.OK, "with one, it refuses")
	want(t, r, "dialects", doctor.OK, "both")
	want(t, r, "stream-first-byte", doctor.OK)
	wantOnly(t, r, "metadata-missing")
}

func TestAHubWithOneStreamForEachAddress(t *testing.T) {
	h := start(t, func(c *hub.Config) { c.MaxSubscribersPerAddress = 1 })
	h.Subscribe(t, "topic=a", nil)
	r := examine(t, doctor.Options{URL: h.URL, Token: classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"})})
	want(t, r, "hub", doctor.Problem, "no further stream", "max_subscribers_per_address")
	want(t, r, "token-subscribe", doctor.Skipped, "429")
	wantOnly(t, r, "hub")
}

func TestAResourceIdentifierOfItsOwn(t *testing.T) {
	h := start(t, func(c *hub.Config) { trusting(t)(c); c.ResourceIdentifier = "urn:example:hub" })
	r := examine(t, doctor.Options{URL: h.URL, Token: accessToken(t, hubtest.SubscriberSecret, "urn:example:hub", "subscribe", nil)})
	want(t, r, "metadata", doctor.Warning, `"urn:example:hub"`, "resource_identifier")
	want(t, r, "token-audience", doctor.OK, "urn:example:hub")
	want(t, r, "token-subscribe", doctor.OK)
	wantOnly(t, r, "metadata")
}

// What is shortened must not end in the middle of the token.
func TestATokenIsTakenOutBeforeWordsAreShortened(t *testing.T) {
	h := start(t, nil)
	token := classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"})
	echo := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if a := r.Header.Get("Authorization"); a != "" {
				w.WriteHeader(401)
				_, _ = fmt.Fprint(w, strings.Repeat("x", 150), strings.TrimPrefix(a, "Bearer "))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	r := examine(t, doctor.Options{URL: front(t, h.Hub, echo) + hub.DefaultPath, Token: token})
	want(t, r, "token-subscribe", doctor.Problem, "[token]")
	if part := token[:40]; strings.Contains(show(r), part) {
		t.Errorf("the report holds a part of the token:\n%s", show(r))
	}
}

func TestTheWayATokenIsSentIsRefused(t *testing.T) {
	h := start(t, nil)
	refuse := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				w.Header().Set("WWW-Authenticate", `Bearer error="invalid_request"`)
				w.WriteHeader(400)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	url := front(t, h.Hub, refuse) + hub.DefaultPath
	r := examine(t, doctor.Options{URL: url, Token: classicToken(t, hubtest.PublisherSecret, nil, []string{"*"}, []string{"*"}), Topics: []string{"a"}, Publish: true})
	want(t, r, "token-publish", doctor.Problem, "invalid_request", "in the cookie of its dialect")
	want(t, r, "token-subscribe", doctor.Problem, "invalid_request")
	want(t, r, "publish", doctor.Skipped, "does not take the token")
}
