package pattern

import "unicode/utf8"

type exprKind uint8

const (
	exprEmpty  exprKind = iota
	exprClass           // one code point of class
	exprAssert          // assert, which takes no text
	exprConcat          // subs, one after the other
	exprEither          // one of subs
	exprRepeat          // subs[0], from min to max times
)

// expr is a node of the parsed expression.
type expr struct {
	kind     exprKind
	class    *class
	assert   op
	subs     []*expr
	min, max int // max is -1 when there is no upper bound
}

type parser struct {
	src   string
	pos   int
	depth int
	atoms int // how many there were: each, unless it is repeated no times, is an instruction
}

// parse reads a whole expression. Faults travel as *Error inside the parser and
// become an error here only, so that a nil one is never a non-nil interface.
func parse(src string) (tree *expr, err error) {
	p := &parser{src: src}
	for i, r := range src {
		if r == utf8.RuneError && !hasReplacement(src[i:]) {
			return nil, &Error{i, "is not UTF-8"}
		}
	}
	tree, fault := p.either()
	if fault == nil && p.pos < len(src) {
		fault = p.fault(p.pos, `has a ")" that closes nothing: write \)`)
	}
	if fault != nil {
		return nil, fault
	}
	return tree, nil
}

// hasReplacement tells a written U+FFFD from a byte that is not UTF-8.
func hasReplacement(s string) bool {
	_, size := utf8.DecodeRuneInString(s)
	return size > 1
}

func (p *parser) fault(at int, reason string) *Error { return &Error{at, reason} }

func (p *parser) more() bool { return p.pos < len(p.src) }

// take consumes s if it comes next.
func (p *parser) take(s string) bool {
	if len(p.src)-p.pos >= len(s) && p.src[p.pos:p.pos+len(s)] == s {
		p.pos += len(s)
		return true
	}
	return false
}

func (p *parser) rune() rune {
	r, size := utf8.DecodeRuneInString(p.src[p.pos:])
	p.pos += size
	return r
}

// either reads alternatives up to the end or a closing parenthesis.
func (p *parser) either() (*expr, *Error) {
	if p.depth++; p.depth > maxNesting {
		return nil, p.fault(p.pos, "nests its groups too deeply")
	}
	defer func() { p.depth-- }()
	var subs []*expr
	for {
		sub, err := p.concat()
		if err != nil {
			return nil, err
		}
		subs = append(subs, sub)
		if !p.take("|") {
			break
		}
	}
	if len(subs) == 1 {
		return subs[0], nil
	}
	return &expr{kind: exprEither, subs: subs}, nil
}

func (p *parser) concat() (*expr, *Error) {
	var subs []*expr
	for p.more() && p.src[p.pos] != '|' && p.src[p.pos] != ')' {
		start := p.pos
		sub, err := p.atom()
		if err == nil {
			sub, err = p.quantified(sub, start)
		}
		if err != nil {
			return nil, err
		}
		// What is empty is left out, so that all that is repeated makes
		// instructions, which are bounded: ((){1000}){1000} must not take a
		// million turns.
		if sub.kind != exprEmpty {
			subs = append(subs, sub)
		}
	}
	switch len(subs) {
	case 0:
		return &expr{kind: exprEmpty}, nil
	case 1:
		return subs[0], nil
	}
	return &expr{kind: exprConcat, subs: subs}, nil
}

func (p *parser) atom() (*expr, *Error) {
	start := p.pos
	if p.src[p.pos] == '(' {
		return p.group()
	}
	if p.atoms++; p.atoms > maxInsts {
		return nil, p.fault(0, tooLarge)
	}
	switch p.src[p.pos] {
	case '[':
		c, err := p.bracket()
		if err != nil {
			return nil, err
		}
		return &expr{kind: exprClass, class: c.seal()}, nil
	case '\\':
		return p.escapedAtom()
	case '.':
		p.pos++
		return &expr{kind: exprClass, class: dot()}, nil
	case '^':
		p.pos++
		return &expr{kind: exprAssert, assert: opBegin}, nil
	case '$':
		p.pos++
		return &expr{kind: exprAssert, assert: opEnd}, nil
	case '*', '+', '?':
		return nil, p.fault(start, "has a quantifier with nothing to repeat: write a backslash before it")
	case '{', '}', ']':
		return nil, p.fault(start, "has a lone "+p.src[start:start+1]+": write a backslash before it")
	}
	return literal(p.rune()), nil
}

