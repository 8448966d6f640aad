package pattern

import "unicode/utf8"

// smallInsts is the size of program whose threads fit in a small stack frame,
// which saves the clearing of the large one.
const smallInsts = 96

// Match reports whether the expression matches anywhere in text. It looks at
// each code point once, with work bounded by the size of the program, and does
// not allocate. A byte that is not UTF-8 counts as one U+FFFD.
func (p *Program) Match(text []byte) bool {
	if len(p.insts) <= smallInsts {
		return p.matchSmall(text)
	}
	return p.matchLarge(text)
}

func (p *Program) matchSmall(text []byte) bool {
	var a, b, stack [smallInsts]uint16
	var seen [smallInsts]int
	m := machine{insts: p.insts, threads: [2][]uint16{a[:], b[:]}, stack: stack[:], seen: seen[:]}
	return m.run(p.anchored, text)
}

func (p *Program) matchLarge(text []byte) bool {
	var a, b, stack [maxInsts]uint16
	var seen [maxInsts]int
	m := machine{insts: p.insts, threads: [2][]uint16{a[:], b[:]}, stack: stack[:], seen: seen[:]}
	return m.run(p.anchored, text)
}

// machine runs all threads of the automaton in step (Pike's simulation). Its
// slices lie on the caller's stack and are never assigned again: a slice stored
// through a pointer would move there to the heap.
type machine struct {
	insts []inst
	// threads[step&1] are those of this step, each waiting at an opClass and
	// there only once; the others are what they grew from.
	threads [2][]uint16
	count   [2]int
	stack   []uint16 // instructions still to follow; each is pushed once a step
	seen    []int    // the step in which an instruction was last reached
	step    int
}

// place is what assertions ask about a position in the text.
type place struct {
	begin, end, wordBefore, wordAfter bool
}

func (m *machine) run(anchored bool, text []byte) bool {
	r, size := decode(text)
	where := place{begin: true, end: size == 0, wordAfter: size > 0 && isWord(r)}
	m.step = 1
	if m.follow(0, where) {
		return true
	}
	for size > 0 {
		now := m.threads[m.step&1][:m.count[m.step&1]]
		if anchored && len(now) == 0 {
			return false
		}
		text = text[size:]
		ahead, aheadSize := decode(text)
		where = place{end: aheadSize == 0, wordBefore: where.wordAfter, wordAfter: aheadSize > 0 && isWord(ahead)}
		m.step++
		m.count[m.step&1] = 0
		for _, at := range now {
			in := &m.insts[at]
			if in.class.contains(r) && m.follow(in.next, where) {
				return true
			}
		}
		if !anchored && m.follow(0, where) {
			return true
		}
		r, size = ahead, aheadSize
	}
	return false
}

func decode(text []byte) (rune, int) {
	if len(text) > 0 && text[0] < utf8.RuneSelf {
		return rune(text[0]), 1
	}
	return utf8.DecodeRune(text)
}

// follow starts threads at every opClass that can be reached from at without
// taking text, and reports whether a match is among what it reached.
func (m *machine) follow(at uint16, where place) bool {
	m.stack[0] = at
	for n := 1; n > 0; {
		n--
		at := m.stack[n]
		for m.seen[at] != m.step {
			m.seen[at] = m.step
			in := &m.insts[at]
			holds := true
			switch in.op {
			case opMatch:
				return true
			case opClass:
				m.threads[m.step&1][m.count[m.step&1]] = at
				m.count[m.step&1]++
				holds = false
			case opSplit:
				if m.seen[in.other] != m.step {
					m.stack[n] = in.other
					n++
				}
			case opBegin:
				holds = where.begin
			case opEnd:
				holds = where.end
			case opWordEdge:
				holds = where.wordBefore != where.wordAfter
			case opNoWordEdge:
				holds = where.wordBefore == where.wordAfter
			}
			if !holds {
				break
			}
			at = in.next
		}
	}
	return false
}
