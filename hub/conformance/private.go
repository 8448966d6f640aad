package conformance

import "slices"

const (
	subscribers7 = "draft-07, Subscribers"
	subscribers8 = "draft-08, Subscribers"
)

// private publishes a private update and then a public fence to topics.
func private(t *T, data string, topics ...string) {
	fields := []string{"data", data, "private", "on"}
	for _, topic := range topics {
		fields = append(fields, "topic", topic)
	}
	t.sent(fields...)
	t.sent("topic", topics[0], "data", "fence")
}

// Who receives private updates, live and replayed.
var privateChecks = slices.Concat(
	each("A private update does not reach an anonymous subscriber", subscribers7, subscribers8, "private-filter",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), "")
			private(t, "secret", t.Topic("a"))
			s.Want("fence")
		}),
	each("A private update does not reach a subscriber whose token grants other topics", subscribers7, subscribers8, "private-filter",
		func(t *T) {
			s := t.open(t.match(t.Topic("a"), t.Topic("b")), t.subscriber(t.Topic("b")))
			private(t, "secret", t.Topic("a"))
			s.Want("fence")
		}),
	each("A private update does not reach a subscriber to * without a grant", subscribers7, subscribers8, "private-filter",
		func(t *T) {
			s := t.open(t.match("*"), t.subscriber(t.Topic("b"))).Mine()
			t.sent("topic", t.Topic("a"), "private", "on", "data", t.tag+"secret")
			t.sent("topic", t.Topic("a"), "data", t.tag+"fence")
			s.Want(t.tag + "fence")
		}),
	each("A private update reaches a subscriber whose token grants its topic", subscribers7, subscribers8, "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), t.subscriber(t.Topic("a")))
			private(t, "secret", t.Topic("a"))
			s.Want("secret", "fence")
		}),
	each("A grant for * reads every private update that is subscribed to", subscribers7, subscribers8, "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a"), "no url "+t.tag), t.subscriber("*"))
			private(t, "1", t.Topic("a"))
			private(t, "2", "no url "+t.tag)
			s.Want("1", "fence", "2", "fence")
		}),
	each("A grant for an alternate topic is enough, whichever topic is subscribed to", subscribers7, "draft-08, Private Update Audience", "",
		func(t *T) {
			s := t.open(t.match(t.Topic("book")), t.subscriber(t.Topic("user")))
			private(t, "alternate", t.Topic("book"), t.Topic("user"))
			s.Want("alternate", "fence")
			other := t.open(t.match(t.Topic("user")), t.subscriber(t.Topic("book")))
			t.sent("topic", t.Topic("book"), "topic", t.Topic("user"), "private", "on", "data", "canonical")
			other.Want("canonical")
		}),
	each("A grant does not subscribe: private updates of topics that were not asked for stay away", subscribers7, subscribers8, "",
		func(t *T) {
			s := t.open(t.match(t.Topic("b")), t.subscriber("*"))
			private(t, "not asked for", t.Topic("a"))
			t.sent("topic", t.Topic("b"), "data", "mine")
			s.Want("mine")
		}),
	each("A token that may only publish does not read private updates", subscribers7, subscribers8, "private-filter",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), t.mint(false, nil, t.claims("publish", "*")))
			private(t, "secret", t.Topic("a"))
			s.Want("fence")
		}),
	each("The mere presence of private makes an update private, whatever its value", publication7, publication8, "private-filter private-presence",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), "")
			for _, value := range []string{"", "on", "off", "false", "0", "no"} {
				t.sent("topic", t.Topic("a"), "data", "secret", "private", value)
			}
			a := t.postBody(bearer(t.publisher("*")), form("topic", t.Topic("a"), "data", "secret")+"&private")
			t.want(a, 200)
			t.sent("topic", t.Topic("a"), "data", "fence", "PRIVATE", "on")
			s.Want("fence")
		}),
	each("A replayed private update does not reach a subscriber without a grant", "draft-07, Reconnection", "draft-08, Authorization on Event Replay", "private-replay",
		func(t *T) {
			private(t, "secret", t.Topic("a"))
			t.open(t.match(t.Topic("a"))+t.cursor("earliest"), "").Want("fence")
			t.open(t.match(t.Topic("a"))+t.cursor("earliest"), t.subscriber(t.Topic("b"))).Want("fence")
		}),
	each("A replayed private update reaches a subscriber with a grant for one of its topics", "draft-07, Reconnection", "draft-08, Authorization on Event Replay", "",
		func(t *T) {
			private(t, "secret", t.Topic("a"), t.Topic("b"))
			t.open(t.match(t.Topic("a"))+t.cursor("earliest"), t.subscriber(t.Topic("a"))).Want("secret", "fence")
			t.open(t.match(t.Topic("a"))+t.cursor("earliest"), t.subscriber(t.Topic("b"))).Want("secret", "fence")
		}),
	each("Private updates are filtered on a stream that goes from replay to live", "draft-07, Reconnection", "draft-08, Authorization on Event Replay", "private-replay private-filter",
		func(t *T) {
			private(t, "old secret", t.Topic("a"))
			s := t.open(t.match(t.Topic("a"))+t.cursor("earliest"), t.subscriber(t.Topic("b")))
			private(t, "new secret", t.Topic("a"))
			s.Want("fence", "fence")
		}),
	each("The id of a private update can be a cursor for whoever may not read it, and gives nothing away", "draft-07, Reconnection", "draft-08, Reconnection", "",
		func(t *T) {
			id := t.sent("topic", t.Topic("a"), "data", "secret", "private", "on")
			t.sent("topic", t.Topic("a"), "data", "next")
			t.open(t.match(t.Topic("a"))+t.cursor(id), "").Want("next")
		}),
	classic("A template in a token reads what it matches", subscribers7, "private-filter",
		func(t *T) {
			s := t.open(t.match(t.Topic("books/1"), t.Topic("films/1")), t.subscriber(t.Topic("books/{id}")))
			t.sent("topic", t.Topic("films/1"), "data", "secret", "private", "on")
			t.sent("topic", t.Topic("books/1"), "data", "granted", "private", "on")
			s.Want("granted")
		}),
	draft1("A URL Pattern in a token reads what it matches, an exact matcher only itself", subscribers8, "private-filter",
		func(t *T) {
			details := detail("subscribe", t.Topic("films/:id"))
			details["topics"] = []any{object{"match": t.Topic("films/:id")}, object{"match": t.Topic("books/:id"), "match_type": "urlpattern"}}
			s := t.open(form("match_urlpattern", t.Topic(":kind/:id")), t.mint(false, nil, t.access(details)))
			t.sent("topic", t.Topic("films/1"), "data", "secret", "private", "on")
			t.sent("topic", t.Topic("books/1"), "data", "granted", "private", "on")
			s.Want("granted")
		}),
)