func literal(r rune) *expr {
	c := &class{}
	c.add(r, r)
	return &expr{kind: exprClass, class: c.seal()}
}

func (p *parser) group() (*expr, *Error) {
	start := p.pos
	p.pos++
	if p.take("?") {
		switch {
		case p.take(":"):
		case p.take("="), p.take("!"):
			return nil, p.fault(start, "uses lookahead, which is not supported")
		case p.take("<=") || p.take("<!"):
			return nil, p.fault(start, "uses lookbehind, which is not supported")
		case p.take("<"):
			if err := p.groupName(start); err != nil {
				return nil, err
			}
		default:
			return nil, p.fault(start, "has a group of an unknown kind: only (…), (?:…) and (?<name>…) are supported")
		}
	}
	sub, err := p.either()
	if err != nil {
		return nil, err
	}
	if !p.take(")") {
		return nil, p.fault(start, `has a "(" that is not closed`)
	}
	return sub, nil
}

// groupName skips a name: nothing here can refer back to it.
func (p *parser) groupName(start int) *Error {
	first := p.pos
	for p.more() && p.src[p.pos] != '>' {
		if r := p.rune(); !isWord(r) || p.pos == first+1 && r >= '0' && r <= '9' {
			return p.fault(start, "has a group name that is not letters, digits and _")
		}
	}
	if p.pos == first || !p.take(">") {
		return p.fault(start, "has a group name that is empty or not closed")
	}
	return nil
}

// quantified reads the quantifier behind atom, which began at start.
func (p *parser) quantified(atom *expr, start int) (*expr, *Error) {
	at := p.pos
	low, high := 0, -1
	switch {
	case p.take("*"):
	case p.take("+"):
		low = 1
	case p.take("?"):
		high = 1
	case p.take("{"):
		var err *Error
		if low, high, err = p.counts(at); err != nil {
			return nil, err
		}
	default:
		return atom, nil
	}
	if atom.kind == exprAssert {
		return nil, p.fault(start, "repeats an assertion, which takes no text")
	}
	p.take("?") // lazy or greedy is the same question when only a yes or no is asked
	if p.more() {
		switch p.src[p.pos] {
		case '*', '+', '?', '{':
			return nil, p.fault(p.pos, "has a quantifier behind a quantifier: put a group around the first")
		}
	}
	if atom.kind == exprEmpty || high == 0 {
		return &expr{kind: exprEmpty}, nil
	}
	return &expr{kind: exprRepeat, subs: []*expr{atom}, min: low, max: high}, nil
}

// counts reads the rest of {n}, {n,} or {n,m}.
func (p *parser) counts(at int) (low, high int, err *Error) {
	low, ok := p.count()
	if !ok {
		return 0, 0, p.fault(at, "has a lone {: write a backslash before it")
	}
	high = low
	if p.take(",") {
		if high, ok = p.count(); !ok {
			high = -1
		}
	}
	switch {
	case !p.take("}"):
		return 0, 0, p.fault(at, "has a { that is not closed")
	case low > maxRepeat || high > maxRepeat:
		return 0, 0, p.fault(at, "repeats more than 1000 times: use minLength and maxLength")
	case high >= 0 && high < low:
		return 0, 0, p.fault(at, "has its repetition bounds in the wrong order")
	}
	return low, high, nil
}

func (p *parser) count() (n int, ok bool) {
	for p.more() && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		n = min(n*10+int(p.src[p.pos]-'0'), maxRepeat+1)
		p.pos++
		ok = true
	}
	return n, ok
}
