package topic_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"amalgam/hub/topic"
)

func selector(t *testing.T, s string) *topic.Matcher {
	t.Helper()
	m, err := topic.Selector(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The templates are those of RFC 6570, section 1.2, one for each operator of
// each level.
func TestClassicSelectors(t *testing.T) {
	for _, c := range []struct {
		selector, topic string
		want            bool
	}{
		{"*", "anything", true},
		{"a", "a", true},
		{"a", "A", false},
		{"a", "ab", false},
		{"https://example.com/books/{id}", "https://example.com/books/1", true},
		{"https://example.com/books/{id}", "https://example.com/books/1/2", false},
		{"https://example.com/books/{id}", "https://example.com/books/{id}", true},
		{"https://example.com/books/{id}", "https://example.com/books/%7Bid%7D", true},
		{"https://example.com/books/{id}", "xhttps://example.com/books/1", false},
		{"https://example.com/books/{id}", "https://example.com/books/1\n", false},
		{"https://example.com.{x}", "https://exampleXcom.a", false},
		{"{+path}/here", "foo/bar/here", true},
		{"X{#var}", "X#value", true},
		{"map?{x,y}", "map?1024,768", true},
		{"{+x,hello,y}", "1024,Hello%20World!,768", true},
		{"X{.var}", "X.value", true},
		{"{/var,x}/here", "/value/1024/here", true},
		{"{;x,y}", ";x=1024;y=768", true},
		{"u{?x,y}", "u?x=1024&y=768", true},
		{"u?fixed=yes{&x}", "u?fixed=yes&x=1024", true},
		{"{var:3}", "val", true},
		{"{/list*}", "/red/green/blue", true},
		{"{?keys*}", "?semi=%3B&dot=.", true},
		{"https://example.com/users/foo/{?topic}", "https://example.com/users/foo/?topic=https%3A%2F%2Fexample.com%2Fbooks%2F1", true},
		{"https://example.com/users/foo/{?topic}", "https://example.com/users/foo/?other=x", false},
		{"https://example.com/users/foo/{?topic}", "https://example.com/users/foo/?topic", false},
		{"https://example.com/users/foo/{?topic}", "https://example.com/users/foo/?topic=a&b=c", false},
		{"u{?x,y}", "u?y=768", true},
		{"u{?x,y}", "u?y=768&x=1", false},
		{"{;x,y}", ";a=1;b=2", false},
		{"{;x,y}", ";x;y=1", true},
		{"{&x}", "&x=", true},
		{"{?list*}", "?list=red&list=green", true},
		{"{?q:2}", "?q=abc", false},
		{"{var:3}/x", "val/x", true},
		{"{var:3}/x", "value/x", false},
		{"{var:3}", "%C3%A9%C3%A9%C3%A9", true},
		{"{var:3}", "%C3%A9%C3%A9%C3%A9%C3%A9", false},
		{"{list}", "red,green,blue", true},
		{"é/{x}", "é/1", true},
		{"é/{x}", "%C3%A9/1", true},
		{"a.b{x}", "aXb1", false},
		{"{unclosed", "{unclosed", true},
		{"{unclosed", "x", false},
		{"{}", "{}", true},
		{"", "", true},
		{"", "a", false},
	} {
		if got := selector(t, c.selector).Match(c.topic); got != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.selector, c.topic, got, c.want)
		}
	}
}

func TestATemplateTooLargeToCompileEqualsItself(t *testing.T) {
	s := "{" + strings.Repeat("a,", 1500) + "a}"
	if m := selector(t, s); !m.Match(s) || m.Match("x") {
		t.Error("a template of 1,501 variables does not match just itself")
	}
	if _, err := topic.Selector(strings.Repeat("a", topic.MaxPattern+1)); err != topic.ErrTooLong {
		t.Errorf("a selector over the limit: %v, want ErrTooLong", err)
	}
}

