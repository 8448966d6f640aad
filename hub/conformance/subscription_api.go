package conformance

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	api7 = "draft-07, Subscription API"
	api8 = "draft-08, Subscription API"
)

// active opens a subscription to the topic name and returns it with its
// document, once it has been announced.
func (t *T) active(w *Stream, name, token string) (*Stream, object) {
	s := t.open(t.match(t.Topic(name)), token)
	return s, w.nextDocument()
}

// getAPI asks for a resource of the subscription API, which must be there.
func (t *T) getAPI(path string) (object, Answer) {
	a := t.get(path, bearer(t.subscriber("*")))
	if !t.want(a, http.StatusOK) {
		panic(stop{})
	}
	return t.document(a.Body), a
}

// members returns the documents of a collection that are of this check.
func (t *T) members(collection object) []object {
	list, ok := collection["subscriptions"].([]any)
	if !ok {
		t.Fatalf("subscriptions is %s, want an array", short(t.json(collection["subscriptions"])))
	}
	var own []object
	for _, m := range list {
		if d, _ := m.(object); strings.Contains(t.json(m), t.tag) {
			own = append(own, d)
		}
	}
	return own
}

// linkAttributes reads the attributes of the hub's Link header.
func (t *T) linkAttributes(a Answer) map[string]string {
	t.wantHubLink(a)
	attributes := map[string]string{}
	for _, part := range strings.Split(strings.Join(a.Header.Values("Link"), ";"), ";")[1:] {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		attributes[name] = strings.Trim(value, `"`)
	}
	return attributes
}

