package payload

// decimal is a number as it is written, without rounding: JSON's numbers have
// no size (RFC 8259 §6), so 1e400 and 10000000000000000001 are compared by
// their digits. Its value is ±0.d₁d₂d₃… × 10^exponent, where the d are the
// digits in text[first:last] (a decimal point among them is passed over),
// beginning and ending with one that is not zero.
//
// Zero has no digits, first == last, and no exponent; its sign means nothing.
type decimal struct {
	text        []byte
	first, last int
	exponent    int64
	negative    bool
	// small is the value of a written integer of at most 18 digits; most
	// numbers are, and then comparing is one instruction.
	small   int64
	isSmall bool
}

// maxExponent is where exponents stop growing. It is far above what the digits
// of any text in memory can add or take away, so saturation changes no verdict
// against a bound that was itself read with an exponent below maxBoundExponent.
const maxExponent = 1 << 60

// maxBoundExponent is the largest exponent a schema may write in a bound.
const maxBoundExponent = 1_000_000

// smallDigits is how many digits always fit an int64.
const smallDigits = 18

// scanNumber reads the number that begins at data[i], by the grammar of RFC
// 8259 §6. It returns where the number ends; when it is not one, ok is false,
// end is where it went wrong and expected is what should have stood there.
func scanNumber(data []byte, i int) (d decimal, end int, expected string) {
	start := i
	if i < len(data) && data[i] == '-' {
		d.negative = true
		i++
	}
	digits := i
	var value int64 // meaningful for up to smallDigits digits; wraps beyond
	for i < len(data) && data[i]-'0' <= 9 {
		value = value*10 + int64(data[i]-'0')
		i++
	}
	switch {
	case i == digits:
		return d, i, "a digit"
	case i > digits+1 && data[digits] == '0':
		return d, digits + 1, "a number without leading zeros"
	}
	point := i
	written := int64(0)
	if i < len(data) && data[i] == '.' {
		i++
		fraction := i
		for i < len(data) && data[i]-'0' <= 9 {
			i++
		}
		if i == fraction {
			return d, i, "a digit behind the decimal point"
		}
	}
	mantissa := i
	if i < len(data) && data[i]|0x20 == 'e' {
		i++
		negative := false
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			negative = data[i] == '-'
			i++
		}
		first := i
		for i < len(data) && data[i]-'0' <= 9 {
			if written > maxExponent/10 {
				written = maxExponent
			} else {
				written = written*10 + int64(data[i]-'0')
			}
			i++
		}
		if i == first {
			return d, i, "a digit in the exponent"
		}
		if negative {
			written = -written
		}
	}
	if i == point && point-digits <= smallDigits {
		d.isSmall, d.small = true, value
		if d.negative {
			d.small = -value
		}
	}
	d.text = data[start:i]
	d.trim(digits-start, point-start, mantissa-start, written)
	return d, i, ""
}

// trim finds the significant digits and the exponent that goes with them.
func (d *decimal) trim(digits, point, mantissa int, written int64) {
	first, last := digits, mantissa
	for first < last && (d.text[first] == '0' || d.text[first] == '.') {
		first++
	}
	for last > first && (d.text[last-1] == '0' || d.text[last-1] == '.') {
		last--
	}
	d.first, d.last = first, last
	if first == last {
		return
	}
	// The point stands point-first digits behind the first significant one, or
	// before it, where the point itself has to be left out of the count.
	places := int64(point - first)
	if first > point {
		places++
	}
	d.exponent = written + places
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (d *decimal) isZero() bool { return d.first == d.last }

// significant is how many significant digits there are.
func (d *decimal) significant() int64 {
	n := d.last - d.first
	for _, c := range d.text[d.first:d.last] {
		if c == '.' {
			n--
			break
		}
	}
	return int64(n)
}

// isInteger reports whether the value is whole, however it is written: 1.0 and
// 1e2 are (JSON Schema validation §6.1.1).
func (d *decimal) isInteger() bool {
	return d.isSmall || d.exponent >= d.significant()
}

// count returns the value as a number of things, if it is one of at most 18
// digits.
func (d *decimal) count() (n int, ok bool) {
	if d.isZero() {
		return 0, true
	}
	if d.negative || !d.isInteger() || d.exponent > smallDigits {
		return 0, false
	}
	for _, c := range d.text[d.first:d.last] {
		if c != '.' {
			n = n*10 + int(c-'0')
		}
	}
	for range d.exponent - d.significant() {
		n *= 10
	}
	return n, true
}

// magnitude returns the value without its sign, if it is whole and fits.
func (d *decimal) magnitude() (n uint64, ok bool) {
	const most, digits = 1<<64 - 1, 20
	if d.isZero() {
		return 0, true
	}
	if !d.isInteger() || d.exponent > digits {
		return 0, false
	}
	for _, c := range d.text[d.first:d.last] {
		if c == '.' {
			continue
		}
		if n > (most-uint64(c-'0'))/10 {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	for range d.exponent - d.significant() {
		if n > most/10 {
			return 0, false
		}
		n *= 10
	}
	return n, true
}

// compare returns -1, 0 or 1 as d is less than, equal to or greater than other.
func (d *decimal) compare(other *decimal) int {
	if d.isSmall && other.isSmall {
		return order(d.small, other.small)
	}
	switch {
	case d.isZero() && other.isZero():
		return 0
	case d.isZero():
		return sign(!other.negative)
	case other.isZero(), d.negative != other.negative:
		return sign(d.negative)
	}
	size := order(d.exponent, other.exponent)
	if size == 0 {
		size = d.compareDigits(other)
	}
	if d.negative {
		return -size
	}
	return size
}

func sign(negative bool) int {
	if negative {
		return -1
	}
	return 1
}

func order(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// compareDigits compares the digits in turn; where one number runs out of them,
// the other is greater, because its last digit is not zero.
func (d *decimal) compareDigits(other *decimal) int {
	i, j := d.first, other.first
	for {
		if i < d.last && d.text[i] == '.' {
			i++
		}
		if j < other.last && other.text[j] == '.' {
			j++
		}
		switch {
		case i == d.last && j == other.last:
			return 0
		case i == d.last:
			return -1
		case j == other.last:
			return 1
		case d.text[i] != other.text[j]:
			return order(int64(d.text[i]), int64(other.text[j]))
		}
		i++
		j++
	}
}

// parseDecimal reads a number that stands in a schema. It reports false for
// what JSON would not call a number, and for exponents beyond maxBoundExponent.
func parseDecimal(text string) (decimal, bool) {
	d, end, expected := scanNumber([]byte(text), 0)
	ok := expected == "" && end == len(text)
	return d, ok && d.exponent <= maxBoundExponent && d.exponent >= -maxBoundExponent
}

func (d *decimal) String() string { return string(d.text) }
