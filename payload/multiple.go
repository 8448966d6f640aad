package payload

import "math/bits"

// divisor is the number of multipleOf, greater than zero: digits × 10^exponent,
// where digits is not a multiple of ten.
type divisor struct {
	digits   uint64
	exponent int64
	text     string
}

// newDivisor reads a divisor. Its significant digits, 18 at most, must fit a
// word, so that a remainder takes one division for each digit of a value.
func newDivisor(d *decimal) (*divisor, bool) {
	if d.isZero() || d.negative || d.significant() > smallDigits {
		return nil, false
	}
	m := &divisor{exponent: d.exponent - d.significant(), text: d.String()}
	for _, c := range d.text[d.first:d.last] {
		if c != '.' {
			m.digits = m.digits*10 + uint64(c-'0')
		}
	}
	return m, true
}

// divides reports whether d is a whole number of times m, exactly (validation
// §6.2.1), in time linear in its digits.
func (m *divisor) divides(d *decimal) bool {
	if d.isZero() {
		return true
	}
	zeros := d.exponent - d.significant() - m.exponent // how many stand behind d's digits, counted in m's last place
	if zeros < 0 {
		return false // d's last digit is smaller than m's, and not zero
	}
	remainder := uint64(0)
	for _, c := range d.text[d.first:d.last] {
		if c != '.' {
			remainder = m.mulMod(remainder, 10)
			remainder = (remainder + uint64(c-'0')) % m.digits
		}
	}
	for power := 10 % m.digits; zeros > 0; zeros >>= 1 {
		if zeros&1 != 0 {
			remainder = m.mulMod(remainder, power)
		}
		power = m.mulMod(power, power)
	}
	return remainder == 0
}

func (m *divisor) mulMod(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	_, r := bits.Div64(high%m.digits, low, m.digits)
	return r
}

// appendCanonical appends the number so that equal ones look alike.
func (d *decimal) appendCanonical(dst []byte) []byte {
	if d.isZero() {
		return append(dst, '0')
	}
	if d.negative {
		dst = append(dst, '-')
	}
	for _, c := range d.text[d.first:d.last] {
		if c != '.' {
			dst = append(dst, c)
		}
	}
	dst = append(dst, 'e')
	return append(dst, itoa(int(d.exponent))...)
}
