package conformance

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

const details8 = "draft-08, Authorization Details"

// malformed publishes with a token that carries a good detail for everything
// and, before or after it, one that is broken: each token must be refused
// whole.
func malformed(t *T, broken ...any) {
	good := detail("publish", "*")
	for _, b := range broken {
		a := t.post(bearer(t.mint(true, nil, t.access(good, b))), "topic", t.Topic("a"))
		a.what = "publishing with the detail " + t.json(b)
		if t.want(a, http.StatusUnauthorized) {
			t.wantChallenge(a, "invalid_token")
		}
	}
	t.wantPublish("a broken detail first", t.mint(true, nil, t.access(broken[0], good)), http.StatusUnauthorized)
}

// Authorization details are read whole or refused whole.
var detailChecks = slices.Concat(
	draft1("The grants of several details add up", details8, "",
		func(t *T) {
			token := t.mint(true, nil, t.access(detail("publish", t.Topic("a")), detail("publish", t.Topic("b"))))
			t.want(t.post(bearer(token), "topic", t.Topic("a"), "topic", t.Topic("b")), http.StatusOK)
		}),
	draft1("One detail can grant both actions", details8, "",
		func(t *T) {
			d := with(detail("publish", t.Topic("a")), "actions", []string{"subscribe", "publish"})
			t.wantPublish("both actions", t.mint(true, nil, t.access(d)), http.StatusOK)
			s := t.open(t.match(t.Topic("a")), t.mint(false, nil, t.access(d)))
			private(t, "secret", t.Topic("a"))
			s.Want("secret", "fence")
		}),
	draft1("A matcher without match_type is exact", "draft-08, Topic Matcher List", "",
		func(t *T) {
			t.wantPublish("a pattern without its type", t.publisher("https://example.com/*", "https://example.com/:a/:b", "https://example.com/{a}/{b}"), http.StatusForbidden)
			d := with(detail("publish"), "topics", []any{object{"match": t.Topic("a"), "match_type": "exact"}})
			t.wantPublish("match_type exact", t.mint(true, nil, t.access(d)), http.StatusOK)
		}),
	draft1("A matcher of type urlpattern grants what it matches, relative ones against the hub's URL", "draft-08, Topic Matcher List", "",
		func(t *T) {
			pattern := func(p string) string {
				return t.mint(true, nil, t.access(with(detail("publish"), "topics", []any{object{"match": p, "match_type": "urlpattern"}})))
			}
			t.wantPublish("a pattern", pattern("https://example.com/:a/:b"), http.StatusOK)
			t.wantPublish("a pattern of other topics", pattern("https://example.com/:a"), http.StatusForbidden)
			t.want(t.post(bearer(pattern("/"+t.tag+"/*")), "topic", "/"+t.tag+"/x"), http.StatusOK)
			t.want(t.post(bearer(pattern("/"+t.tag+"/*")), "topic", t.Topic("x")), http.StatusForbidden)
		}),
	draft1("The matcher * grants every topic whatever its type, be it a URL or not", "draft-08, Topic Matcher List", "",
		func(t *T) {
			for _, m := range []object{{"match": "*"}, {"match": "*", "match_type": "exact"}, {"match": "*", "match_type": "urlpattern"}} {
				token := t.mint(true, nil, t.access(with(detail("publish"), "topics", []any{m})))
				t.want(t.post(bearer(token), "topic", "http://["+t.tag), http.StatusOK)
			}
		}),
	draft1("Details of other types are ignored, whatever they hold", details8, "",
		func(t *T) {
			other := object{"type": "payment_initiation", "actions": "all", "topics": 1, "payload": []int{}}
			t.wantPublish("a detail of another type", t.mint(true, nil, t.access(other, detail("publish", "*"), other)), http.StatusOK)
			t.wantPublish("a detail of another type alone", t.mint(true, nil, t.access(with(detail("publish", "*"), "type", detailType+"/"))), http.StatusForbidden)
			t.wantPublish("the type in another case", t.mint(true, nil, t.access(with(detail("publish", "*"), "type", strings.ToUpper(detailType)))), http.StatusForbidden)
		}),
	draft1("An action that the hub does not know grants nothing and harms nothing", details8, "",
		func(t *T) {
			d := with(detail("publish", "*"), "actions", []string{"purge", "publish", "Subscribe"})
			t.wantPublish("an unknown action beside publish", t.mint(true, nil, t.access(d)), http.StatusOK)
			d = with(d, "actions", []string{"purge", "Publish", "PUBLISH", "*"})
			t.wantPublish("unknown actions only", t.mint(true, nil, t.access(d)), http.StatusForbidden)
		}),
	draft1("A token whose authorization_details is no array of objects is refused with 401", details8, "",
		func(t *T) {
			good := detail("publish", "*")
			for _, all := range []any{good, "all", 1, true, []any{good, "x"}, []any{good, []any{}}, []any{1, good}} {
				t.wantPublish("authorization_details "+t.json(all), t.mint(true, nil, with(t.access(), "authorization_details", all)), http.StatusUnauthorized)
			}
		}),
	draft1("A detail whose actions are missing, empty or no strings makes the whole token invalid", details8, "details-whole",
		func(t *T) {
			good := detail("publish", "*")
			for _, actions := range []any{nil, "publish", []any{}, []any{"publish", 1}, []any{nil}, object{"publish": true}, []any{[]any{"publish"}}} {
				malformed(t, with(good, "actions", actions))
			}
		}),
	draft1("A detail whose topics are missing, empty or no matchers makes the whole token invalid", details8, "details-whole",
		func(t *T) {
			good := detail("publish", "*")
			for _, topics := range []any{nil, "*", []any{}, []any{"*"}, []any{object{"match": "a"}, "b"}, object{"match": "a"}, []any{nil}, []any{[]any{}}} {
				malformed(t, with(good, "topics", topics))
			}
		}),
	draft1("A matcher without a match that is a string makes the whole token invalid", "draft-08, Topic Matcher List", "details-whole",
		func(t *T) {
			for _, m := range []object{{}, {"match": 1}, {"match": []string{"a"}}, {"match_type": "exact"}, {"Match": "a"}, {"match": object{}}} {
				malformed(t, with(detail("publish"), "topics", []any{m}))
			}
		}),
	draft1("A match_type that the hub does not support makes the whole token invalid; the names are lower case", "draft-08, Topic Matcher List", "details-whole",
		func(t *T) {
			for _, matchType := range []any{"regexp", "uritemplate", "Exact", "URLPattern", "", 1, []string{"exact"}} {
				malformed(t, with(detail("publish"), "topics", []any{object{"match": "a", "match_type": matchType}}))
			}
		}),
	draft1("A URL Pattern that is not well formed makes the whole token invalid", "draft-08, Topic Matcher List", "details-whole",
		func(t *T) {
			malformed(t, with(detail("publish"), "topics", []any{object{"match": "https://example.com/(", "match_type": "urlpattern"}}),
				with(detail("publish"), "topics", []any{object{"match": "*"}, object{"match": "https://example.com/:a/:a", "match_type": "urlpattern"}}))
		}),
	draft1("A payload that is no object makes the whole token invalid", details8, "details-whole",
		func(t *T) {
			for _, payload := range []any{"x", 1, []any{}, true} {
				malformed(t, with(detail("subscribe", "a"), "payload", payload))
			}
		}),
	draft1("A broken detail is refused even if only its unused action is broken", details8, "details-whole token-refused",
		func(t *T) {
			broken := with(detail("publish", "*"), "topics", []any{})
			t.wantSubscribe("a broken publish detail", t.mint(false, nil, t.access(detail("subscribe", "*"), broken)), http.StatusUnauthorized)
		}),
)

func (t *T) json(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("encoding %v: %v", v, err)
	}
	return string(b)
}
