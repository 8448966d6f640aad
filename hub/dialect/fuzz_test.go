package dialect_test

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"amalgam/hub/dialect"
	"amalgam/hub/dialect/classic"
	"amalgam/hub/dialect/draft1"
	"amalgam/hub/topic"
)

// Where Go's own parser takes a form, ours must read the same pairs; where it
// does not (a stray %, a semicolon), ours must still read what browsers write.
func FuzzParseForm(f *testing.F) {
	for _, s := range []string{"", "a=b&a=c", "topic=%2F+x&private", "=&&=x", "a=%zz&b=%", "a;b=c", "a=b=c", "\xff=%ff", "a=%00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		form := dialect.ParseForm(s)
		for _, p := range form {
			if first, ok := form.Get(p.Name); !ok || first != form.All(p.Name)[0] {
				t.Fatalf("Get and All of %q disagree", p.Name)
			}
		}
		want, err := url.ParseQuery(s)
		if err != nil {
			return
		}
		got := url.Values{}
		for _, p := range form {
			got.Add(p.Name, p.Value)
		}
		if len(got) != len(want) {
			t.Fatalf("%q is read as %q, want %q", s, got, want)
		}
		for name, values := range want {
			if !slices.Equal(got[name], values) {
				t.Fatalf("%q: %q is %q, want %q", s, name, got[name], values)
			}
		}
	})
}

// Whatever a request carries, it is read or refused with a reason, by both
// dialects, and what is read keeps the rules.
func FuzzRequests(f *testing.F) {
	f.Add("topic=a&lastEventID=1&topics=on", "topic=a&data=x&private&id=1&type=t&retry=1")
	f.Add("match=a&match_urlpattern=/:x&last_event_id=1", "topic=%2A&type=mercure")
	f.Add("MATCH=a", "topic=/.well-known/mercure/x")
	own, err := topic.NewNamespace("http://localhost/.well-known/mercure")
	if err != nil {
		f.Fatal(err)
	}
	limits := dialect.Limits{}.WithDefaults()
	f.Fuzz(func(t *testing.T, query, body string) {
		r := httptest.NewRequest("GET", "/.well-known/mercure", nil)
		q, b := dialect.ParseForm(query), dialect.ParseForm(body)
		reasoned := func(what string, refusal *dialect.Refusal) bool {
			if refusal == nil {
				return false
			}
			if refusal.Status < 400 || refusal.Rule == "" || refusal.Reason == "" {
				t.Fatalf("%s of %q, %q is refused without a reason: %+v", what, query, body, refusal)
			}
			return true
		}
		if sub, refusal := classic.ParseSubscribe(r, q, limits); !reasoned("a classic subscription", refusal) && len(sub.Matchers) != len(q.All("topic")) {
			t.Fatalf("%q has %d selectors, read as %d", query, len(q.All("topic")), len(sub.Matchers))
		}
		if sub, refusal := draft1.ParseSubscribe(r, q, b, limits, "http://localhost/.well-known/mercure"); !reasoned("a draft1 subscription", refusal) {
			n := 0
			for _, p := range append(q, b...) {
				if strings.HasPrefix(strings.ToLower(p.Name), "match") {
					n++
				}
			}
			if len(sub.Matchers) != n {
				t.Fatalf("%q, %q have %d matchers, read as %d", query, body, n, len(sub.Matchers))
			}
		}
		for name, parse := range map[string]func(dialect.Form, dialect.Limits, *topic.Namespace) (*updateType, *dialect.Refusal){"classic": classic.ParsePublish, "draft1": draft1.ParsePublish} {
			u, refusal := parse(b, limits, own)
			if reasoned("a "+name+" update", refusal) {
				continue
			}
			if fault := u.Check(name == "draft1"); fault != nil {
				t.Fatalf("%s took %+v: %v", name, u, fault)
			}
			for _, tp := range u.Topics {
				if own.Holds(tp) || name == "draft1" && tp == "*" {
					t.Fatalf("%s took the topic %q", name, tp)
				}
			}
		}
	})
}