// The resources that list who is subscribed to what.
var subscriptionAPIChecks = slices.Concat(
	each("The collection lists the active subscriptions", api7, api8, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			_, a := t.active(w, "a", "")
			_, b := t.active(w, "b", "")
			path := t.hubPath() + "/subscriptions"
			all, _ := t.getAPI(path)
			t.wantMembers(all, "id", path, "type", choose(t, "Subscriptions", "subscriptions"), "@context", choose[any](t, "https://mercure.rocks/", nil))
			own := t.members(all)
			if len(own) != 2 {
				t.Fatalf("the collection has %d of the 2 subscriptions: %s", len(own), t.json(own))
			}
			for _, d := range []object{a, b} {
				if !slices.ContainsFunc(own, func(m object) bool { return t.json(with(m, "@context", nil)) == t.json(with(d, "@context", nil)) }) {
					t.Errorf("the collection has %s, want %s in it", t.json(own), t.json(d))
				}
			}
		}),
	each("The collection of one matcher lists its subscriptions only", api7, api8, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			_, a := t.active(w, "a", "")
			t.active(w, "b", "")
			path := t.api(t.Topic("a"))
			list, _ := t.getAPI(path)
			t.wantMembers(list, "id", path)
			if own := t.members(list); len(own) != 1 || own[0]["id"] != a["id"] {
				t.Errorf("the collection is %s, want %s alone", t.json(own), t.json(a))
			}
		}),
	each("The collection of a matcher that nobody uses is empty", api7, api8, "",
		func(t *T) {
			t.needSubscriptions()
			list, _ := t.getAPI(t.api(t.Topic("nobody")))
			if all, ok := list["subscriptions"].([]any); !ok || len(all) != 0 {
				t.Errorf("subscriptions is %s, want []", t.json(list["subscriptions"]))
			}
		}),
	each("A single subscription is served at its id, as it was announced", api7, api8, "",
		func(t *T) {
			_, d := t.active(t.watch(t.subscriber("*")), "a/é?b=c", "")
			one, _ := t.getAPI(d["id"].(string))
			if got, want := t.json(with(one, "lastEventID", nil)), t.json(d); got != want {
				t.Errorf("the document is %s, want %s", got, want)
			}
			if _, has := one["lastEventID"]; has != !t.draft1() {
				t.Errorf("lastEventID in the body is %v: %s", has, t.json(one))
			}
		}),
	each("The API has the media type of its dialect", api7, api8, "",
		func(t *T) {
			_, d := t.active(t.watch(t.subscriber("*")), "a", "")
			for _, path := range []string{t.hubPath() + "/subscriptions", t.api(t.Topic("a")), d["id"].(string)} {
				_, a := t.getAPI(path)
				ct, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
				if want := choose(t, "application/ld+json", "application/json"); ct != want {
					t.Errorf("%s has the Content-Type %q, want %q", path, ct, want)
				}
			}
		}),
	each("A subscription can be read when it is announced, and is gone when its end is", events7, events8, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			for range 5 {
				s, d := t.active(w, "a", "")
				t.wantMembers(d, "active", true)
				t.getAPI(d["id"].(string))
				s.Close()
				t.wantMembers(w.nextDocument(), "active", false)
				t.want(t.get(d["id"].(string), bearer(t.subscriber("*"))), http.StatusNotFound)
				if list, _ := t.getAPI(t.api(t.Topic("a"))); len(t.members(list)) != 0 {
					t.Errorf("the collection still has %s", t.json(t.members(list)))
				}
			}
		}),
	each("A subscription that is not there is answered 404", api7, api8, "",
		func(t *T) {
			_, d := t.active(t.watch(t.subscriber("*")), "a", "")
			h := bearer(t.subscriber("*"))
			other := t.api(t.Topic("b")) + strings.TrimPrefix(d["id"].(string), t.api(t.Topic("a")))
			for _, path := range []string{t.api(t.Topic("a")) + "/urn%3Auuid%3Aunknown", other, d["id"].(string) + "x"} {
				t.want(t.get(path, h), http.StatusNotFound)
			}
		}),
	draft1("The match type in a path is part of it, in lower case", api8, "",
		func(t *T) {
			_, d := t.active(t.watch(t.subscriber("*")), "a", "")
			h := bearer(t.subscriber("*"))
			for _, other := range []string{"urlpattern", "EXACT", "Exact", "regexp"} {
				t.want(t.get(strings.Replace(d["id"].(string), "/exact/", "/"+other+"/", 1), h), http.StatusNotFound)
			}
		}),
	each("The API wants a token: 401 without one", api7, api8, "",
		func(t *T) {
			t.needSubscriptions()
			a := t.get(t.hubPath()+"/subscriptions", nil)
			t.want(a, http.StatusUnauthorized)
			t.challenge(a)
		}),
	each("The API answers 403 to a token that does not grant the URL", api7, api8, "",
		func(t *T) {
			_, d := t.active(t.watch(t.subscriber("*")), "a", "")
			h := bearer(t.subscriber(t.Topic("a"), t.hubPath(), d["id"].(string)+"/x"))
			for _, path := range []string{t.hubPath() + "/subscriptions", t.api(t.Topic("a")), d["id"].(string)} {
				a := t.get(path, h)
				t.want(a, http.StatusForbidden)
				if t.draft1() {
					t.wantChallenge(a, "insufficient_scope")
				}
			}
		}),
	each("A grant for publishing does not read the API", api7, api8, "",
		func(t *T) {
			t.needSubscriptions()
			t.want(t.get(t.hubPath()+"/subscriptions", bearer(t.mint(false, nil, t.claims("publish", "*")))), http.StatusForbidden)
		}),
	each("A grant for a URL of the API reads that one, whatever its query, and no other", api7, api8, "",
		func(t *T) {
			_, d := t.active(t.watch(t.subscriber("*")), "a", "")
			all, topic, one := t.hubPath()+"/subscriptions", t.api(t.Topic("a")), d["id"].(string)
			for _, granted := range []string{all, topic, one} {
				h := bearer(t.subscriber(granted))
				t.want(t.get(granted+"?x=y", h), http.StatusOK)
				for _, path := range []string{all, topic, one} {
					if path != granted {
						t.want(t.get(path, h), http.StatusForbidden)
					}
				}
			}
		}),
	draft1("A URL Pattern grants the API, relative or absolute, as it grants the events", api8, "",
		func(t *T) {
			_, d := t.active(t.watch(t.subscriber("*")), "a", "")
			for _, pattern := range []string{t.hubPath() + "/subscriptions/:type/:match/:subscriber", t.base() + t.hubPath() + "/subscriptions/*"} {
				token := t.mint(false, nil, t.access(with(detail("subscribe"), "topics", []any{object{"match": pattern, "match_type": "urlpattern"}})))
				t.want(t.get(d["id"].(string), bearer(token)), http.StatusOK)
				t.want(t.get(t.hubPath()+"/subscriptions", bearer(token)), http.StatusForbidden)
			}
		}),
	hubwide("Each dialect's API lists the subscriptions of its own shape", "protocol.md, subscription document", "",
		func(t *T) {
			t.needBoth()
			t.needSubscriptions()
			for _, dialect := range []string{Classic, Draft1} {
				t.Dialect = dialect
				w := t.watch(t.subscriber("*"))
				t.active(w, dialect, "")
			}
			for _, dialect := range []string{Classic, Draft1} {
				t.Dialect = dialect
				list, _ := t.getAPI(t.hubPath() + "/subscriptions")
				own := t.members(list)
				if len(own) != 1 || own[0][choose(t, "topic", "match")] != t.Topic(dialect) {
					t.Errorf("%s lists %s, want the subscription to %s alone", dialect, t.json(own), t.Topic(dialect))
				}
			}
		}),
	alone(each("The API names the last event of the hub: in the body in classic, on the Link in draft1", api7, api8, "",
		func(t *T) {
			_, d := t.active(t.watch(t.subscriber("*")), "a", "")
			for _, path := range []string{t.hubPath() + "/subscriptions", t.api(t.Topic("a")), d["id"].(string)} {
				var got, id string
				// The end of another check's stream may be announced in between.
				for deadline := time.Now().Add(t.Target.Patience); time.Now().Before(deadline); {
					id = t.sent("topic", t.Topic("a"))
					body, a := t.getAPI(path)
					if got = t.linkAttributes(a)["last-event-id"]; !t.draft1() {
						got, _ = body["lastEventID"].(string)
					}
					if got == id {
						break
					}
				}
				if got != id {
					t.Errorf("%s names the last event %q, want %q", path, got, id)
				}
			}
		})),
	each("Whoever subscribes from the last event that the API names misses nothing", api7, api8, "",
		func(t *T) {
			t.needSubscriptions()
			t.sent("topic", t.Topic("x"))
			body, a := t.getAPI(t.hubPath() + "/subscriptions")
			last := t.linkAttributes(a)["last-event-id"]
			if !t.draft1() {
				last, _ = body["lastEventID"].(string)
			}
			t.sent("topic", t.Topic("a"), "data", "next")
			s := t.resume(t.cursor(last))
			s.wantAnswer(last)
			s.Want("next")
		}),
	draft1("The Link of the API says what its events are: type and content-type", api8, "",
		func(t *T) {
			t.needSubscriptions()
			_, a := t.getAPI(t.hubPath() + "/subscriptions")
			if got := t.linkAttributes(a); got["type"] != "mercure" || got["content-type"] != "application/json" {
				t.Errorf("the Link is %q, want type=\"mercure\" and content-type=\"application/json\"", a.Header.Values("Link"))
			}
		}),
	alone(each("A client that has the current list is answered 304", api7, api8, "",
		func(t *T) {
			t.needSubscriptions()
			h := bearer(t.subscriber("*"))
			for deadline := time.Now().Add(t.Target.Patience); time.Now().Before(deadline); {
				_, a := t.getAPI(t.hubPath() + "/subscriptions")
				etag := a.Header.Get("ETag")
				if len(etag) < 3 || etag[0] != '"' && !strings.HasPrefix(etag, `W/"`) {
					t.Fatalf("ETag is %q, want a quoted string", etag)
				}
				if cache := a.Header.Get("Cache-Control"); !strings.Contains(cache, "must-revalidate") && !strings.Contains(cache, "no-cache") {
					t.Errorf("Cache-Control is %q, want must-revalidate", cache)
				}
				h.Set("If-None-Match", `"other", `+etag)
				switch again := t.get(t.hubPath()+"/subscriptions", h); {
				case again.Status == http.StatusNotModified && again.Body == "":
					t.sent("topic", t.Topic("a"))
					t.want(t.get(t.hubPath()+"/subscriptions", h), http.StatusOK)
					return
				case again.Header.Get("ETag") == etag:
					t.Fatalf("the answer to If-None-Match is %d with the same ETag, want 304", again.Status)
				}
			}
			t.Errorf("no answer was 304 in %v", t.Target.Patience)
		})),
)
