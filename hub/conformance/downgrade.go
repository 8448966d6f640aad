package conformance

import (
	"net/http"
	"slices"
)

const downgrade = "protocol.md decision 1"

// mixed are claims that would grant everything in either dialect.
func (t *T) mixed(action string) object {
	return with(t.access(detail(action, "*")), "mercure", object{action: []string{"*"}})
}

// A token is judged by the rules of one dialect, chosen by its typ, and what
// fails is never tried as something else.
var downgradeChecks = slices.Concat(
	draft1("An access token signed with a classic key is not tried under the classic rules", downgrade, "no-downgrade",
		func(t *T) {
			t.need(len(t.Target.Classic.PublisherKey) > 0, "a classic publisher key")
			t.key(true)
			t.wantPublish("at+jwt and a classic key", t.sign(t.Target.Classic.PublisherKey, t.head(nil), t.mixed("publish")), http.StatusUnauthorized)
		}),
	draft1("An access token signed with a classic subscriber key is refused to subscribers", downgrade, "no-downgrade token-refused",
		func(t *T) {
			t.need(len(t.Target.Classic.SubscriberKey) > 0, "a classic subscriber key")
			t.key(false)
			token := t.sign(t.Target.Classic.SubscriberKey, t.head(nil), t.mixed("subscribe"))
			t.wantSubscribe("at+jwt and a classic key", token, http.StatusUnauthorized)
			t.want(t.try(form("topic", t.Topic("a")), bearer(token)), http.StatusUnauthorized)
		}),
	classic("A classic token signed with an issuer's key is not tried under the rules of draft1", downgrade, "",
		func(t *T) {
			t.need(len(t.Target.Draft1.PublisherKey) > 0, "a draft1 publisher key")
			t.wantPublish("JWT and an issuer's key", t.sign(t.Target.Draft1.PublisherKey, t.head(nil), t.mixed("publish")), http.StatusUnauthorized)
			t.wantPublish("no typ and an issuer's key", t.sign(t.Target.Draft1.PublisherKey, object{"alg": "HS256"}, t.mixed("publish")), http.StatusUnauthorized)
		}),
	classic("Authorization details in a classic token grant nothing", downgrade, "",
		func(t *T) {
			t.wantPublish("details only", t.mint(true, nil, t.access(detail("publish", "*"))), http.StatusForbidden)
		}),
	draft1("A mercure claim does not save an access token without exp or aud", downgrade, "token-aud token-exp-required",
		func(t *T) {
			t.wantPublish("no aud", t.mint(true, nil, with(t.mixed("publish"), "aud", nil)), http.StatusUnauthorized)
			t.wantPublish("no exp", t.mint(true, nil, with(t.mixed("publish"), "exp", nil)), http.StatusUnauthorized)
		}),
	each("A subscriber whose token fails is refused, even where anonymous ones are welcome", downgrade, downgrade, "token-refused",
		func(t *T) {
			t.need(t.Target.Anonymous, "anonymous subscribers")
			t.granted(t.match(t.Topic("a")), nil)
			for what, token := range map[string]string{
				"no token at all":  "x",
				"another key":      t.sign([]byte("another secret that is long enough"), t.head(nil), t.claims("subscribe", "*")),
				"an expired token": t.mint(false, nil, with(t.claims("subscribe", "*"), "exp", 1)),
				"another type":     t.mint(false, object{"typ": "x+jwt"}, t.claims("subscribe", "*")),
			} {
				t.wantSubscribe(what, token, http.StatusUnauthorized)
			}
		}),
	each("A cookie that fails is refused too, never ignored", downgrade, downgrade, "token-refused",
		func(t *T) {
			t.need(t.Target.Anonymous, "anonymous subscribers")
			expired := t.mint(false, nil, with(t.claims("subscribe", "*"), "exp", 1))
			t.want(t.try(t.match(t.Topic("a")), header("Cookie", t.cookie(expired))), http.StatusUnauthorized)
			t.want(t.try(t.match(t.Topic("a")), header("Cookie", t.cookie("x"))), http.StatusUnauthorized)
		}),
)
