package payload

import (
	"math/bits"
	"runtime"
	"unicode/utf8"
	"unsafe"
)

// text is what one reading of a string tells about it.
type text struct {
	end     int  // where the closing quote stands, or stopped
	chars   int  // Unicode code points, with escapes and surrogate pairs as one
	escaped bool // the bytes in the data are not yet the string itself
	broken  int  // where it first is not Unicode, or 0 (a quote always comes first)
}

// plain marks the bytes that stand in a string for themselves: all of ASCII but
// the quote, the backslash and the control characters (RFC 8259 §7).
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// skipPlain returns where, from data[i] on, the bytes are no longer all plain.
func skipPlain(data []byte, i int) int {
	const (
		ones = 0x0101010101010101
		high = 0x8080808080808080
	)
	for ; i+8 <= len(data); i += 8 {
		var x uint64 // the eight bytes, the first one lowest: one instruction
		if runtime.GOARCH == "wasm" {
			x = *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(data)), i))
		} else {
			b := data[i : i+8 : i+8]
			x = uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		}
		quote, backslash := x^(ones*'"'), x^(ones*'\\')
		// Where the highest bit of a byte remains, the byte is no ASCII, or it was
		// less than what is taken away from it. Of the first such byte this is
		// certain; it may borrow from those behind it.
		if not := (x | (x - ones*' ') | (quote - ones) | (backslash - ones)) & high; not != 0 {
			return i + bits.TrailingZeros64(not)/8
		}
	}
	for i < len(data) && plain[data[i]] {
		i++
	}
	return i
}

// scanString reads the string whose opening quote should stand at data[i].
func (v *validator) scanString(i int, expected string) text {
	data := v.data
	if i >= len(data) || data[i] != '"' {
		return text{end: v.syntax(i, expected)}
	}
	i++
	t := text{chars: -i} // less the bytes that make no code point of their own
	for {
		if i = skipPlain(data, i); i >= len(data) {
			t.end = v.syntax(i, "a closing quote")
			return t
		}
		switch c := data[i]; {
		case c == '"':
			t.end = i
			t.chars += i
			return t
		case c == '\\':
			size, ok := escapeSize(data[i:])
			if size == 0 {
				t.end = v.syntax(i+1, `one of " \ / b f n r t u behind a backslash`)
				return t
			}
			if size < 0 {
				t.end = v.syntax(i-size, `four hexadecimal digits behind \u`)
				return t
			}
			if !ok && t.broken == 0 {
				t.broken = i
			}
			t.escaped = true
			t.chars -= size - 1
			i += size
		case c < ' ':
			t.end = v.syntax(i, "no control character: escape it")
			return t
		case c >= 0xC2 && c < 0xE0 && i+1 < len(data) && data[i+1]&0xC0 == 0x80:
			// Two bytes, always valid; most alphabets: worth the shortcut.
			for more := true; more; more = i+1 < len(data) && data[i] >= 0xC2 && data[i] < 0xE0 && data[i+1]&0xC0 == 0x80 {
				t.chars--
				i += 2
			}
		default:
			r, size := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && size == 1 && t.broken == 0 {
				t.broken = i
			}
			t.chars -= size - 1
			i += size
		}
	}
}

// escapeSize measures the escape at the start of data. A surrogate pair is one
// escape of 12 bytes. ok is false for half of a pair, which is no Unicode
// character (RFC 7493 §2.1). A size of 0 is an unknown escape, and one below 0
// is minus the offset of what should have been a hexadecimal digit.
func escapeSize(data []byte) (size int, ok bool) {
	if len(data) < 2 {
		return 0, false
	}
	switch data[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, true
	case 'u':
	default:
		return 0, false
	}
	high := 0
	for i := 2; i < 6; i++ {
		d := -1
		if i < len(data) {
			d = hexValue(data[i])
		}
		if d < 0 {
			return -i, false
		}
		high = high<<4 | d
	}
	switch {
	case high < 0xD800 || high > 0xDFFF:
		return 6, true
	case high > 0xDBFF || len(data) < 12 || data[6] != '\\' || data[7] != 'u':
		return 6, false
	}
	if low := hex4(data[8:12]); low < 0xDC00 || low > 0xDFFF {
		return 6, false
	}
	return 12, true
}

// hex4 reads four hexadecimal digits. It returns -1 when they are not.
func hex4(b []byte) int {
	n := 0
	for _, c := range b[:4] {
		d := hexValue(c)
		if d < 0 {
			return -1
		}
		n = n<<4 | d
	}
	return n
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// nextRune returns the first code point of a scanned string that is not empty,
// and how many bytes it takes there. What is not Unicode reads as U+FFFD.
func nextRune(raw []byte) (r rune, size int) {
	if raw[0] != '\\' {
		return utf8.DecodeRune(raw)
	}
	switch c := raw[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	default:
		return rune(c), 2
	case 'u':
	}
	size, ok := escapeSize(raw)
	switch {
	case !ok:
		return utf8.RuneError, size
	case size == 12:
		return 0x10000 + rune(hex4(raw[2:])&0x3FF)<<10 + rune(hex4(raw[8:])&0x3FF), size
	}
	return rune(hex4(raw[2:])), size
}

// appendUnescaped appends the string that a scanned string stands for.
func appendUnescaped(dst, raw []byte) []byte {
	for len(raw) > 0 {
		r, n := nextRune(raw)
		dst = utf8.AppendRune(dst, r)
		raw = raw[n:]
	}
	return dst
}

// equalsUnescaped compares a scanned string with s, without a copy.
func equalsUnescaped(raw []byte, s string) bool {
	for len(raw) > 0 && len(s) > 0 {
		r, n := nextRune(raw)
		q, m := utf8.DecodeRuneInString(s)
		if r != q {
			return false
		}
		raw, s = raw[n:], s[m:]
	}
	return len(raw) == 0 && len(s) == 0
}
