package conformance

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

func (t *T) needSubscriptions() { t.need(t.Target.Subscriptions, "subscription events") }

// escape is the simple expansion of RFC 6570: everything but unreserved
// characters is percent-encoded, once.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteString("%" + strings.ToUpper(hex2(c)))
		}
	}
	return b.String()
}

// api is the path of the subscriptions to a topic in the check's dialect.
func (t *T) api(matcher string) string {
	return t.hubPath() + "/subscriptions/" + choose(t, "", "exact/") + escape(matcher)
}

// watch opens a stream of the subscription events of this check's topics. It
// also follows fenceTopic.
func (t *T) watch(token string) *Stream {
	t.needSubscriptions()
	query := form("topic", t.hubPath()+"/subscriptions/{topic}/{subscriber}")
	if t.draft1() {
		query = form("match_urlpattern", t.hubPath()+"/subscriptions/:match_type/:match/:subscriber")
	}
	return t.open(query+"&"+t.match(t.fenceTopic()), token).about()
}

// about hides the events that do not concern this check's topics.
func (s *Stream) about() *Stream {
	s.filter = func(e Event) bool { return strings.Contains(e.Data, s.t.tag) }
	return s
}

// fenceTopic is for updates that tell that nothing else came before. The
// announcement of who follows it does not contain this check's tag, and is so
// hidden from it.
func (t *T) fenceTopic() string { return "urn:fence:" + strings.ToUpper(t.tag) }

// fence publishes an update that watchers see.
func (t *T) fence() (data string) {
	data = t.tag + " fence"
	t.sent("topic", t.fenceTopic(), "data", data)
	return data
}

// document reads a subscription document.
func (t *T) document(data string) object {
	var d object
	if err := json.Unmarshal([]byte(data), &d); err != nil {
		t.Fatalf("%s is no JSON object: %v", short(data), err)
	}
	return d
}

// nextDocument returns the document of the next subscription event.
func (s *Stream) nextDocument() object { return s.t.document(s.Next().Data) }

// wantMembers fails the check unless d has these members with these values,
// given in turn; nil means that a member must be missing.
func (t *T) wantMembers(d object, members ...any) {
	for i := 0; i+1 < len(members); i += 2 {
		name := members[i].(string)
		if got, want := d[name], members[i+1]; t.json(got) != t.json(want) {
			t.Errorf("%s is %s, want %s, in %s", name, t.json(got), t.json(want), t.json(d))
		}
	}
}

const (
	events7 = "draft-07, Subscription Events"
	events8 = "draft-08, Subscription Events"
)

