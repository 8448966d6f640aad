package pattern

import "unicode/utf8"

// class is a set of code points. It is built by add and negate, and then
// finished by seal before contains may be asked.
type class struct {
	ranges []span    // in any order until seal, then sorted and merged
	ascii  [2]uint64 // the members below 128, so that most text needs no search
}

// span holds the code points from lo to hi, both included.
type span struct{ lo, hi rune }

func (c *class) add(lo, hi rune) { c.ranges = append(c.ranges, span{lo, hi}) }

func (c *class) addAll(other []span) { c.ranges = append(c.ranges, other...) }

// merge sorts the ranges and joins those that touch.
func (c *class) merge() {
	r := c.ranges
	sortSpans(r)
	out := r[:0]
	for _, s := range r {
		if n := len(out); n > 0 && s.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, s.hi)
			continue
		}
		out = append(out, s)
	}
	c.ranges = out
}

// sortSpans is a merge sort: package slices costs 4 KB in the browser.
func sortSpans(r []span) {
	if len(r) < 2 {
		return
	}
	half := len(r) / 2
	sortSpans(r[:half])
	sortSpans(r[half:])
	if r[half-1].lo <= r[half].lo {
		return
	}
	low, high := append([]span{}, r[:half]...), r[half:]
	for i := range r {
		if len(low) == 0 {
			return // the others are in place
		}
		if len(high) > 0 && high[0].lo < low[0].lo {
			r[i], high = high[0], high[1:]
		} else {
			r[i], low = low[0], low[1:]
		}
	}
}

// negate turns the class into everything it was not.
func (c *class) negate() {
	c.merge()
	var out []span
	next := rune(0)
	for _, s := range c.ranges {
		if s.lo > next {
			out = append(out, span{next, s.lo - 1})
		}
		next = s.hi + 1
	}
	if next <= utf8.MaxRune {
		out = append(out, span{next, utf8.MaxRune})
	}
	c.ranges = out
}

func (c *class) seal() *class {
	c.merge()
	for _, s := range c.ranges {
		for r := s.lo; r <= s.hi && r < utf8.RuneSelf; r++ {
			c.ascii[r>>6] |= 1 << (r & 63)
		}
	}
	return c
}

func (c *class) contains(r rune) bool {
	if r < utf8.RuneSelf {
		return c.ascii[r>>6]&(1<<(r&63)) != 0
	}
	lo, hi := 0, len(c.ranges)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		switch s := c.ranges[mid]; {
		case r < s.lo:
			hi = mid
		case r > s.hi:
			lo = mid + 1
		default:
			return true
		}
	}
	return false
}

// isWord is membership of \w, which stays ASCII under the u flag alone
// (ECMA-262 §22.2.2.9.3 WordCharacters).
func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
}

// named returns the set that the letter after a backslash stands for, or nil.
func named(letter byte) *class {
	c := &class{}
	switch letter {
	case 'd', 'D':
		c.add('0', '9')
	case 'w', 'W':
		c.addAll([]span{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}})
	case 's', 'S':
		// ECMA-262 §12.2 WhiteSpace and §12.3 LineTerminator.
		c.addAll([]span{{'\t', '\r'}, {' ', ' '}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A},
			{0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}})
	default:
		return nil
	}
	if letter < 'a' {
		c.negate()
	}
	return c
}

// dot is what "." stands for: anything that does not end a line.
func dot() *class {
	c := &class{ranges: []span{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}}
	c.negate()
	return c.seal()
}
