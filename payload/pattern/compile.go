package pattern

type op uint8

const (
	opClass      op = iota // take one code point of class, go to next
	opSplit                // go to next and to other
	opJump                 // go to next
	opBegin                // hold only at the start of the text (ECMA-262 §22.2.2.4)
	opEnd                  // only at its end
	opWordEdge             // only between \w and \W, or an edge of the text
	opNoWordEdge           // only elsewhere
	opMatch
)

// inst is one instruction of the automaton (Thompson's construction).
type inst struct {
	op          op
	next, other uint16
	class       *class
}

// compile writes the instructions of tree and the final match. It reports false
// when they would be more than maxInsts.
func (p *Program) compile(tree *expr) bool {
	return p.emit(tree) && p.push(inst{op: opMatch})
}

// push adds an instruction. Unless told otherwise it goes on to the one behind it.
func (p *Program) push(in inst) bool {
	if len(p.insts) >= maxInsts {
		return false
	}
	in.next = uint16(len(p.insts) + 1)
	p.insts = append(p.insts, in)
	return true
}

func (p *Program) emit(e *expr) bool {
	switch e.kind {
	case exprClass:
		return p.push(inst{op: opClass, class: e.class})
	case exprAssert:
		return p.push(inst{op: e.assert})
	case exprConcat:
		for _, sub := range e.subs {
			if !p.emit(sub) {
				return false
			}
		}
	case exprEither:
		return p.emitEither(e.subs)
	case exprRepeat:
		return p.emitRepeat(e.subs[0], e.min, e.max)
	}
	return true
}

func (p *Program) here() uint16 { return uint16(len(p.insts)) }

func (p *Program) emitEither(subs []*expr) bool {
	var jumps []uint16
	for i, sub := range subs {
		last := i == len(subs)-1
		split := p.here()
		if !last && !p.push(inst{op: opSplit}) {
			return false
		}
		if !p.emit(sub) {
			return false
		}
		if last {
			break
		}
		jumps = append(jumps, p.here())
		if !p.push(inst{op: opJump}) {
			return false
		}
		p.insts[split].other = p.here()
	}
	for _, jump := range jumps {
		p.insts[jump].next = p.here()
	}
	return true
}

func (p *Program) emitRepeat(sub *expr, low, high int) bool {
	for n := 0; n < low; n++ {
		if !p.emit(sub) {
			return false
		}
	}
	if high < 0 {
		return p.emitStar(sub)
	}
	var splits []uint16
	for n := low; n < high; n++ {
		splits = append(splits, p.here())
		if !p.push(inst{op: opSplit}) || !p.emit(sub) {
			return false
		}
	}
	for _, split := range splits {
		p.insts[split].other = p.here()
	}
	return true
}

func (p *Program) emitStar(sub *expr) bool {
	split := p.here()
	if !p.push(inst{op: opSplit}) || !p.emit(sub) {
		return false
	}
	jump := p.here()
	if !p.push(inst{op: opJump}) {
		return false
	}
	p.insts[jump].next = split
	p.insts[split].other = p.here()
	return true
}
