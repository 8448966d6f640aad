package topic

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nlnwa/whatwg-url/url"
	"github.com/yosida95/uritemplate/v3"
)

func FuzzSelector(f *testing.F) {
	for _, s := range []string{"*", "a", "https://example.com/{id}", "{+path}/x{?a,b*}", "{a:3}{/b*}{;c}{&d}{#e}{.f}", "{", "{}", "{a,a,a}", "{a:10000}"} {
		f.Add(s, "https://example.com/1")
	}
	f.Fuzz(func(t *testing.T, selector, topic string) {
		m, err := Selector(selector)
		if err != nil {
			if len(selector) <= MaxPattern {
				t.Fatalf("Selector(%q): %v", selector, err)
			}
			return
		}
		if !m.Match(selector) {
			t.Fatalf("%q does not match itself", selector)
		}
		got := m.Match(topic)
		if m.Kind() == Exact && got != (selector == topic) {
			t.Fatalf("%q matches %q: %v", selector, topic, got)
		}
		if m.Kind() == Template {
			expansions(t, m, topic)
		}
		x := NewIndex[int]()
		x.Add(1, []*Matcher{m})
		found := false
		x.Each([]string{topic}, func(int, string) { found = true })
		if found != got {
			t.Fatalf("%q and %q: the matcher says %v, the index %v", selector, topic, got, found)
		}
		x.Remove(1, []*Matcher{m})
		if x.Len() != 0 {
			t.Fatalf("%q stays in the index", selector)
		}
	})
}

var prefixed = regexp.MustCompile(`\{[^}]*:`)

// expansions checks that a template matches what the library expands it to.
func expansions(t *testing.T, m *Matcher, text string) {
	tmpl, err := uritemplate.New(m.Pattern())
	if err != nil {
		t.Fatal(err)
	}
	for i, value := range []uritemplate.Value{
		uritemplate.String(text), uritemplate.String(""), uritemplate.List(text, "b"), uritemplate.KV("k", "v", "k2", text),
	} {
		if i > 1 && prefixed.MatchString(m.Pattern()) {
			return // RFC 6570, 2.4.1: a prefix is for strings only
		}
		values := uritemplate.Values{}
		for j, name := range tmpl.Varnames() {
			if i+j == 0 || (i+j)%3 != 0 { // some stay undefined
				values.Set(name, value)
			}
		}
		expanded, err := tmpl.Expand(values)
		if err != nil || !utf8.ValidString(m.Pattern()+text) {
			continue
		}
		if !m.Match(expanded) {
			t.Fatalf("%q expands to %q, which it does not match", m.Pattern(), expanded)
		}
	}
}

func FuzzURLPattern(f *testing.F) {
	for _, s := range []string{"*", "/books/:id", "https://*.example.com/:a(\\d+)?", "https://example.com/{x}+", "?q=:q#:h", "data:*", "http://[::1]:*/", "/(", "{", ":", "\\", "//", "https://\u00e9.example/"} {
		f.Add(s, "https://example.com/books/1")
		f.Add(s, "/books/1")
	}
	const base = "https://hub.example.com/.well-known/mercure"
	f.Fuzz(func(t *testing.T, pattern, topic string) {
		m, err := NewURLPattern(pattern, base)
		if err != nil {
			return
		}
		m.Match(topic)
		m.Match(pattern)
	})
}

// Holds must give the answer of a full resolution, also where it does not
// resolve, and no spelling of a reserved topic may slip through.
func FuzzNamespace(f *testing.F) {
	for _, s := range []string{"", "/.well-known/mercure", "/.well-known/%6Dercure/x", "mercure", "./mercure", "../.well-known/mercure", "?x", "#x", "https://a/.well-known/mercure/", "/.well-known/mercure%2Fx", "\\.well-known\\mercure", "https:/.well-known/mercure", "urn:mercure", "foo:/.well-known/mercure", "/.well-known/x/%2e%2e/mercure", "//h/.well-known/mercure"} {
		f.Add(s, uint64(3))
	}
	const base = "http://localhost/.well-known/mercure"
	n, err := NewNamespace(base)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, topic string, escape uint64) {
		if !utf8.ValidString(topic) || strings.ContainsFunc(topic, func(r rune) bool { return r < 0x20 || r >= 0x7f && r <= 0x9f }) {
			return // no update has such a topic
		}
		want := false
		if u, err := url.ParseRef(base, topic); err == nil {
			path := normalPath(u.Pathname())
			want = path == "/.well-known/mercure" || strings.HasPrefix(path, "/.well-known/mercure/")
		}
		if got := n.Holds(topic); got != want {
			t.Fatalf("Holds(%q) = %v, resolving it says %v", topic, got, want)
		}
		if !want {
			return
		}
		// Escape some of the letters of the path's last segment.
		i := strings.Index(topic, "mercure")
		if i < 0 {
			return
		}
		var b strings.Builder
		for j, c := range []byte("mercure") {
			if escape>>j&1 == 1 {
				b.WriteString("%" + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
			} else {
				b.WriteByte(c)
			}
		}
		other := topic[:i] + b.String() + topic[i+7:]
		if u, err := url.ParseRef(base, other); err == nil && strings.HasSuffix(u.Pathname(), other[i:]) && !n.Holds(other) {
			t.Fatalf("%q is reserved, %q is not", topic, other)
		}
	})
}
