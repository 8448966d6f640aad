package conformance

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// selects subscribes to selector, publishes to every topic of others and then
// of matching, and wants only the latter.
func selects(t *T, selector string, matching, others []string) {
	s := t.open(form("topic", selector), "")
	for _, o := range others {
		t.sent("topic", o, "data", "not "+o)
	}
	for _, m := range matching {
		t.sent("topic", m, "data", m)
	}
	s.Want(matching...)
}

const topicSelectors = "draft-07, Topic Selectors"

// The topic selectors of the classic dialect: URI Templates of RFC 6570.
var selectorChecks = slices.Concat(
	classic("A URI Template of level 1 matches values without reserved characters", topicSelectors, "",
		func(t *T) {
			selects(t, t.Topic("books/{id}"),
				[]string{t.Topic("books/1"), t.Topic("books/a-b_c.d~e"), t.Topic("books/%C3%A9")},
				[]string{t.Topic("books/1/pages"), t.Topic("books/1?x"), t.Topic("books"), t.Topic("Books/1")})
		}),
	classic("A URI Template of level 2 matches reserved characters with + and #", topicSelectors, "",
		func(t *T) {
			selects(t, t.Topic("{+path}/here{#part}"),
				[]string{t.Topic("a/b;c/here#x,y"), t.Topic("a/here")},
				[]string{t.Topic("a/there")})
		}),
	classic("A URI Template of level 3 matches labels, path segments, parameters and queries", topicSelectors, "",
		func(t *T) {
			selects(t, t.Topic("map{.x,y}{/a,b}{?q,r}{&s}"),
				[]string{t.Topic("map.1.2/u/v?q=1&r=2&s=3")},
				[]string{t.Topic("map.1.2/u/v#q"), t.Topic("mop.1.2")})
			selects(t, t.Topic("coord{;x,y}"), []string{t.Topic("coord;x=1;y=2")}, []string{t.Topic("coord?x=1")})
		}),
	classic("A URI Template of level 4 matches prefixes and exploded lists", topicSelectors, "",
		func(t *T) {
			selects(t, t.Topic("{var:3}/x"), []string{t.Topic("val/x"), t.Topic("v/x")}, []string{t.Topic("val/y")})
			selects(t, t.Topic("list{/parts*}"), []string{t.Topic("list/a/b/c")}, []string{t.Topic("lost/a")})
		}),
	classic("A prefix variable of a URI Template matches no more characters than it may expand to", topicSelectors, "",
		func(t *T) { selects(t, t.Topic("{var:3}/x"), []string{t.Topic("val/x")}, []string{t.Topic("value/x")}) }),
	classic("A query or parameter variable of a URI Template matches its own name only", topicSelectors, "",
		func(t *T) {
			selects(t, t.Topic("users/1/{?topic}"), []string{t.Topic("users/1/?topic=a")}, []string{t.Topic("users/1/?other=a"), t.Topic("users/1/?a")})
			selects(t, t.Topic("at{;x,y}"), []string{t.Topic("at;x=1;y=2")}, []string{t.Topic("at;a=1;b=2")})
		}),
	classic("The selectors of the text's own example match as it says", "draft-07, Subscribers", "",
		func(t *T) {
			selects(t, t.Topic("users/foo/{?topic}"),
				[]string{t.Topic("users/foo/?topic=https%3A%2F%2Fexample.com%2Fbooks%2F1")},
				[]string{t.Topic("users/bar/?topic=https%3A%2F%2Fexample.com%2Fbooks%2F1")})
		}),
	classic("A URI Template equals itself as a string", topicSelectors, "",
		func(t *T) {
			selector := t.Topic("{?a,b}/books/{id}")
			selects(t, selector, []string{selector}, []string{t.Topic("{?a}/books/{id}")})
		}),
	classic("A string that is no valid URI Template matches itself and nothing else", topicSelectors, "",
		func(t *T) {
			for _, selector := range []string{t.Topic("{unclosed"), t.Topic("{}"), t.Topic("}{"), t.Topic("a.c(b|d)+[x]")} {
				selects(t, selector, []string{selector}, []string{t.Topic("abc"), t.Topic("a"), t.Topic("abcbx")})
			}
		}),
	classic("What stands outside the braces of a template is literal, even if it looks like an expression", topicSelectors, "",
		func(t *T) {
			selects(t, t.Topic("a.c/{id}"), []string{t.Topic("a.c/1")}, []string{t.Topic("abc/1"), t.Topic("prefix/a.c/1")})
		}),
	classic("A selector with many variables does not stall the hub", "protocol.md decision 8", "",
		func(t *T) {
			s := t.open(form("topic", t.Topic("{a*}{b*}{c*}{d*}{e*}{f*}x"), "topic", t.Topic("fence")), "")
			t.sent("topic", t.Topic(strings.Repeat("a,", 400)), "data", "slow?")
			t.sent("topic", t.Topic("fence"), "data", "fence")
			s.Find(func(e Event) bool { return e.Data == "fence" })
		}),
	classic("Line breaks and other control characters in a selector are refused with 400", "protocol.md decision 2", "control-characters",
		func(t *T) {
			for _, c := range []string{"\n", "\r", "\x00", "\x7f"} {
				t.want(t.try("topic="+url.QueryEscape(t.Topic("a"+c+"b")), nil), http.StatusBadRequest)
			}
		}),
)
