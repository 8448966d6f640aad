package conformance

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// What subscribing is in both dialects alike.
var subscribeChecks = slices.Concat(
	each("A subscriber to a topic receives its updates and those of no other topic",
		"draft-07, Subscription", "draft-08, Exact Matching", "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), "")
			t.sent("topic", t.Topic("b"), "data", "other")
			t.sent("topic", t.Topic("a/b"), "data", "below")
			t.sent("topic", t.Topic(""), "data", "above")
			t.sent("topic", t.Topic("a"), "data", "mine")
			s.Want("mine")
		}),
	each("Topics are compared byte for byte: case, trailing slashes, escapes and normal forms count",
		"draft-07, Topic Selectors", "draft-08, Exact Matching", "",
		func(t *T) {
			s := t.open(t.match(t.Topic("Café")), "")
			for _, other := range []string{"café", "Café/", "Cafe\u0301", "Caf%C3%A9", " Café"} {
				t.sent("topic", t.Topic(other), "data", "not "+other)
			}
			t.sent("topic", strings.ToUpper(t.Topic("Café")), "data", "not upper case")
			t.sent("topic", t.Topic("Café"), "data", "mine")
			s.Want("mine")
		}),
	each("Topics need not be URLs", "draft-07, Terminology", "draft-08, Terminology", "",
		func(t *T) {
			topic := "a topic of " + t.tag + " & [no] URL? 100%"
			s := t.open(t.match(topic), "")
			t.sent("topic", topic, "data", "mine")
			s.Want("mine")
		}),
	each("A topic is compared as it is, never resolved against the hub's URL",
		"draft-07, Topic Selectors", "draft-08, Exact Matching", "",
		func(t *T) {
			s := t.open(t.match("/"+t.tag+"/a"), "")
			t.sent("topic", t.base()+"/"+t.tag+"/a", "data", "absolute")
			t.sent("topic", "/"+t.tag+"/a", "data", "relative")
			s.Want("relative")
		}),
	each("The matcher * receives every topic", "draft-07, Topic Selectors", "draft-08, Matcher Types", "",
		func(t *T) {
			s := t.open(t.match("*"), "").Mine()
			t.sent("topic", t.Topic("a"), "data", t.tag+"1")
			t.sent("topic", "no URL at all "+t.tag, "data", t.tag+"2")
			s.Want(t.tag+"1", t.tag+"2")
		}),
	each("A * inside a matcher of a topic is an ordinary character",
		"draft-07, Topic Selectors", "draft-08, Exact Matching", "",
		func(t *T) {
			s := t.open(t.match(t.Topic("*")), "")
			t.sent("topic", t.Topic("a"), "data", "other")
			t.sent("topic", t.Topic("*"), "data", "literal")
			s.Want("literal")
		}),
	each("One request can name several matchers and receives what any of them means",
		"draft-07, Subscription", "draft-08, Subscription", "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a"), t.Topic("b")), "")
			t.sent("topic", t.Topic("c"), "data", "c")
			t.sent("topic", t.Topic("b"), "data", "b")
			t.sent("topic", t.Topic("a"), "data", "a")
			s.Want("b", "a")
		}),
	each("An update that several matchers or topics bring arrives once",
		"draft-07, Subscription", "draft-08, Subscription", "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a"), t.Topic("a"), t.Topic("b"), "*"), "").Mine()
			t.sent("topic", t.Topic("a"), "topic", t.Topic("b"), "data", t.tag+"once")
			t.sent("topic", t.Topic("a"), "data", t.tag+"fence")
			s.Want(t.tag+"once", t.tag+"fence")
		}),
	each("Updates reach a subscriber in the order in which they were published",
		"draft-07, Reconnection", "draft-08, Reconnection", "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a"), t.Topic("b")), "")
			var want []string
			for _, data := range strings.Split("0123456789", "") {
				t.sent("topic", t.Topic(string("ab"[data[0]%2])), "data", data)
				want = append(want, data)
			}
			s.Want(want...)
		}),
	each("A request without a matcher is refused with 400", "protocol.md, neither", "protocol.md, neither", "",
		func(t *T) {
			for _, query := range []string{"", "topics=on", "unknown=1", "=x"} {
				t.want(t.try(query, nil), http.StatusBadRequest)
			}
		}),
	each("A subscription is an event stream that no cache keeps and no proxy changes",
		"draft-07, Subscription", "draft-08, Subscription", "",
		func(t *T) {
			a := t.try(t.match(t.Topic("a")), nil)
			t.want(a, http.StatusOK)
			if ct := a.Header.Get("Content-Type"); ct != "text/event-stream" && !strings.HasPrefix(ct, "text/event-stream;") {
				t.Errorf("Content-Type is %q, want text/event-stream", ct)
			}
			cache := a.Header.Get("Cache-Control")
			for _, want := range []string{"no-cache", "no-store", "no-transform"} {
				if !strings.Contains(cache, want) {
					t.Errorf("Cache-Control is %q, want %s in it", cache, want)
				}
			}
			if got := a.Header.Get("X-Accel-Buffering"); got != "no" {
				t.Errorf("X-Accel-Buffering is %q, want no", got)
			}
		}),
	each("A stream advertises the hub in a Link header with rel=mercure", "draft-07, Discovery", "draft-08, Hub Discovery", "",
		func(t *T) { t.wantHubLink(t.try(t.match(t.Topic("a")), nil)) }),
	each("HEAD is answered with the headers of the stream, and ends", "protocol.md, subscribe", "protocol.md, subscribe", "",
		func(t *T) {
			query := t.match(t.Topic("a"))
			a := t.do(http.MethodHead, t.streamURL(query), t.withToken(query, nil), "")
			t.want(a, http.StatusOK)
			if ct := a.Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/event-stream") || a.Body != "" {
				t.Errorf("HEAD: Content-Type %q, body %q; want text/event-stream and no body", ct, a.Body)
			}
		}),
	each("The first comment comes with the headers, long before a heartbeat or an update",
		"protocol.md, subscribe", "draft-08, Subscription", "",
		func(t *T) {
			t.need(t.Target.StrictURL != "", "a second hub with a slow heartbeat (StrictURL)")
			t.openWith(http.MethodGet, t.Target.StrictURL+"?"+t.match(t.Topic("a")), bearer(t.strictToken()), "").WantComments(1)
		}),
	slow(each("A quiet stream carries a comment at every heartbeat", "protocol.md, subscribe", "draft-08, Subscription", "",
		func(t *T) {
			t.need(t.Target.Heartbeat > 0 && t.Target.Heartbeat < t.Target.Patience/3, "a short heartbeat")
			t.open(t.match(t.Topic("a")), "").WantComments(3)
		})),
	each("Where subscribers need a token, one without is refused with 401", "draft-07, Subscription", "draft-08, Error Responses", "",
		func(t *T) {
			t.need(t.Target.StrictURL != "", "a second hub that wants tokens (StrictURL)")
			a := t.get(t.Target.StrictURL+"?"+t.match(t.Topic("a")), nil)
			t.want(a, http.StatusUnauthorized)
			if c := a.Header.Get("WWW-Authenticate"); !strings.HasPrefix(c, "Bearer") || strings.Contains(c, "error=") {
				t.Errorf("the challenge is %q, want Bearer without an error code", c)
			}
		}),
	each("A query is read as browsers write it: + is a space, %2B a plus, and ; separates nothing",
		"draft-07, Subscription", "draft-08, Subscription", "",
		func(t *T) {
			name, value := choose(t, "topic", "match"), "x "+t.tag+"+1;y"
			s := t.open(name+"=x+"+t.tag+"%2B1;y", "")
			t.sent("topic", value, "data", "mine")
			s.Want("mine")
		}),
	each("A parameter that the hub does not know is ignored", "draft-07, Subscription", "draft-08, Subscription", "",
		func(t *T) { t.granted(t.match(t.Topic("a"))+"&unknown=1&rematch=2&last=3&mat=4", nil) }),
)

// strictToken is a token for the second hub: in draft1 it names it as its
// audience.
func (t *T) strictToken() string {
	claims := t.claims("subscribe", "urn:nothing")
	if t.draft1() {
		claims["aud"] = t.strictResource()
	}
	return t.mint(false, nil, claims)
}

// strictResource is the resource identifier of the second hub.
func (t *T) strictResource() string { return cmp.Or(t.Target.StrictResource, t.Target.StrictURL) }

// wantHubLink fails the check unless a Link header leads to the hub.
func (t *T) wantHubLink(a Answer) {
	base, _ := url.Parse(t.Target.URL)
	for _, link := range strings.Split(strings.Join(a.Header.Values("Link"), ", "), ", <") {
		target, attributes, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if u, err := base.Parse(target); err == nil && u.Path == base.Path && strings.Contains(attributes, `rel="mercure"`) {
			return
		}
	}
	t.Errorf("%s: Link is %q, want the hub's with rel=\"mercure\"", a.what, a.Header.Values("Link"))
}
