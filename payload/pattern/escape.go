package pattern

import "unicode/utf8"

// escapedAtom reads a backslash and what follows it, outside of brackets.
func (p *parser) escapedAtom() (*expr, *Error) {
	if p.take(`\b`) {
		return &expr{kind: exprAssert, assert: opWordEdge}, nil
	}
	if p.take(`\B`) {
		return &expr{kind: exprAssert, assert: opNoWordEdge}, nil
	}
	set, r, err := p.escape()
	if err != nil {
		return nil, err
	}
	if set != nil {
		return &expr{kind: exprClass, class: set.seal()}, nil
	}
	return literal(r), nil
}

// escape reads a backslash and what follows it: a set such as \d, or one code
// point.
func (p *parser) escape() (*class, rune, *Error) {
	start := p.pos
	p.pos++
	if !p.more() {
		return nil, 0, p.fault(start, "ends in a backslash")
	}
	letter := p.src[p.pos]
	if set := named(letter); set != nil {
		p.pos++
		return set, 0, nil
	}
	switch letter {
	case 't':
		return nil, '\t', p.skip()
	case 'n':
		return nil, '\n', p.skip()
	case 'v':
		return nil, '\v', p.skip()
	case 'f':
		return nil, '\f', p.skip()
	case 'r':
		return nil, '\r', p.skip()
	case '^', '$', '\\', '.', '*', '+', '?', '(', ')', '[', ']', '{', '}', '|', '/':
		return nil, rune(letter), p.skip()
	case 'x':
		p.pos++
		r, ok := p.hex(2)
		if !ok {
			return nil, 0, p.fault(start, `needs two hexadecimal digits after \x`)
		}
		return nil, r, nil
	case 'u':
		r, err := p.unicode(start)
		return nil, r, err
	case 'p', 'P':
		return nil, 0, p.fault(start, "uses Unicode properties, which are not supported: list the ranges")
	case 'k', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return nil, 0, p.fault(start, "uses a backreference, which is not supported")
	case '0':
		p.pos++
		if p.more() && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
			return nil, 0, p.fault(start, `has an octal escape: write \xHH`)
		}
		return nil, 0, nil
	}
	return nil, 0, p.fault(start, "escapes a character that needs or knows no escape")
}

// skip moves past an escape's letter. It returns no error, so that it can stand
// in a return statement.
func (p *parser) skip() *Error { p.pos++; return nil }

func (p *parser) hex(digits int) (r rune, ok bool) {
	if len(p.src)-p.pos < digits {
		return 0, false
	}
	for _, c := range []byte(p.src[p.pos : p.pos+digits]) {
		d := hexDigit(c)
		if d < 0 {
			return 0, false
		}
		r = r<<4 | d
	}
	p.pos += digits
	return r, true
}

func hexDigit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

// unicode reads \uHHHH, a surrogate pair of two of them, or \u{H…}.
func (p *parser) unicode(start int) (rune, *Error) {
	p.pos++
	if p.take("{") {
		var r rune
		first := p.pos
		for p.more() && hexDigit(p.src[p.pos]) >= 0 && r <= utf8.MaxRune {
			r = r<<4 | hexDigit(p.src[p.pos])
			p.pos++
		}
		if p.pos == first || r > utf8.MaxRune || !p.take("}") {
			return 0, p.fault(start, `needs a code point of at most 10FFFF between the braces of \u{}`)
		}
		return p.scalar(r, start)
	}
	r, ok := p.hex(4)
	if !ok {
		return 0, p.fault(start, `needs four hexadecimal digits after \u`)
	}
	if r >= 0xD800 && r < 0xDC00 && p.take(`\u`) {
		if low, ok := p.hex(4); ok && low >= 0xDC00 && low < 0xE000 {
			return 0x10000 + (r-0xD800)<<10 + (low - 0xDC00), nil
		}
	}
	return p.scalar(r, start)
}

// scalar refuses half a surrogate pair: no text that is judged holds one.
func (p *parser) scalar(r rune, start int) (rune, *Error) {
	if r >= 0xD800 && r < 0xE000 {
		return 0, p.fault(start, "names half of a surrogate pair")
	}
	return r, nil
}

// bracket reads a class in square brackets.
func (p *parser) bracket() (*class, *Error) {
	start := p.pos
	p.pos++
	negated := p.take("^")
	c := &class{}
	for !p.take("]") {
		if !p.more() {
			return nil, p.fault(start, `has a "[" that is not closed`)
		}
		at := p.pos
		set, low, err := p.member()
		if err != nil {
			return nil, err
		}
		// A hyphen last in the brackets is itself.
		ranged := p.pos+1 < len(p.src) && p.src[p.pos] == '-' && p.src[p.pos+1] != ']'
		switch {
		case ranged:
			p.pos++
			upper, high, err := p.member()
			if err != nil {
				return nil, err
			}
			if set != nil || upper != nil {
				return nil, p.fault(at, "has a range from or to a set of characters")
			}
			if high < low {
				return nil, p.fault(at, "has a range in the wrong order")
			}
			c.add(low, high)
		case set != nil:
			c.addAll(set.ranges)
		default:
			c.add(low, low)
		}
	}
	if negated {
		c.negate()
	}
	return c, nil
}

// member reads one entry of a class in brackets, where \b is a backspace and a
// hyphen may be escaped.
func (p *parser) member() (*class, rune, *Error) {
	switch {
	case p.take(`\b`):
		return nil, '\b', nil
	case p.take(`\-`):
		return nil, '-', nil
	case p.src[p.pos] == '\\':
		return p.escape()
	}
	return nil, p.rune(), nil
}