// The updates by which the hub announces that subscriptions begin and end.
var subscriptionEventChecks = slices.Concat(
	each("The beginning of a subscription is announced with its document", events7, events8, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			t.open(t.match(t.Topic("a")), "")
			d := w.nextDocument()
			subscriber, _ := d["subscriber"].(string)
			t.wantMembers(d, "id", t.api(t.Topic("a"))+"/"+escape(subscriber), "active", true)
			if t.draft1() {
				t.wantMembers(d, "type", "subscription", "match_type", "exact", "match", t.Topic("a"), "@context", nil, "topic", nil)
			} else {
				t.wantMembers(d, "type", "Subscription", "topic", t.Topic("a"), "@context", "https://mercure.rocks/", "match", nil)
			}
			if !strings.Contains(subscriber, ":") {
				t.Errorf("the subscriber is %q, want an IRI", subscriber)
			}
			if _, has := d["payload"]; has {
				t.Errorf("an anonymous subscription has a payload: %s", t.json(d))
			}
		}),
	each("The end of a subscription is announced with active false and the same id", events7, events8, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			s := t.open(t.match(t.Topic("a")), "")
			begin := w.nextDocument()
			s.Close()
			end := w.nextDocument()
			t.wantMembers(end, "id", begin["id"], "subscriber", begin["subscriber"], "active", false)
		}),
	each("The topic of a subscription event is its id", events7, events8, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			s := t.open(t.match(t.Topic("a")), "")
			id, _ := w.nextDocument()["id"].(string)
			exactly := t.open(t.match(id)+t.cursor("earliest"), t.subscriber(id))
			t.wantMembers(exactly.nextDocument(), "id", id, "active", true)
			s.Close()
			t.wantMembers(exactly.nextDocument(), "id", id, "active", false)
		}),
	draft1("Subscription events have the SSE type mercure", events8, "subscription-event-type",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			s := t.open(t.match(t.Topic("a")), "")
			begin := w.Next()
			s.Close()
			if end := w.Next(); begin.Type != "mercure" || end.Type != "mercure" {
				t.Errorf("the types are %q and %q, want mercure", begin.Type, end.Type)
			}
		}),
	classic("Subscription events have no SSE type", events7, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			t.open(t.match(t.Topic("a")), "")
			if e := w.Next(); e.Type != "" {
				t.Errorf("the type is %q, want none", e.Type)
			}
		}),
	each("A request with several matchers makes as many subscriptions of one subscriber", events7, events8, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			s := t.open(t.match(t.Topic("a"), t.Topic("b")), "")
			a, b := w.nextDocument(), w.nextDocument()
			name := choose(t, "topic", "match")
			t.wantMembers(a, name, t.Topic("a"))
			t.wantMembers(b, name, t.Topic("b"), "subscriber", a["subscriber"])
			s.Close()
			for range 2 {
				t.wantMembers(w.nextDocument(), "active", false, "subscriber", a["subscriber"])
			}
		}),
	each("Each connection is a subscriber of its own, even with one token", events7, events8, "",
		func(t *T) {
			w, token := t.watch(t.subscriber("*")), t.subscriber("*")
			t.open(t.match(t.Topic("a")), token)
			one := w.nextDocument()
			t.open(t.match(t.Topic("a")), token)
			if two := w.nextDocument(); one["subscriber"] == two["subscriber"] || one["id"] == two["id"] {
				t.Errorf("two connections are announced as %s and %s", t.json(one), t.json(two))
			}
		}),
	each("A client cannot choose the identifier of its subscriber", events7, events8, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			h := http.Header{"Subscriber": {"urn:mine"}, "Mercure-Subscriber": {"urn:mine"}, "X-Request-Id": {"urn:mine"}}
			query := t.match(t.Topic("a")) + "&subscriber=urn:mine&id=urn:mine"
			t.openWith(http.MethodGet, t.streamURL(query), t.withToken(query, h), "")
			if d := w.nextDocument(); strings.Contains(t.json(d), "urn:mine") {
				t.Errorf("the subscriber is announced as %s", t.json(d))
			}
		}),
	each("Matchers are percent-encoded in the id, as a whole and once", events7, events8, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			for _, matcher := range []string{t.Topic("é ü/?a=b&c#d"), t.tag + "%2F%25", t.tag + " +;:@!$'()*,[]", "/" + t.tag + "/../x"} {
				t.open(t.match(matcher), "")
				d := w.nextDocument()
				subscriber, _ := d["subscriber"].(string)
				t.wantMembers(d, "id", t.api(matcher)+"/"+escape(subscriber), choose(t, "topic", "match"), matcher)
			}
		}),
	classic("A template is announced as it was written", events7, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			t.open(form("topic", t.Topic("{id}/{+x}")), "")
			d := w.nextDocument()
			t.wantMembers(d, "topic", t.Topic("{id}/{+x}"))
			if id, _ := d["id"].(string); !strings.HasPrefix(id, t.api(t.Topic("{id}/{+x}"))) || !strings.Contains(id, "%7Bid%7D%2F%7B%2Bx%7D") {
				t.Errorf("the id is %q", id)
			}
		}),
	draft1("A URL Pattern is announced as it was written, with its type in the path", events8, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			t.open(form("match_urlpattern", "/"+t.tag+"/:id"), "")
			d := w.nextDocument()
			subscriber, _ := d["subscriber"].(string)
			t.wantMembers(d, "match_type", "urlpattern", "match", "/"+t.tag+"/:id",
				"id", t.hubPath()+"/subscriptions/urlpattern/"+escape("/"+t.tag+"/:id")+"/"+escape(subscriber))
		}),
	draft1("match_exact is announced as exact", events8, "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			t.open(form("match_exact", t.Topic("a")), "")
			t.wantMembers(w.nextDocument(), "match_type", "exact", "match", t.Topic("a"))
		}),
	each("Subscription events are private: a subscriber without a grant does not get them", events7, events8, "private-filter subscription-private",
		func(t *T) {
			granted, without, anonymous := t.watch(t.subscriber("*")), t.watch(t.subscriber(t.Topic("a"))), t.watch("")
			t.open(t.match(t.Topic("a")), "").Close()
			for range 2 {
				granted.Next()
			}
			fence := t.fence()
			without.Want(fence)
			anonymous.Want(fence)
		}),
	each("A subscription event reaches a subscriber whose token grants its topic by a pattern", events7, events8, "",
		func(t *T) {
			token := t.subscriber(t.hubPath() + "/subscriptions/{topic}/{subscriber}")
			if t.draft1() {
				pattern := object{"match": t.hubPath() + "/subscriptions/:type/:match/:subscriber", "match_type": "urlpattern"}
				token = t.mint(false, nil, t.access(with(detail("subscribe"), "topics", []any{pattern})))
			}
			w := t.watch(token)
			t.open(t.match(t.Topic("a")), "")
			t.wantMembers(w.nextDocument(), "active", true)
		}),
	classic("The payload of the token is attached to each of its subscriptions", "draft-07, Payload", "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			for _, payload := range []any{object{"user": "é <&>", "n": 1.5}, "text", []any{1, nil}, 0, false} {
				token := t.mint(false, nil, object{"mercure": object{"payload": payload, "subscribe": []string{}}})
				t.open(t.match(t.Topic("a"), t.Topic("b")), token)
				t.wantMembers(w.nextDocument(), "payload", payload)
				t.wantMembers(w.nextDocument(), "payload", payload)
			}
		}),
	draft1("A subscription has the payload of the first detail that matches its matcher", "draft-08, Payloads", "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			pay := func(n int, match object) object {
				return with(detail("subscribe"), "topics", []any{match}, "payload", object{"n": n})
			}
			token := t.mint(false, nil, t.access(
				with(pay(0, object{"match": "*"}), "actions", []string{"publish"}),
				pay(1, object{"match": t.Topic("a")}),
				pay(2, object{"match": t.Topic("books/:id"), "match_type": "urlpattern"}),
				pay(3, object{"match": "*"}),
				pay(4, object{"match": t.Topic("b")}),
			))
			t.open(form("match", t.Topic("a"), "match", t.Topic("books/1"), "match_urlpattern", t.Topic("books/:id"), "match", t.Topic("b"), "match_urlpattern", t.Topic("films/:id")), token)
			for _, n := range []int{1, 2, 2, 3, 3} {
				t.wantMembers(w.nextDocument(), "payload", object{"n": n})
			}
		}),
	draft1("A first matching detail without a payload leaves the subscription without one", "draft-08, Payloads", "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			token := t.mint(false, nil, t.access(detail("subscribe", t.Topic("a")), with(detail("subscribe", "*"), "payload", object{"n": 1})))
			t.open(t.match(t.Topic("a"), t.Topic("b")), token)
			t.wantMembers(w.nextDocument(), "match", t.Topic("a"), "payload", nil)
			t.wantMembers(w.nextDocument(), "match", t.Topic("b"), "payload", object{"n": 1})
		}),
	draft1("Without a matching detail a subscription has no payload", "draft-08, Payloads", "",
		func(t *T) {
			w := t.watch(t.subscriber("*"))
			token := t.mint(false, nil, t.access(with(detail("subscribe", t.Topic("b")), "payload", object{"n": 1})))
			t.open(t.match(t.Topic("a")), token)
			if d := w.nextDocument(); d["payload"] != nil {
				t.Errorf("the subscription is announced as %s", t.json(d))
			}
		}),
	hubwide("Each subscription is announced in the dialect that it used", "protocol.md, subscription document", "",
		func(t *T) {
			t.needBoth()
			t.Dialect = Draft1
			w := t.watch(t.subscriber("*"))
			watchClassic := t.open(form("topic", t.hubPath()+"/subscriptions/{topic}/{subscriber}"), t.subscriber("*")).about()
			t.open(form("topic", t.Topic("classic")), "")
			t.wantMembers(watchClassic.nextDocument(), "type", "Subscription", "topic", t.Topic("classic"))
			t.open(form("match", t.Topic("draft1")), "")
			t.wantMembers(w.nextDocument(), "type", "subscription", "match", t.Topic("draft1"))
		}),
)

// needBoth skips the check unless the target has keys of both dialects.
func (t *T) needBoth() {
	t.need(len(t.Target.Classic.SubscriberKey) > 0 && len(t.Target.Draft1.SubscriberKey) > 0, "subscriber keys of both dialects")
}
