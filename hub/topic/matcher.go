// Package topic decides which topics a subscriber or a token means: the
// matchers of both dialects, and the index from a topic to who follows it. It
// imports nothing of ours.
package topic

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/dunglas/go-urlpattern"
)

// Kind says how a matcher reads its pattern.
type Kind uint8

const (
	// Exact compares byte for byte.
	Exact Kind = iota
	// Any is the reserved matcher "*": every topic.
	Any
	// Template is a classic selector that is a URI Template (RFC 6570, levels
	// 1 to 4). It also equals itself as a string.
	Template
	// URLPattern is a WHATWG URL Pattern, draft1's match_urlpattern.
	URLPattern
)

// Wildcard is the reserved pattern that matches every topic in both dialects.
const Wildcard = "*"

// MaxPattern is the longest pattern that is compiled, in bytes.
const MaxPattern = 4096

// ErrTooLong is returned for a pattern of more than MaxPattern bytes.
var ErrTooLong = fmt.Errorf("the selector is longer than %d bytes", MaxPattern)

// A Matcher is one compiled topic matcher. It is immutable and safe for
// concurrent use. Matchers are made by Selector, NewExact and Compiler.
type Matcher struct {
	kind    Kind
	written Kind // what the client wrote: the kind of "*" is Any however it came
	pattern string
	re      *regexp.Regexp         // Template
	url     *urlpattern.URLPattern // URLPattern
	base    string                 // URLPattern: the hub's URL, for relative topics
}

// Kind returns how the matcher reads its pattern.
func (m *Matcher) Kind() Kind { return m.kind }

// Written returns the kind that the client asked for, which "*" does not have.
func (m *Matcher) Written() Kind { return m.written }

// Pattern returns the pattern as the client wrote it.
func (m *Matcher) Pattern() string { return m.pattern }

// Match reports whether topic is one that m means. It takes time linear in
// the length of topic for every kind of matcher.
func (m *Matcher) Match(topic string) bool {
	switch m.kind {
	case Any:
		return true
	case Template:
		return m.pattern == topic || m.re.MatchString(topic)
	case URLPattern:
		return m.url.Test(topic, m.base)
	default:
		return m.pattern == topic
	}
}

// Selector compiles a classic topic selector: "*", a URI Template, or any
// other string, which then matches itself (draft-07, Topic Selectors).
func Selector(selector string) (*Matcher, error) {
	if selector == Wildcard {
		return &Matcher{kind: Any, pattern: selector}, nil
	}
	if len(selector) > MaxPattern {
		return nil, ErrTooLong
	}
	if re := template(selector); re != nil {
		return &Matcher{kind: Template, written: Template, pattern: selector, re: re}, nil
	}
	return &Matcher{kind: Exact, pattern: selector}, nil
}

// NewExact compiles draft1's match and match_exact, in which only "*" is
// special.
func NewExact(pattern string) (*Matcher, error) {
	if pattern == Wildcard {
		return &Matcher{kind: Any, pattern: pattern}, nil
	}
	if len(pattern) > MaxPattern {
		return nil, ErrTooLong
	}
	return &Matcher{kind: Exact, pattern: pattern}, nil
}

// ErrPattern is wrapped by the error for a URL Pattern that is not well formed.
var ErrPattern = errors.New("not a well-formed URL Pattern")

// NewURLPattern compiles draft1's match_urlpattern. A relative pattern, and a
// relative topic later, is resolved against base, the hub's URL.
func NewURLPattern(pattern, base string) (*Matcher, error) {
	if pattern == Wildcard {
		return &Matcher{kind: Any, written: URLPattern, pattern: pattern}, nil
	}
	if len(pattern) > MaxPattern {
		return nil, ErrTooLong
	}
	u, err := urlpattern.New(pattern, base, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrPattern, err)
	}
	return &Matcher{kind: URLPattern, written: URLPattern, pattern: pattern, url: u, base: base}, nil
}

// MatchAny returns the first topic of topics that one of matchers means, and
// whether there is one.
func MatchAny(matchers []*Matcher, topics []string) (string, bool) {
	for _, t := range topics {
		for _, m := range matchers {
			if m.Match(t) {
				return t, true
			}
		}
	}
	return "", false
}
