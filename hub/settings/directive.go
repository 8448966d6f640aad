// Package settings reads what an operator sets, in environment variables and
// directives, and says precisely what is wrong with it.
package settings

import (
	"fmt"
	"strings"
)

// A Directive is one line of a configuration: a name, its arguments, and the
// lines of the block that may follow.
type Directive struct {
	Name  string
	Args  []string
	Block []Directive
	Line  int
}

// ParseDirectives reads directives as Caddy's configuration files write them:
// one a line, words apart by white space, "quoted" or `quoted` words, comments
// from a # at the start of a word, a { at the end of a line opening a block.
func ParseDirectives(text string) ([]Directive, error) {
	lines, err := words(text)
	if err != nil {
		return nil, err
	}
	p := &parser{lines: lines}
	list, err := p.block(false)
	if err != nil {
		return nil, err
	}
	return list, nil
}

type word struct {
	text   string
	quoted bool
}

type line struct {
	number int
	words  []word
}

type parser struct {
	lines []line
	next  int
}

func (p *parser) block(inside bool) ([]Directive, error) {
	var list []Directive
	for p.next < len(p.lines) {
		l := p.lines[p.next]
		p.next++
		if closes(l) {
			if inside {
				return list, nil
			}
			return nil, fmt.Errorf("line %d: a } without a block to close", l.number)
		}
		d := Directive{Name: l.words[0].text, Line: l.number}
		rest := l.words[1:]
		opens := len(rest) > 0 && rest[len(rest)-1] == word{text: "{"}
		if opens {
			rest = rest[:len(rest)-1]
		}
		for _, w := range rest {
			d.Args = append(d.Args, w.text)
		}
		if opens {
			var err error
			if d.Block, err = p.block(true); err != nil {
				return nil, err
			}
		}
		list = append(list, d)
	}
	if inside {
		return nil, fmt.Errorf("a block is not closed: add a } on a line of its own")
	}
	return list, nil
}

func closes(l line) bool { return len(l.words) == 1 && l.words[0] == word{text: "}"} }

// words splits text into lines of words. Lines without words are left out.
func words(text string) ([]line, error) {
	var lines []line
	for i, raw := range strings.Split(text, "\n") {
		l := line{number: i + 1}
		rest := strings.TrimSpace(raw)
		for rest != "" && rest[0] != '#' {
			w, after, err := oneWord(rest)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			l.words = append(l.words, w)
			rest = strings.TrimLeft(after, " \t\r")
		}
		if len(l.words) > 0 {
			lines = append(lines, l)
		}
	}
	return lines, nil
}

func oneWord(s string) (w word, rest string, err error) {
	q := s[0]
	if q != '"' && q != '`' {
		if i := strings.IndexAny(s, " \t\r"); i >= 0 {
			return word{text: s[:i]}, s[i:], nil
		}
		return word{text: s}, "", nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == q:
			return word{text: b.String(), quoted: true}, s[i+1:], nil
		case s[i] == '\\' && q == '"' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	return word{}, "", fmt.Errorf("a quote %c is not closed", q)
}
