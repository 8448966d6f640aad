package settings

import (
	"errors"
	"fmt"
)

// A Directive is one line of a configuration: a name, its arguments, and the
// lines of the block that may follow. Only a block of global options, as a
// Caddyfile may begin with, has no name.
type Directive struct {
	Name  string
	Args  []string
	Block []Directive
	Line  int
}

// ParseDirectives reads directives as Caddy's configuration files write them:
// one a line, words apart by white space, "quoted" or `quoted` words that may
// hold line breaks, comments from a # at the start of a word, a \ at the end of
// a line that goes on, a { at the end of a line opening a block. Placeholders
// such as {$NAME} are left as they are.
func ParseDirectives(text string) ([]Directive, error) {
	lines := lineNumbers(text)
	return parse(text, func(offset int) int { return lines[offset] })
}

// maxDepth bounds how deeply blocks nest; a Caddyfile's site, route, mercure,
// issuer, publisher are five.
const maxDepth = 16

// parse reads text whose byte at an offset stands in line lineAt(offset).
func parse(text string, lineAt func(offset int) int) ([]Directive, error) {
	lines, err := splitLines(text, lineAt)
	if err != nil {
		return nil, err
	}
	p := &parser{lines: lines}
	return p.block(0, 0)
}

type parser struct {
	lines []line
	next  int
}

// block reads directives up to the } of the block that was opened in a line,
// or all if depth is 0.
func (p *parser) block(depth, opened int) ([]Directive, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("line %d: blocks are nested more than %d deep", opened, maxDepth)
	}
	var list []Directive
	for p.next < len(p.lines) {
		l := p.lines[p.next]
		p.next++
		if len(l.words) == 1 && l.words[0].is("}") {
			if depth > 0 {
				return list, nil
			}
			return nil, fmt.Errorf("line %d: a } without a block to close", l.number)
		}
		d, opens, err := l.directive(depth)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", l.number, err)
		}
		if opens {
			if d.Block, err = p.block(depth+1, l.number); err != nil {
				return nil, err
			}
		}
		list = append(list, d)
	}
	if depth > 0 {
		return nil, fmt.Errorf("line %d: a block is not closed: add a } on a line of its own", opened)
	}
	return list, nil
}

// directive reads one line.
func (l line) directive(depth int) (d Directive, opens bool, err error) {
	rest := l.words
	if opens = rest[len(rest)-1].is("{"); opens {
		rest = rest[:len(rest)-1]
	}
	for _, w := range rest {
		switch {
		case w.is("{"):
			return d, false, errors.New("a { opens a block and must end its line: write what follows on lines of their own")
		case w.is("}"):
			return d, false, errors.New("a } closes a block and must stand on a line of its own")
		}
	}
	d.Line = l.number
	if len(rest) == 0 {
		if depth > 0 {
			return d, false, errors.New("a { without a name before it")
		}
		return d, true, nil
	}
	if d.Name = rest[0].text; d.Name == "" {
		return d, false, errors.New(`"" is not a directive`)
	}
	for _, w := range rest[1:] {
		d.Args = append(d.Args, w.text)
	}
	return d, opens, nil
}
