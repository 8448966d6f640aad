package doctor_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/doctor"
	"amalgam/hub/hubtest"
)

// issuer is trusted by hubs that are started with trusting.
const issuer = "https://issuer.example"

func trusting(t *testing.T) func(*hub.Config) {
	return func(c *hub.Config) {
		c.Issuers = []auth.Issuer{{
			ID:         issuer,
			Publisher:  auth.StaticKeys{hubtest.Key(t, "HS256", hubtest.PublisherSecret)},
			Subscriber: auth.StaticKeys{hubtest.Key(t, "HS256", hubtest.SubscriberSecret)},
		}}
	}
}

// accessToken is a sound access token for aud, changed by change.
func accessToken(t *testing.T, secret, aud, action string, change func(jwt.MapClaims), topics ...map[string]string) string {
	t.Helper()
	if topics == nil {
		topics = []map[string]string{{"match": "*"}}
	}
	claims := jwt.MapClaims{
		"iss": issuer, "aud": aud, "sub": "s", "client_id": "c", "jti": "j",
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		"authorization_details": []any{map[string]any{
			"type": "https://mercure.rocks/authorization-detail", "actions": []string{action}, "topics": topics,
		}},
	}
	if change != nil {
		change(claims)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	token.Header["typ"] = "at+jwt"
	s, err := token.SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// classicToken is a sound classic token with claims.
func classicToken(t *testing.T, secret string, change func(jwt.MapClaims), publish, subscribe []string) string {
	claims := jwt.MapClaims{
		"exp":     time.Now().Add(time.Hour).Unix(),
		"mercure": map[string]any{"publish": publish, "subscribe": subscribe},
	}
	if change != nil {
		change(claims)
	}
	return hubtest.Sign(t, secret, claims)
}

func TestAHealthyHubHasNoFindingsButGoodOnes(t *testing.T) {
	h := start(t, func(c *hub.Config) { trusting(t)(c); c.Heartbeat = 20 * time.Millisecond })
	classic := classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"https://example.com/books/{id}"})
	for _, c := range []struct {
		name, token, dialect string
	}{
		{"without a token", "", ""},
		{"with a classic token", classic, "classic"},
		{"with an access token", accessToken(t, hubtest.SubscriberSecret, h.URL, "subscribe", nil, map[string]string{"match": "https://example.com/books/:id", "match_type": "urlpattern"}), "draft1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := examine(t, doctor.Options{URL: h.URL, Token: c.token, Topics: []string{"https://example.com/books/1"}, Origin: page, Heartbeat: hubtest.Patience})
			wantOnly(t, r)
			want(t, r, "tcp", doctor.OK)
			want(t, r, "hub", doctor.OK, `rel="mercure"`)
			want(t, r, "dialects", doctor.OK, "both")
			want(t, r, "metadata", doctor.OK)
			want(t, r, "query", doctor.OK)
			want(t, r, "stream-first-byte", doctor.OK, "at once")
			want(t, r, "stream-cache", doctor.OK)
			want(t, r, "cursor", doctor.OK, "earliest")
			want(t, r, "heartbeat", doctor.OK)
			want(t, r, "cors", doctor.OK, page, "also with a cookie")
			want(t, r, "preflight-get", doctor.OK)
			want(t, r, "preflight-post", doctor.OK)
			want(t, r, "preflight-query", doctor.OK)
			want(t, r, "clock", doctor.OK)
			want(t, r, "anonymous-subscribe", doctor.OK, "may subscribe")
			want(t, r, "anonymous-publish", doctor.OK)
			if c.token == "" {
				return
			}
			want(t, r, "token-dialect", doctor.OK, c.dialect)
			want(t, r, "token-expiry", doctor.OK, "60 minutes")
			want(t, r, "token-covers-subscribe", doctor.OK, "https://example.com/books/")
			want(t, r, "token-subscribe", doctor.OK)
		})
	}
}

