package conformance

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

var authParam = regexp.MustCompile(`([a-z_]+)="((?:[^"\\]|\\.)*)"`)

// challenge reads the parameters of a Bearer challenge.
func (t *T) challenge(a Answer) map[string]string {
	all := a.Header.Values("WWW-Authenticate")
	if len(all) != 1 || !strings.HasPrefix(all[0], "Bearer") {
		t.Errorf("%s: WWW-Authenticate is %q, want one Bearer challenge", a.what, all)
		return nil
	}
	params := map[string]string{}
	for _, m := range authParam.FindAllStringSubmatch(all[0], -1) {
		params[m[1]] = m[2]
	}
	return params
}

// wantChallenge fails the check unless the answer has a Bearer challenge with
// this error code, "" for none, and leads to the hub's metadata.
func (t *T) wantChallenge(a Answer, code string) {
	params := t.challenge(a)
	if params == nil {
		return
	}
	if params["error"] != code {
		t.Errorf("%s: the challenge is %q, want error=%q", a.what, a.Header.Get("WWW-Authenticate"), code)
	}
	if params["resource_metadata"] == "" {
		t.Errorf("%s: the challenge %q has no resource_metadata", a.what, a.Header.Get("WWW-Authenticate"))
	}
}

const errors8 = "draft-08, Error Responses"

// How refusals are written (RFC 6750), and what they give away.
var challengeChecks = slices.Concat(
	hubwide("A request without a token is challenged without an error code: 401", errors8, "",
		func(t *T) {
			a := t.post(nil, "topic", t.Topic("a"))
			t.want(a, http.StatusUnauthorized)
			t.wantChallenge(a, "")
		}),
	draft1("A token that fails is answered 401 with invalid_token", errors8, "token-aud",
		func(t *T) {
			for what, token := range map[string]string{
				"an expired token": t.mint(true, nil, with(t.claims("publish", "*"), "exp", 1)),
				"another audience": t.mint(true, nil, with(t.claims("publish", "*"), "aud", "x")),
				"no issuer":        t.mint(true, nil, with(t.claims("publish", "*"), "iss", nil)),
				"another key":      t.sign([]byte(strings.Repeat("x", 64)), t.head(nil), t.claims("publish", "*")),
			} {
				a := t.post(bearer(token), "topic", t.Topic("a"))
				a.what = what
				t.want(a, http.StatusUnauthorized)
				t.wantChallenge(a, "invalid_token")
			}
		}),
	draft1("A token that does not cover the request is answered 403 with insufficient_scope", errors8, "",
		func(t *T) {
			a := t.post(bearer(t.publisher(t.Topic("b"))), "topic", t.Topic("a"))
			t.want(a, http.StatusForbidden)
			t.wantChallenge(a, "insufficient_scope")
		}),
	draft1("The challenge names the metadata of this hub, which is there", errors8, "",
		func(t *T) {
			params := t.challenge(t.post(nil, "topic", t.Topic("a")))
			u, err := url.Parse(params["resource_metadata"])
			if err != nil || !u.IsAbs() {
				t.Fatalf("resource_metadata is %q, want an absolute URL", params["resource_metadata"])
			}
			if want := metadataPath(t); u.EscapedPath() != want {
				t.Errorf("resource_metadata has the path %q, want %q", u.EscapedPath(), want)
			}
			t.want(t.get(u.String(), nil), http.StatusOK)
		}),
	each("Every 401 has a challenge", "draft-07, Authorization (RFC 9110)", errors8, "",
		func(t *T) {
			for _, token := range []string{"x", t.mint(true, nil, with(t.claims("publish", "*"), "exp", 1))} {
				a := t.post(bearer(token), "topic", t.Topic("a"))
				t.want(a, http.StatusUnauthorized)
				t.challenge(a)
			}
		}),
	each("A refusal does not tell why a token failed", "protocol.md decision 9", errors8, "",
		func(t *T) {
			future := time.Now().Add(time.Hour).Unix()
			var first string
			for what, token := range map[string]string{
				"an expired token": t.mint(true, nil, with(t.claims("publish", "*"), "exp", 1)),
				"one of tomorrow":  t.mint(true, nil, with(t.claims("publish", "*"), "nbf", future)),
				"another key":      t.sign([]byte(strings.Repeat("x", 64)), t.head(nil), t.claims("publish", "*")),
			} {
				a := t.post(bearer(token), "topic", t.Topic("a"))
				got := strings.Join(a.Header.Values("WWW-Authenticate"), ",") + strings.ReplaceAll(a.Body, a.Header.Get("X-Request-Id"), "")
				if first == "" {
					first = got
				}
				if got != first {
					t.Errorf("%s is answered %q, another failure %q", what, short(got), short(first))
				}
			}
		}),
	hubwide("A refusal is generic but carries the id of the request", "protocol.md decision 9", "",
		func(t *T) {
			a := t.post(nil, "topic", t.Topic("a"))
			id := a.Header.Get("X-Request-Id")
			if id == "" || !strings.Contains(a.Body, id) || strings.Contains(a.Body, t.Topic("a")) {
				t.Errorf("the body is %q, want X-Request-Id (%q) in it and nothing of the request", short(a.Body), id)
			}
		}),
	each("A request that is wrong apart from its token is answered 400 without a token's error code", "protocol.md, refusal", errors8, "",
		func(t *T) {
			a := t.publish("data", "no topic")
			t.want(a, http.StatusBadRequest)
			if c := a.Header.Get("WWW-Authenticate"); strings.Contains(c, "invalid_token") || strings.Contains(c, "insufficient_scope") {
				t.Errorf("the challenge is %q", c)
			}
		}),
)
