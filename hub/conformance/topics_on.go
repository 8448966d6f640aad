package conformance

import (
	"slices"
	"strings"
)

const topicsOn = "protocol.md, topics=on"

// The extra lines of topics=on, which name the topics that brought an event.
var topicsOnChecks = slices.Concat(
	each("With topics=on an event names the topic that brought it", topicsOn, topicsOn, "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a"), t.Topic("c"))+"&topics=on", "")
			t.sent("topic", t.Topic("a"), "data", "1")
			t.sent("topic", t.Topic("b"), "topic", t.Topic("c"), "data", "2")
			for _, want := range []string{"a", "c"} {
				if e := s.Next(); e.Topic != t.Topic(want) {
					t.Errorf("the event names %q, want %q", e.Topic, t.Topic(want))
				}
			}
		}),
	each("With topics=on an event names each topic that brought it, live and replayed", topicsOn, topicsOn, "topics-each",
		func(t *T) {
			followed := t.match(t.Topic("a"), t.Topic("c"), t.Topic("d")) + "&topics=on"
			live := t.open(followed, "")
			t.sent("topic", t.Topic("b"), "topic", t.Topic("c"), "topic", t.Topic("a"), "data", "1")
			for _, s := range []*Stream{live, t.open(followed+t.cursor("earliest"), "")} {
				if e := s.Next(); !slices.Equal(named(e), []string{t.Topic("c"), t.Topic("a")}) {
					t.Errorf("the event names %q, want c and a", named(e))
				}
			}
		}),
	each("With topics=on an empty line tells of a private event that topics brought which the token does not grant", topicsOn, topicsOn, "topics-privacy topics-each",
		func(t *T) {
			followed := t.match(t.Topic("book"), t.Topic("film"), t.Topic("user")) + "&topics=on"
			live := t.open(followed, t.subscriber(t.Topic("user"), t.Topic("film")))
			t.sent("topic", t.Topic("book"), "topic", t.Topic("user"), "topic", t.Topic("film"), "data", "1", "private", "on")
			for _, s := range []*Stream{live, t.open(followed+t.cursor("earliest"), t.subscriber(t.Topic("user"), t.Topic("film")))} {
				if e := s.Next(); !slices.Equal(named(e), []string{t.Topic("user"), t.Topic("film"), ""}) {
					t.Errorf("the event names %q, want user, film and an empty line", named(e))
				}
			}
		}),
	each("With topics=on an event is otherwise the same", topicsOn, topicsOn, "",
		func(t *T) {
			with, without := t.open(t.match(t.Topic("a"))+"&topics=on", ""), t.open(t.match(t.Topic("a"))+"&topics=off", "")
			t.sent("topic", t.Topic("a"), "data", "x\ny", "type", "chat", "retry", "1")
			lines := slices.DeleteFunc(with.Next().Lines, func(l string) bool { return l == "topic: "+t.Topic("a") })
			if other := without.Next().Lines; !slices.Equal(lines, other) {
				t.Errorf("with topics=on the event is %q, without it %q", lines, other)
			}
		}),
	each("With topics=on a private event names a topic that the subscriber may read, live", topicsOn, topicsOn, "topics-privacy",
		func(t *T) {
			s := t.open(t.match(t.Topic("book"))+"&topics=on", t.subscriber(t.Topic("user")))
			t.sent("topic", t.Topic("book"), "topic", t.Topic("user"), "data", "x", "private", "on")
			if e := s.Next(); e.Topic != t.Topic("user") {
				t.Errorf("the event names %q, want %q", e.Topic, t.Topic("user"))
			}
		}),
	each("With topics=on a private event names a topic that the subscriber may read, replayed", topicsOn, topicsOn, "topics-privacy",
		func(t *T) {
			t.sent("topic", t.Topic("book"), "topic", t.Topic("film"), "topic", t.Topic("user"), "data", "x", "private", "on")
			s := t.open(t.match(t.Topic("book"), t.Topic("film"))+"&topics=on"+t.cursor("earliest"), t.subscriber(t.Topic("user")))
			if e := s.Next(); e.Topic != t.Topic("user") {
				t.Errorf("the event names %q, want %q", e.Topic, t.Topic("user"))
			}
			s = t.open(t.match(t.Topic("book"), t.Topic("film"))+"&topics=on"+t.cursor("earliest"), t.subscriber(t.Topic("user"), t.Topic("film")))
			if e := s.Next(); e.Topic != t.Topic("film") {
				t.Errorf("the event names %q, want %q, which is followed and granted", e.Topic, t.Topic("film"))
			}
		}),
	each("topics takes on and off, and nothing else", topicsOn, topicsOn, "",
		func(t *T) {
			for _, value := range []string{"", "yes", "ON", "1", t.Topic("a")} {
				t.want(t.try(t.match(t.Topic("a"))+"&"+form("topics", value), nil), 400)
			}
		}),
)

// named returns what the lines of topics=on say.
func named(e Event) (topics []string) {
	for _, line := range e.Lines {
		if topic, ok := strings.CutPrefix(line, "topic: "); ok {
			topics = append(topics, topic)
		}
	}
	return topics
}
