package conformance

import (
	"net/http"
	"slices"
	"time"
)

const validation8 = "draft-08, Token Validation"

// The access token of draft1: RFC 9068, with Mercure authorization details.
var draft1TokenChecks = slices.Concat(
	draft1("The header typ is at+jwt or application/at+jwt, in any case", validation8, "",
		func(t *T) {
			for _, typ := range []string{"at+jwt", "AT+JWT", "At+Jwt", "application/at+jwt", "Application/AT+JWT"} {
				t.wantPublish("typ "+typ, t.mint(true, object{"typ": typ}, t.claims("publish", "*")), http.StatusOK)
			}
		}),
	draft1("A token of the issuer with another typ, or none, is refused with 401", validation8, "",
		func(t *T) {
			for _, typ := range []any{nil, "JWT", "jwt", "dpop+jwt", "application/jwt", "text/at+jwt", "at+jwt ", 1, []string{"at+jwt"}} {
				t.wantPublish("another typ", t.mint(true, object{"typ": typ}, t.claims("publish", "*")), http.StatusUnauthorized)
			}
		}),
	draft1("A token without iss is refused with 401", validation8, "",
		func(t *T) {
			t.wantPublish("no iss", t.mint(true, nil, with(t.claims("publish", "*"), "iss", nil)), http.StatusUnauthorized)
			t.wantPublish("an empty iss", t.mint(true, nil, with(t.claims("publish", "*"), "iss", "")), http.StatusUnauthorized)
		}),
	draft1("A token of an issuer that the hub does not trust is refused with 401; iss is compared exactly", validation8, "",
		func(t *T) {
			t.key(true)
			iss := t.Target.Draft1.Issuer
			for _, other := range []any{"https://attacker.example", iss + "/", iss + "x", iss[:len(iss)-1], []string{iss}, 1} {
				t.wantPublish("another iss", t.mint(true, nil, with(t.claims("publish", "*"), "iss", other)), http.StatusUnauthorized)
			}
		}),
	draft1("A token without aud is refused with 401", validation8, "token-aud",
		func(t *T) {
			t.wantPublish("no aud", t.mint(true, nil, with(t.claims("publish", "*"), "aud", nil)), http.StatusUnauthorized)
			t.wantPublish("an empty aud", t.mint(true, nil, with(t.claims("publish", "*"), "aud", []string{})), http.StatusUnauthorized)
		}),
	draft1("A token for another audience is refused with 401", validation8, "token-aud",
		func(t *T) {
			resource := t.Target.Draft1.Resource
			for _, aud := range []any{"https://other.example/.well-known/mercure", resource + "/", resource + "x", t.base(), t.hubPath(), []string{"https://other.example"}} {
				t.wantPublish("another aud", t.mint(true, nil, with(t.claims("publish", "*"), "aud", aud)), http.StatusUnauthorized)
			}
		}),
	draft1("aud may be an array that holds the hub's resource identifier", validation8, "",
		func(t *T) {
			for _, aud := range []any{[]string{t.Target.Draft1.Resource}, []string{"https://other.example", t.Target.Draft1.Resource}} {
				t.wantPublish("an array as aud", t.mint(true, nil, with(t.claims("publish", "*"), "aud", aud)), http.StatusOK)
			}
		}),
	draft1("The audience is what the hub is configured with, whatever the Host header says", validation8, "token-aud",
		func(t *T) {
			t.need(t.Target.StrictURL != "" && t.Target.StrictResource != "", "a second hub with a configured resource identifier (StrictResource)")
			publish := func(aud string, pairs ...string) Answer {
				h := bearer(t.mint(true, nil, with(t.claims("publish", "*"), "aud", aud)), append(pairs, "Content-Type", formType)...)
				return t.do(http.MethodPost, t.Target.StrictURL, h, form("topic", t.Topic("a")))
			}
			t.want(publish(t.Target.StrictResource), http.StatusOK)
			t.want(publish(t.Target.StrictURL), http.StatusUnauthorized)
			t.want(publish("http://other.example"+t.hubPath(), "Host", "other.example"), http.StatusUnauthorized, http.StatusMisdirectedRequest)
			t.want(publish("https://other.example"+t.hubPath(), "Host", "other.example", "X-Forwarded-Proto", "https"), http.StatusUnauthorized, http.StatusMisdirectedRequest)
		}),
	draft1("A token without exp is refused with 401", validation8, "token-exp-required",
		func(t *T) {
			t.wantPublish("no exp", t.mint(true, nil, with(t.claims("publish", "*"), "exp", nil)), http.StatusUnauthorized)
		}),
	draft1("A token whose exp is no number is refused with 401", validation8, "",
		func(t *T) {
			for _, exp := range []any{"never", []int{1}, true, time.Now().Add(time.Hour).Format(time.RFC3339)} {
				t.wantPublish("an exp that is no number", t.mint(true, nil, with(t.claims("publish", "*"), "exp", exp)), http.StatusUnauthorized)
			}
		}),
	draft1("A token signed with a classic key is refused with 401", validation8, "no-downgrade",
		func(t *T) {
			key := t.Target.Classic.PublisherKey
			t.need(len(key) > 0, "a classic publisher key")
			t.wantPublish("a classic key", t.sign(key, t.head(nil), t.claims("publish", "*")), http.StatusUnauthorized)
		}),
	draft1("A token without authorization details may not publish: 403 with insufficient_scope", "draft-08, Authorization Details", "",
		func(t *T) {
			a := t.post(bearer(t.mint(true, nil, t.access())), "topic", t.Topic("a"))
			t.want(a, http.StatusForbidden)
			t.wantChallenge(a, "insufficient_scope")
		}),
	draft1("A token without authorization details still subscribes to public updates", "draft-08, Authorization Details", "private-filter",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), t.mint(false, nil, t.access()))
			private(t, "secret", t.Topic("a"))
			s.Want("fence")
		}),
	draft1("A scope or mercure claim in an access token grants nothing", "draft-08, Authorization Details", "",
		func(t *T) {
			claims := with(t.access(), "mercure", object{"publish": []string{"*"}}, "scope", "publish", "publish", []string{"*"})
			t.wantPublish("other claims", t.mint(true, nil, claims), http.StatusForbidden)
		}),
	draft1("A claim that the text leaves to issuers, such as jti, is not demanded", validation8, "",
		func(t *T) {
			claims := with(t.claims("publish", "*"), "jti", nil, "iat", nil, "client_id", nil, "sub", nil)
			t.wantPublish("the claims a hub enforces only", t.mint(true, nil, claims), http.StatusOK)
		}),
)
