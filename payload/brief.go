package payload

import "math"

// brief is what a node says of most of its strings and numbers: how long the
// ones may be and what they may say, and between which whole numbers the others
// are. Nearly all values are settled by it in one go, and in the browser calls
// cost more than the reading.
type brief struct {
	strings     bool
	longest     int
	numbers     bool
	fractions   bool
	least, most int64 // whole numbers from and to which all numbers hold
}

// briefOf finds what ready keeps. What is left out of it is judged all the same,
// by validator.value.
func briefOf(n *node) brief {
	if n.special || n.constant != nil {
		return brief{}
	}
	b := brief{
		strings:   n.types&typeString != 0 && n.pattern == nil && n.format == formatNone,
		longest:   math.MaxInt,
		numbers:   n.types&(typeNumber|typeInteger) != 0 && n.multiple == nil && n.enum == nil,
		fractions: n.types&typeNumber != 0,
		least:     math.MinInt64,
		most:      math.MaxInt64,
	}
	if n.maxLength >= 0 {
		b.longest = n.maxLength
	}
	// The bounds themselves are left out where they need not be: one rule for
	// minimum and exclusiveMinimum, whole numbers and fractions.
	for _, low := range [...]*decimal{n.minimum, n.above} {
		switch {
		case low == nil || low.negative && low.exponent > smallDigits:
		case low.isSmall && low == n.minimum:
			b.least = max(b.least, low.small)
		case low.isSmall:
			b.least = max(b.least, low.small+1)
		default:
			b.numbers = false
		}
	}
	for _, high := range [...]*decimal{n.maximum, n.below} {
		switch {
		case high == nil || !high.negative && high.exponent > smallDigits:
		case high.isSmall:
			b.most = min(b.most, high.small-1)
		default:
			b.numbers = false
		}
	}
	return b
}

// unsettled is what brief returns in place of an offset: no value ends there.
const unsettled = 0

// brief reads the value at data[i] if it is short work and holds, and returns
// where it ends. It returns unsettled where value has to look closer: at all
// that is wrong, among others. i may be behind the data.
func (v *validator) brief(i int, n *node) int {
	data := v.data
	if i >= len(data) {
		return unsettled
	}
	switch c := data[i]; {
	case c == '"' && n.brief.strings:
		i++
		start := i
		i = skipPlain(data, i)
		if i == len(data) || data[i] != '"' || i-start < n.minLength || i-start > n.brief.longest {
			return unsettled
		}
		if n.enum != nil && !n.enum.hasString(data[start:i]) {
			return unsettled
		}
		return i + 1
	case (c == '-' || c-'0' <= 9) && n.brief.numbers:
		negative := c == '-'
		if negative {
			i++
		}
		start := i
		whole := int64(0)
		for i < len(data) && data[i]-'0' <= 9 {
			whole = whole*10 + int64(data[i]-'0')
			i++
		}
		digits := i - start
		if digits == 0 || digits > smallDigits || digits > 1 && data[start] == '0' {
			return unsettled
		}
		if negative {
			whole = -whole
		}
		least := whole // with the fraction it is not less
		if i < len(data) && data[i] == '.' && n.brief.fractions {
			i++
			start = i
			for i < len(data) && data[i]-'0' <= 9 {
				i++
			}
			if i == start {
				return unsettled
			}
			if negative {
				least--
			}
		}
		if i < len(data) && (data[i] == '.' || data[i]|0x20 == 'e') || least < n.brief.least || whole > n.brief.most {
			return unsettled
		}
		return i
	}
	return unsettled
}
