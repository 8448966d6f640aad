package conformance

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// wantPublish publishes with a token and wants one of the statuses.
func (t *T) wantPublish(what, token string, statuses ...int) {
	a := t.post(bearer(token), "topic", t.Topic("a"))
	a.what = "publishing with " + what
	t.want(a, statuses...)
}

// wantSubscribe subscribes with a token and wants one of the statuses.
func (t *T) wantSubscribe(what, token string, statuses ...int) {
	a := t.try(t.match(t.Topic("a")), bearer(token))
	a.what = "subscribing with " + what
	t.want(a, statuses...)
}

const publishers7 = "draft-07, Publishers"

// The classic token: a JWT with a mercure claim. Rules on signatures and times
// that both dialects share are here as well.
var classicTokenChecks = slices.Concat(
	each("A token that has expired is refused with 401", "draft-07, Subscribers", "draft-08, Token Validation", "",
		func(t *T) {
			past := time.Now().Add(-5 * time.Minute).Unix()
			t.wantPublish("an expired token", t.mint(true, nil, with(t.claims("publish", "*"), "exp", past)), http.StatusUnauthorized)
			t.wantPublish("exp 0", t.mint(true, nil, with(t.claims("publish", "*"), "exp", 0)), http.StatusUnauthorized)
		}),
	each("An expired token is refused to a subscriber too, even of public updates", "draft-07, Subscribers", "draft-08, Token Validation", "token-refused",
		func(t *T) {
			past := time.Now().Add(-5 * time.Minute).Unix()
			t.wantSubscribe("an expired token", t.mint(false, nil, with(t.claims("subscribe", "*"), "exp", past)), http.StatusUnauthorized)
		}),
	each("A token that is not valid yet is refused with 401", "draft-07, Authorization", "draft-08, Token Validation", "",
		func(t *T) {
			future := time.Now().Add(5 * time.Minute).Unix()
			t.wantPublish("nbf in the future", t.mint(true, nil, with(t.claims("publish", "*"), "nbf", future)), http.StatusUnauthorized)
		}),
	slow(each("A stream ends when its token does", "draft-07, Subscribers", "draft-08, Subscribers", "token-exp-stream",
		func(t *T) {
			exp := time.Now().Add(2 * time.Second).Unix()
			start := time.Now()
			s := t.open(t.match(t.Topic("a")), t.mint(false, nil, with(t.claims("subscribe", "*"), "exp", exp)))
			s.WantEnd(start.Add(6 * time.Second))
			if now := time.Now(); now.Unix() < exp {
				t.Errorf("the stream ended %v before its token", time.Unix(exp, 0).Sub(now))
			}
		})),
	each("A token signed with another key is refused with 401", "draft-07, Authorization", "draft-08, Token Validation", "",
		func(t *T) {
			t.key(true)
			other := []byte(strings.Repeat("another secret ", 4))
			t.wantPublish("another key", t.sign(other, t.head(nil), t.claims("publish", "*")), http.StatusUnauthorized)
			t.wantPublish("an empty key", t.sign(nil, t.head(nil), t.claims("publish", "*")), http.StatusUnauthorized)
		}),
	each("A token whose claims were changed after it was signed is refused with 401", "draft-07, Authorization", "draft-08, Token Validation", "",
		func(t *T) {
			parts := strings.Split(t.publisher(t.Topic("b")), ".")
			forged := parts[0] + "." + t.encode(t.claims("publish", "*")) + "." + parts[2]
			t.wantPublish("changed claims", forged, http.StatusUnauthorized)
			t.wantPublish("no signature", parts[0]+"."+parts[1]+".", http.StatusUnauthorized)
			t.wantPublish("half a signature", parts[0]+"."+parts[1]+"."+parts[2][:21], http.StatusUnauthorized)
		}),
	each("The keys of publishers and subscribers are not interchangeable", "draft-07, Authorization", "draft-08, Token Validation", "token-refused",
		func(t *T) {
			t.need(string(t.key(true)) != string(t.key(false)), "different keys for publishers and subscribers")
			t.wantPublish("a subscriber's key", t.mint(false, nil, t.claims("publish", "*")), http.StatusUnauthorized)
			t.wantSubscribe("a publisher's key", t.mint(true, nil, t.claims("subscribe", "*")), http.StatusUnauthorized)
		}),
	each("An unsigned token (alg none) is refused with 401", "draft-07, Authorization", "draft-08, Token Validation", "",
		func(t *T) {
			t.key(true)
			for _, alg := range []string{"none", "None", "NONE", ""} {
				unsigned := t.encode(t.head(object{"alg": alg})) + "." + t.encode(t.claims("publish", "*")) + "."
				t.wantPublish("alg "+alg, unsigned, http.StatusUnauthorized)
			}
			t.wantPublish("alg none and a good signature", t.mint(true, object{"alg": "none"}, t.claims("publish", "*")), http.StatusUnauthorized)
		}),
	each("A token of another algorithm than the key's is refused with 401, even if the signature fits", "draft-07, Authorization", "draft-08, Token Validation", "",
		func(t *T) {
			for _, alg := range []string{"RS256", "ES256", "EdDSA", "HS384", "HS512", "hs256", "XX1"} {
				t.wantPublish("alg "+alg, t.mint(true, object{"alg": alg}, t.claims("publish", "*")), http.StatusUnauthorized)
			}
			signed := t.encode(t.head(object{"alg": "HS512"})) + "." + t.encode(t.claims("publish", "*"))
			mac := hmac.New(sha512.New, t.key(true))
			mac.Write([]byte(signed))
			t.wantPublish("HS512", signed+"."+base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), http.StatusUnauthorized)
		}),
	each("Keys that a token brings along are not used", "draft-07, Authorization", "draft-08, Token Validation", "",
		func(t *T) {
			t.key(true)
			own := []byte(strings.Repeat("the attacker's ", 4))
			jwk := object{"kty": "oct", "k": base64.RawURLEncoding.EncodeToString(own), "alg": "HS256"}
			head := t.head(object{"jwk": jwk, "jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/cert", "kid": "/dev/null"})
			t.wantPublish("its own key", t.sign(own, head, t.claims("publish", "*")), http.StatusUnauthorized)
		}),
	each("A token that demands an extension (crit) that the hub does not know is refused with 401", "draft-07, Authorization (RFC 7515 4.1.11)", "draft-08, Token Validation (RFC 7515 4.1.11)", "",
		func(t *T) {
			head := object{"crit": []string{"urn:unknown"}, "urn:unknown": true}
			t.wantPublish("an unknown crit", t.mint(true, head, t.claims("publish", "*")), http.StatusUnauthorized)
		}),
	each("What is no token in compact form is refused with 401", "draft-07, Authorization", "draft-08, Error Responses", "",
		func(t *T) {
			good := t.publisher("*")
			for _, token := range []string{"x", "a.b", "a.b.c", good + ".x", good + "x", "." + good, t.encode("x") + "." + t.encode("y") + ".z", strings.Replace(good, ".", "..", 1)} {
				t.wantPublish("the token "+short(token), token, http.StatusUnauthorized)
			}
		}),
	classic("The header typ of a token is absent or JWT, in any case", "protocol.md, which rules", "",
		func(t *T) {
			for _, typ := range []any{nil, "JWT", "jwt", "Jwt", "application/jwt"} {
				t.wantPublish("typ", t.mint(true, object{"typ": typ}, t.claims("publish", "*")), http.StatusOK)
			}
		}),
	classic("A token of another type is refused with 401", "protocol.md, which rules", "",
		func(t *T) {
			for _, typ := range []string{"dpop+jwt", "secevent+jwt", "logout+jwt", "JWE", "at+jwt2"} {
				t.wantPublish("typ "+typ, t.mint(true, object{"typ": typ}, t.claims("publish", "*")), http.StatusUnauthorized)
			}
		}),
	classic("The claim may be named by its IRI, https://mercure.rocks/", "protocol.md, token", "",
		func(t *T) {
			t.wantPublish("the namespaced claim", t.mint(true, nil, object{"https://mercure.rocks/": object{"publish": []string{"*"}}}), http.StatusOK)
		}),
	classic("A token without the claim, or without publish selectors, may not publish: 403", publishers7, "",
		func(t *T) {
			for _, mercure := range []any{nil, object{}, object{"publish": []string{}}, object{"publish": nil}, object{"subscribe": []string{"*"}}} {
				t.wantPublish("no selectors", t.mint(true, nil, with(object{"sub": "x"}, "mercure", mercure)), http.StatusForbidden)
			}
		}),
	classic("A claim of the wrong shape grants nothing", publishers7, "",
		func(t *T) {
			for _, mercure := range []any{"*", []string{"*"}, object{"publish": "*"}, object{"publish": object{"*": true}}, object{"publish": []any{1}}} {
				t.wantPublish("a malformed claim", t.mint(true, nil, object{"mercure": mercure}), http.StatusUnauthorized, http.StatusForbidden)
			}
		}),
	classic("Publish selectors may be templates, and * grants everything", publishers7, "",
		func(t *T) {
			t.wantPublish("a template", t.publisher("https://example.com/{run}/{topic}"), http.StatusOK)
			t.wantPublish("*", t.publisher("*"), http.StatusOK)
			t.wantPublish("a template of other topics", t.publisher("https://example.com/{topic}"), http.StatusForbidden)
		}),
	classic("A token needs no exp", "draft-07, Subscribers", "",
		func(t *T) { t.wantPublish("no exp", t.publisher("*"), http.StatusOK) }),
)
