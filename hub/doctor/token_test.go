package doctor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/auth"
	"amalgam/hub/doctor"
	"amalgam/hub/hubtest"
)

const hubURL = "https://hub.example.com/.well-known/mercure"

// typed signs claims under a header typ.
func typed(t *testing.T, typ any, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	token.Header["typ"] = typ
	s, err := token.SignedString([]byte(hubtest.SubscriberSecret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsNoTokenIsSaidSo(t *testing.T) {
	good := hubtest.SubscriberToken(t, "*")
	for _, c := range []struct{ name, token, want string }{
		{"one part", "secret", "three parts"},
		{"encrypted", "a.b.c.d.e", "JWE"},
		{"cut", good[:strings.LastIndexByte(good, '.')], "three parts"},
		{"a padded header", "e30=.e30.c2ln", "header"},
		{"a payload of another type", "e30.W10.c2ln", "payload of the token is not a JSON object"},
		{"a changed signature", good + "ü", "signature"},
		{"too long", strings.Repeat("a", auth.MaxToken+1), "longer than"},
	} {
		if _, err := doctor.ReadToken(c.token, hubURL); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
	}
}

func TestWhyNoHubTakesAToken(t *testing.T) {
	soon := time.Now().Add(time.Hour).Unix()
	detail := func(d map[string]any) jwt.MapClaims {
		return jwt.MapClaims{"iss": "i", "aud": "a", "exp": soon, "authorization_details": []any{d}}
	}
	const kind = "https://mercure.rocks/authorization-detail"
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, token, want string }{
		{"unsigned", unsigned, "not signed"},
		{"another typ", typed(t, "secevent+jwt", jwt.MapClaims{}), `typ is "secevent+jwt"`},
		{"a typ of another type", typed(t, 1, jwt.MapClaims{}), "typ is not a string"},
		{"no iss", typed(t, "at+jwt", jwt.MapClaims{"aud": "a", "exp": soon}), "it has no iss"},
		{"no aud", typed(t, "at+jwt", jwt.MapClaims{"iss": "i", "exp": soon}), "it has no aud"},
		{"no exp", typed(t, "at+jwt", jwt.MapClaims{"iss": "i", "aud": "a"}), "it has no exp"},
		{"exp in milliseconds", typed(t, "JWT", jwt.MapClaims{"exp": soon * 1000}), "not milliseconds"},
		{"exp as a string", typed(t, "JWT", jwt.MapClaims{"exp": "tomorrow"}), "exp is not a number"},
		{"a list that is a string", typed(t, "JWT", jwt.MapClaims{"mercure": map[string]any{"publish": "*"}}), `mercure.publish must be a list of selectors`},
		{"a selector that is a number", typed(t, "JWT", jwt.MapClaims{"mercure": map[string]any{"subscribe": []any{1}}}), "strings only"},
		{"a claim that is a list", typed(t, "JWT", jwt.MapClaims{"mercure": []string{"*"}}), "must be an object"},
		{"a detail without actions", typed(t, "at+jwt", detail(map[string]any{"type": kind})), `"actions" must be`},
		{"a matcher that is a string", typed(t, "at+jwt", detail(map[string]any{"type": kind, "actions": []string{"publish"}, "topics": []string{"*"}})), `"topics" must be`},
		{"an unknown matcher", typed(t, "at+jwt", detail(map[string]any{"type": kind, "actions": []string{"publish"}, "topics": []any{map[string]any{"match": "a", "match_type": "uritemplate"}}})), `"uritemplate" is not supported`},
	} {
		token, err := doctor.ReadToken(c.token, hubURL)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if !strings.Contains(strings.Join(token.Faults, "\n"), c.want) {
			t.Errorf("%s: the faults are %q, want one with %q", c.name, token.Faults, c.want)
		}
	}
}

func TestATokenSaysWhatItAllowsAlsoWhenItHasExpired(t *testing.T) {
	old := time.Now().Add(-time.Hour).Unix()
	classic := typed(t, "JWT", jwt.MapClaims{"exp": old, "nbf": time.Now().Add(time.Hour).Unix(), "mercure": map[string]any{
		"publish": []string{"https://example.com/a", "https://example.com/{x}/b"}, "subscribe": []string{"*"}, "payload": map[string]any{"name": "Ann"},
	}})
	draft := typed(t, "application/AT+JWT", jwt.MapClaims{"iss": "i", "aud": []string{"a", "b"}, "exp": old, "authorization_details": []any{
		map[string]any{"type": "another", "actions": []string{"publish"}},
		map[string]any{"type": "https://mercure.rocks/authorization-detail", "actions": []string{"publish", "dance"}, "topics": []any{map[string]any{"match": "/books/:id", "match_type": "urlpattern"}}},
	}})
	for _, c := range []struct {
		name, token       string
		dialect           doctor.Dialect
		words             string
		publishes, not    string
		by                string
		reads, publishing bool
	}{
		{"classic", classic, doctor.Classic,
			`may publish to "https://example.com/a" exactly, the URI Template "https://example.com/{x}/b"; may read private updates of "*" (every topic); shows {"name":"Ann"} to whoever may see its subscriptions`,
			"https://example.com/1/b", "https://example.com/b", `the URI Template "https://example.com/{x}/b"`, true, true},
		{"draft1", draft, doctor.Draft1, `may publish to the URL Pattern "/books/:id"`,
			"https://hub.example.com/books/1", "https://example.com/books/1", `the URL Pattern "/books/:id"`, false, true},
		{"nothing", typed(t, "JWT", jwt.MapClaims{}), doctor.Classic, "allows nothing but what clients without a token may do", "", "a", "", false, false},
	} {
		token, err := doctor.ReadToken(c.token, hubURL)
		if err != nil || len(token.Faults) > 0 {
			t.Errorf("%s: %v %q", c.name, err, token.Faults)
			continue
		}
		if token.Dialect != c.dialect || strings.Join(token.Words(), "; ") != c.words {
			t.Errorf("%s: %s %q, want %s %q", c.name, token.Dialect, token.Words(), c.dialect, c.words)
		}
		if got := token.MayPublish(c.publishes); got != c.by {
			t.Errorf("%s: may publish by %q, want %q", c.name, got, c.by)
		}
		if got := token.MayPublish(c.not); got != "" {
			t.Errorf("%s: may publish to %q by %q", c.name, c.not, got)
		}
		if token.Reads() != c.reads || token.Publishes() != c.publishing {
			t.Errorf("%s: reads %v, publishes %v", c.name, token.Reads(), token.Publishes())
		}
	}
}

func TestFindingsOnATokenByItself(t *testing.T) {
	h := start(t, trusting(t))
	sub := func(change func(jwt.MapClaims), topics ...string) string {
		return classicToken(t, hubtest.SubscriberSecret, change, nil, topics)
	}
	in := func(name string, d time.Duration) func(jwt.MapClaims) {
		return func(c jwt.MapClaims) { c[name] = time.Now().Add(d).Unix() }
	}
	access := func(change func(jwt.MapClaims), topics ...map[string]string) string {
		return accessToken(t, hubtest.SubscriberSecret, h.URL, "subscribe", change, topics...)
	}
	const a, b = "https://example.com/a", "https://example.com/b/1"
	for _, c := range []struct {
		name, token, check string
		status             doctor.Status
		words              []string
	}{
		{"no token", "secret", "token-form", doctor.Problem, []string{"three parts", "amalgam token"}},
		{"expired", sub(in("exp", -3*time.Hour), "*"), "token-expiry", doctor.Problem, []string{"expired 3 hours ago", "new one"}},
		{"not valid yet", sub(in("nbf", time.Hour), "*"), "token-not-yet", doctor.Problem, []string{"60 minutes ahead"}},
		{"issued in the future", sub(in("iat", time.Hour), "*"), "token-issued", doctor.Warning, []string{"60 minutes ahead"}},
		{"no end", sub(func(c jwt.MapClaims) { delete(c, "exp") }, "*"), "token-expiry", doctor.Warning, []string{"never expires"}},
		{"a long life", sub(in("exp", 365*24*time.Hour), "*"), "token-expiry", doctor.Warning, []string{"365 days", "minutes"}},
		{"a fault", typed(t, "at+jwt", jwt.MapClaims{}), "token-fault", doctor.Problem, []string{"no exp", "--decode"}},
		{"claims missing", access(func(c jwt.MapClaims) { delete(c, "jti"); delete(c, "client_id") }), "token-claims", doctor.Warning, []string{"client_id, jti", "RFC 9068"}},
		{"another audience", access(func(c jwt.MapClaims) { c["aud"] = h.URL + "/" }), "token-audience", doctor.Problem, []string{"by its metadata", "--audience " + h.URL + ":"}},
		{"an audience of another type", access(func(c jwt.MapClaims) { c["aud"] = 1 }), "token-audience", doctor.Problem, []string{"neither a string"}},
		{"one of the audiences", access(func(c jwt.MapClaims) { c["aud"] = []string{"x", h.URL} }), "token-audience", doctor.OK, []string{h.URL}},
		{"mercure in an access token", typed(t, "at+jwt", jwt.MapClaims{"iss": issuer, "aud": h.URL, "exp": time.Now().Add(time.Hour).Unix(), "mercure": map[string]any{}}), "token-mixed", doctor.Problem, []string{`classic claim "mercure"`}},
		{"details in a classic token", typed(t, "JWT", jwt.MapClaims{"authorization_details": []any{}}), "token-mixed", doctor.Problem, []string{"at+jwt"}},
		{"covered", sub(nil, "x", a), "token-covers-subscribe", doctor.OK, []string{`"` + a + `" exactly`}},
		{"not covered", sub(nil, "https://example.com/b/{id}"), "token-covers-subscribe", doctor.Problem, []string{`"` + a + `"`, "no selector"}},
		{"a URL Pattern in a classic token", sub(nil, "https://example.com/b/:id"), "token-covers-subscribe", doctor.Problem, []string{"looks like a URL Pattern", "{id}"}},
		{"a URI Template in an access token", access(nil, map[string]string{"match": "https://example.com/b/{id}"}), "token-covers-subscribe", doctor.Problem, []string{"URI Template", ":id"}},
		{"nothing at all", sub(nil), "token-covers-subscribe", doctor.Warning, []string{"no subscribe selectors at all"}},
		{"a publisher's", classicToken(t, hubtest.PublisherSecret, nil, []string{a}, nil), "token-covers-publish", doctor.Problem, []string{`publish to "` + b + `"`, "--publish '" + b + "'"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := examine(t, doctor.Options{URL: h.URL, Token: c.token, Topics: []string{a, b}})
			want(t, r, c.check, c.status, c.words...)
		})
	}
}

func TestTheLocalClockJudgesTheToken(t *testing.T) {
	h := start(t, nil)
	token := classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"})
	later := func() time.Time { return time.Now().Add(2 * time.Hour) }
	r := examine(t, doctor.Options{URL: h.URL, Token: token, Now: later})
	want(t, r, "token-expiry", doctor.Problem, "expired 60 minutes ago")
	want(t, r, "clock", doctor.Problem, "2 hours behind")
	want(t, r, "token-subscribe", doctor.OK) // the hub's own clock is right
}