func TestTLSWithHTTP2AndATrustedCertificateIsHealthy(t *testing.T) {
	h := start(t, nil)
	ca := newAuthority(t)
	base := frontTLS(t, h, ca.sign(t, "", time.Now().Add(-time.Hour), time.Now().AddDate(0, 3, 0)))
	r := examine(t, doctor.Options{URL: base + hub.DefaultPath, RootCAs: ca.pool, Token: classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"}), Origin: page, Cookie: true})
	wantOnly(t, r, "cookie-site") // 127.0.0.1 is not of example.com
	want(t, r, "tls-version", doctor.OK, "TLS 1.3")
	want(t, r, "tls-certificate", doctor.OK, "days")
	want(t, r, "http-version", doctor.OK, "HTTP/2.0")
	want(t, r, "token-subscribe", doctor.OK)
	want(t, r, "cookie-site", doctor.Problem, "no registrable domain", "fetch")
}

func TestAURLWithoutAPathIsCompletedAndThatIsSaid(t *testing.T) {
	h := start(t, nil)
	for _, given := range []string{h.Base, h.Base + "/", strings.TrimPrefix(h.Base, "http://")} {
		r := examine(t, doctor.Options{URL: given})
		wantOnly(t, r)
		want(t, r, "url", doctor.OK, "no path", h.URL, "Clients have to be given that")
		if r.Examined != h.URL {
			t.Errorf("of %s, %s is examined", given, r.Examined)
		}
	}
	if r := examine(t, doctor.Options{URL: h.URL}); strings.Contains(show(r), "no path") {
		t.Errorf("of a URL with a path:\n%s", show(r))
	}
}

func TestAHubThatWantsATokenFromEverybody(t *testing.T) {
	h := start(t, func(c *hub.Config) { c.Anonymous = false })
	r := examine(t, doctor.Options{URL: h.URL})
	wantOnly(t, r)
	want(t, r, "anonymous-subscribe", doctor.OK, "Every subscriber needs a token")
	want(t, r, "stream", doctor.Skipped)
	want(t, r, "dialects", doctor.OK, "both")

	token := classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"})
	r = examine(t, doctor.Options{URL: h.URL, Token: token, Cookie: true, Origin: h.Base})
	wantOnly(t, r, "cookie-secure")
	want(t, r, "token-subscribe", doctor.OK)
	want(t, r, "stream-first-byte", doctor.OK)
	want(t, r, "cookie-site", doctor.OK, "mercureAuthorization", "SameSite=Strict")
	want(t, r, "cookie-secure", doctor.Warning, "Safari")
}

func TestPublishingArrivesPrivatelyWhereTheTokenMayReadIt(t *testing.T) {
	h := start(t, func(c *hub.Config) {
		trusting(t)(c)
		c.SubscriberKeys = c.PublisherKeys
		c.Issuers[0].Subscriber = c.Issuers[0].Publisher
	})
	stream := h.Subscribe(t, "topic=a", nil)
	both := classicToken(t, hubtest.PublisherSecret, nil, []string{"a"}, []string{"a"})
	r := examine(t, doctor.Options{URL: h.URL, Token: both, Topics: []string{"a"}, Publish: true})
	wantOnly(t, r)
	want(t, r, "publish", doctor.OK, `"a"`)
	want(t, r, "delivery", doctor.OK, "a private one")

	token := accessToken(t, hubtest.PublisherSecret, h.URL, "publish", nil)
	r = examine(t, doctor.Options{URL: h.URL, Token: token, Topics: []string{"a"}, Publish: true})
	wantOnly(t, r)
	want(t, r, "token-publish", doctor.OK)
	want(t, r, "token-subscribe", doctor.Skipped, "publisher's")
	want(t, r, "delivery", doctor.OK, "a public one")
	// Only the public one, and only one, has reached a stranger.
	h.Send(t, "topic", "a", "data", "last")
	if e := stream.Next(t); e.Type != "amalgam-doctor" || !strings.HasPrefix(e.Data, "amalgam doctor ") {
		t.Errorf("a stranger got %+v first, want the public update", e)
	}
	stream.Want(t, "last")
}

func TestNothingIsPublishedUnlessAskedFor(t *testing.T) {
	h := start(t, nil)
	stream := h.Subscribe(t, "topic=*", nil)
	r := examine(t, doctor.Options{URL: h.URL, Token: classicToken(t, hubtest.PublisherSecret, nil, []string{"*"}, nil), Topics: []string{"a"}})
	want(t, r, "publish", doctor.Skipped, "--publish")
	want(t, r, "token-publish", doctor.OK, "publishes nothing")
	h.Send(t, "topic", "a", "data", "the first")
	stream.Want(t, "the first")
}

func TestOptionsThatMakeNoSenseAreRefusedWithTheMend(t *testing.T) {
	for _, c := range []struct {
		name string
		o    doctor.Options
		want string
	}{
		{"no URL", doctor.Options{}, "Give its URL"},
		{"another scheme", doctor.Options{URL: "ftp://a.example"}, "https://"},
		{"a query", doctor.Options{URL: "https://a.example/?topic=x"}, "--topic"},
		{"a password", doctor.Options{URL: "https://u:p@a.example"}, "take tokens"},
		{"an origin with a path", doctor.Options{URL: "https://a.example", Origin: "https://b.example/page"}, "scheme, host and port only"},
		{"publishing to nothing", doctor.Options{URL: "https://a.example", Publish: true}, "--topic"},
		{"a cookie without a token", doctor.Options{URL: "https://a.example", Cookie: true}, "no token"},
		{"an empty topic", doctor.Options{URL: "https://a.example", Topics: []string{""}}, "empty"},
	} {
		if r, err := doctor.Run(context.Background(), c.o); err == nil || !strings.Contains(err.Error(), c.want) || r != nil {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
	}
}

func TestTheReportIsOrderedByGroupAndCounted(t *testing.T) {
	h := start(t, nil)
	r := examine(t, doctor.Options{URL: h.Base, Token: classicToken(t, hubtest.SubscriberSecret, func(c jwt.MapClaims) { delete(c, "exp") }, nil, []string{"a"}), Topics: []string{"b"}})
	var groups []string
	for _, f := range r.Findings {
		if !slices.Contains(doctor.Groups, f.Group) {
			t.Errorf("%s is in the group %q", f.Check, f.Group)
		}
		groups = append(groups, f.Group)
	}
	if groups = slices.Compact(groups); !slices.Equal(groups, doctor.Groups) {
		t.Errorf("the groups are %q, want each of %q once", groups, doctor.Groups)
	}
	// The topic that is not covered; no exp.
	if r.Problems != 1 || r.Warnings != 1 || r.Verdict != doctor.Problem || r.Examined != h.URL || r.URL != h.Base {
		t.Errorf("%d problems, %d warnings, %s, %s, %s:\n%s", r.Problems, r.Warnings, r.Verdict, r.URL, r.Examined, show(r))
	}
}

func TestAHubMayNotWriteToTheTerminal(t *testing.T) {
	h := start(t, nil)
	base := front(t, h.Hub, always(http.StatusServiceUnavailable, http.Header{"Content-Type": {"text/plain"}}, "down \x1b[2J\u202e\u009b for repair"))
	r := examine(t, doctor.Options{URL: base + hub.DefaultPath})
	want(t, r, "hub", doctor.Problem, "503", "for repair")
	if text := show(r); strings.ContainsAny(text, "\x1b\u202e\u009b") {
		t.Errorf("control characters of the hub are in %q", text)
	}
}