func TestTheIndexFindsWhoFollowsATopic(t *testing.T) {
	x := topic.NewIndex[string]()
	follow := map[string][]*topic.Matcher{
		"exact":    {selector(t, "a"), selector(t, "b")},
		"template": {selector(t, "{x}")},
		"again":    {selector(t, "{x}"), selector(t, "a")},
		"all":      {selector(t, "*")},
		"other":    {selector(t, "c/{x}")},
	}
	for s, m := range follow {
		x.Add(s, m)
	}
	who := func(topics ...string) string {
		set := make(map[string]bool)
		x.Each(topics, func(s, by string) { set[s] = true })
		var names []string
		for s := range set {
			names = append(names, s)
		}
		slices.Sort(names)
		return fmt.Sprint(names)
	}
	for _, c := range []struct{ topics, want string }{
		{"a", "[again all exact template]"},
		{"z", "[again all template]"},
		{"c/1", "[all other]"},
		{"c/1 b", "[again all exact other template]"},
		{"no/one", "[all]"},
	} {
		if got := who(strings.Fields(c.topics)...); got != c.want {
			t.Errorf("%s is followed by %s, want %s", c.topics, got, c.want)
		}
	}
	for s, m := range follow {
		x.Remove(s, m)
	}
	if n := x.Len(); n != 0 || who("a") != "[]" {
		t.Errorf("%d matchers are left after everybody has gone, followed by %s", n, who("a"))
	}
}

func TestEscapeAndUnescapeAreInverse(t *testing.T) {
	for s, want := range map[string]string{
		"https://example.com/{a}": "https%3A%2F%2Fexample.com%2F%7Ba%7D",
		"a b%20é~":                "a%20b%2520%C3%A9~",
	} {
		if got := topic.Escape(s); got != want || topic.Unescape(got) != s {
			t.Errorf("Escape(%q) = %q, back to %q; want %q", s, got, topic.Unescape(got), want)
		}
	}
}

func TestARememberedTopicSeesPatternsComeAndGo(t *testing.T) {
	x := topic.NewIndex[int]()
	who := func(name string) string {
		var found []int
		x.Each([]string{name}, func(s int, _ string) { found = append(found, s) })
		slices.Sort(found)
		return fmt.Sprint(found)
	}
	pattern := func(i int) []*topic.Matcher { return []*topic.Matcher{selector(t, fmt.Sprintf("a/{v%d}", i))} }
	if got := who("a/1"); got != "[]" {
		t.Fatalf("nobody follows, found %s", got)
	}
	x.Add(1, pattern(1))
	if got := who("a/1"); got != "[1]" {
		t.Fatalf("found %s, want the first", got)
	}
	x.Add(2, pattern(2))
	x.Add(3, pattern(1))
	if got := who("a/1"); got != "[1 2 3]" {
		t.Fatalf("found %s, want all three", got)
	}
	x.Remove(1, pattern(1))
	x.Remove(3, pattern(1))
	if got := who("a/1"); got != "[2]" {
		t.Fatalf("found %s, want the second", got)
	}
	x.Add(4, pattern(1)) // the same pattern again, after everybody had left it
	if got := who("a/1"); got != "[2 4]" {
		t.Fatalf("found %s, want the second and the fourth", got)
	}
	for i := 10; i < 400; i++ { // enough to have the dead ones dropped, again and again
		x.Add(i, pattern(i))
		if got, want := who("a/1"), fmt.Sprintf("[2 4 %d]", i); got != want {
			t.Fatalf("found %s, want %s", got, want)
		}
		x.Remove(i, pattern(i))
	}
	if got := who("a/1"); got != "[2 4]" {
		t.Fatalf("found %s, want the second and the fourth", got)
	}
	for i := range 40_000 { // more than are remembered
		if got := who(fmt.Sprintf("a/%d", i)); got != "[2 4]" {
			t.Fatalf("topic %d: found %s", i, got)
		}
	}
}
