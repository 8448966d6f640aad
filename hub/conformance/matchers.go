package conformance

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// matches subscribes with one parameter, publishes to every topic of others
// and then of matching, and wants only the latter.
func matches(t *T, name, pattern string, matching, others []string) {
	s := t.open(form(name, pattern), "").Mine()
	for _, o := range others {
		t.sent("topic", o, "data", t.tag+" not "+o)
	}
	var want []string
	for _, m := range matching {
		t.sent("topic", m, "data", t.tag+" "+m)
		want = append(want, t.tag+" "+m)
	}
	s.Want(want...)
}

const subscription8 = "draft-08, Subscription"

// The typed matchers of draft1.
var matcherChecks = slices.Concat(
	draft1("match_exact is another spelling of match", "draft-08, Exact Matching", "",
		func(t *T) {
			matches(t, "match_exact", t.Topic("a"), []string{t.Topic("a")}, []string{t.Topic("b")})
		}),
	draft1("match takes URL Patterns and URI Templates literally", "draft-08, Exact Matching", "",
		func(t *T) {
			for _, p := range []string{t.Topic(":id"), t.Topic("{id}"), t.Topic("(.*)"), t.Topic("*/x")} {
				matches(t, "match", p, []string{p}, []string{t.Topic("1"), t.Topic("1/x")})
			}
		}),
	draft1("match_urlpattern matches named groups of an absolute pattern", "draft-08, URL Pattern", "",
		func(t *T) {
			matches(t, "match_urlpattern", t.Topic("books/:id"),
				[]string{t.Topic("books/1"), t.Topic("books/%C3%A9")},
				[]string{t.Topic("books"), t.Topic("books/1/2"), "http://example.com/" + t.tag + "/books/1"})
		}),
	draft1("match_urlpattern matches wildcards, groups with expressions and optional parts", "draft-08, URL Pattern", "",
		func(t *T) {
			matches(t, "match_urlpattern", t.Topic("books/*"), []string{t.Topic("books/1/2"), t.Topic("books/")}, []string{t.Topic("book/1")})
			matches(t, "match_urlpattern", t.Topic("n/:id(\\d+){/edit}?"), []string{t.Topic("n/12"), t.Topic("n/12/edit")}, []string{t.Topic("n/x"), t.Topic("n/12/edits")})
		}),
	draft1("match_urlpattern compares the host without, everything else with regard to case", "draft-08, URL Pattern", "",
		func(t *T) {
			matches(t, "match_urlpattern", t.Topic("Books/:id"),
				[]string{strings.Replace(t.Topic("Books/1"), "example.com", "EXAMPLE.com", 1)},
				[]string{t.Topic("books/1"), t.Topic("BOOKS/1")})
		}),
	draft1("A relative URL Pattern is resolved against the hub's URL, and so is a relative topic", "draft-08, URL Pattern", "",
		func(t *T) {
			matches(t, "match_urlpattern", "/"+t.tag+"/:id",
				[]string{"/" + t.tag + "/1", t.base() + "/" + t.tag + "/2"},
				[]string{"https://elsewhere.example/" + t.tag + "/1", "/" + t.tag + "/1/2"})
		}),
	draft1("An absolute URL Pattern on the hub's host matches a relative topic", "draft-08, URL Pattern", "",
		func(t *T) {
			matches(t, "match_urlpattern", t.base()+"/"+t.tag+"/:id", []string{"/" + t.tag + "/1"}, []string{t.Topic("1")})
		}),
	draft1("A topic that is no URL reference is matched by no URL Pattern", "draft-08, URL Pattern", "",
		func(t *T) {
			matches(t, "match_urlpattern", "*://*/*", []string{t.Topic("a")}, []string{"http://[" + t.tag, "https://" + t.tag + ":99999/"})
		}),
	draft1("match_urlpattern=* is the wildcard of every topic, be it a URL or not", "draft-08, Matcher Types", "",
		func(t *T) {
			matches(t, "match_urlpattern", "*", []string{"http://[" + t.tag, t.Topic("a")}, nil)
			matches(t, "match_exact", "*", []string{"any " + t.tag}, nil)
		}),
	draft1("A URL Pattern that would make an engine with backtracking hang costs no more than others", "draft-08, URL-Pattern Denial of Service", "",
		func(t *T) {
			s := t.open(form("match_urlpattern", t.Topic("(a+)+(a+)+(a+)+!"), "match", t.Topic("fence")), "")
			t.sent("topic", t.Topic(strings.Repeat("a", 2000)), "data", "slow?")
			t.sent("topic", t.Topic("fence"), "data", "fence")
			s.Want("fence")
		}),
	draft1("A URL Pattern that is not well formed is refused with 400", subscription8, "",
		func(t *T) {
			for _, p := range []string{"https://example.com/(", "https://example.com/:a/:a", "https://example.com/{a", "https://example.com/(?<x>a)(["} {
				t.want(t.try(form("match", t.Topic("a"), "match_urlpattern", p), nil), http.StatusBadRequest)
			}
		}),
	draft1("A parameter in the match namespace that names no matcher type is refused with 400", subscription8, "match-namespace",
		func(t *T) {
			for _, name := range []string{"match_regexp", "match_", "matches", "match-exact", "match_exact_", "match[]", "match "} {
				t.want(t.try(form("match", t.Topic("a"), name, "x"), nil), http.StatusBadRequest)
			}
		}),
	draft1("The match namespace is reserved in every case, and the known names are lower case", subscription8, "match-namespace",
		func(t *T) {
			for _, name := range []string{"Match", "MATCH", "Match_Exact", "match_URLPattern", "mATCHing"} {
				t.want(t.try(form("match", t.Topic("a"), name, t.Topic("b")), nil), http.StatusBadRequest)
			}
		}),
	draft1("The namespace is tested on decoded names", subscription8, "match-namespace",
		func(t *T) {
			s := t.open("%6Datc%68="+url.QueryEscape(t.Topic("a")), "")
			t.sent("topic", t.Topic("a"), "data", "mine")
			s.Want("mine")
			t.want(t.try(form("match", t.Topic("a"))+"&%4D%61tch=x", nil), http.StatusBadRequest)
			t.want(t.try(form("match", t.Topic("a"))+"&m%61tcher", nil), http.StatusBadRequest)
		}),
	draft1("A matcher name without a value is one with an empty value", subscription8, "",
		func(t *T) {
			if a, b := t.try("match", nil), t.try("match=", nil); a.Status != b.Status {
				t.Errorf("?match is answered %d, ?match= %d; want the same", a.Status, b.Status)
			}
		}),
	draft1("Control characters in a matcher are refused with 400: C0, DEL and C1", subscription8, "control-characters",
		func(t *T) {
			for _, c := range []string{"\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\u0080", "\u0085", "\u009f"} {
				t.want(t.try(form("match", t.Topic("a"+c+"b")), nil), http.StatusBadRequest)
				t.want(t.try(form("match_urlpattern", t.Topic("a"+c+"b")), nil), http.StatusBadRequest)
			}
		}),
	draft1("Invisible format characters in a matcher are refused with 400", subscription8, "format-characters",
		func(t *T) {
			for _, c := range []string{"\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\u00ad"} {
				t.want(t.try(form("match", t.Topic("a"+c+"b")), nil), http.StatusBadRequest)
			}
		}),
	draft1("A matcher that is not valid UTF-8 is refused with 400", subscription8, "",
		func(t *T) {
			for _, bytes := range []string{"%FF", "%C3", "%ED%A0%80", "%C0%AF"} {
				t.want(t.try("match="+bytes, nil), http.StatusBadRequest)
			}
		}),
)
