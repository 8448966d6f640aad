package payload

// format is a value of the keyword "format" (JSON Schema validation §7), which
// is asserted here, not only noted.
type format uint8

const (
	formatNone format = iota
	formatDateTime
	formatURI
	formatUUID
	formatEmail
	formatDate
	formatTime
	formatIPv4
	formatIPv6
	formatHostname
)

var formats = [...]struct{ name, example string }{
	formatNone:     {},
	formatDateTime: {"date-time", "a date-time such as 2026-01-31T23:59:59Z"},
	formatURI:      {"uri", "a URI such as https://example.com/path"},
	formatUUID:     {"uuid", "a UUID such as 123e4567-e89b-12d3-a456-426614174000"},
	formatEmail:    {"email", "an email address such as name@example.com"},
	formatDate:     {"date", "a date such as 2026-01-31"},
	formatTime:     {"time", "a time such as 23:59:59Z"},
	formatIPv4:     {"ipv4", "an IPv4 address such as 192.0.2.1"},
	formatIPv6:     {"ipv6", "an IPv6 address such as 2001:db8::1"},
	formatHostname: {"hostname", "a host name such as www.example.com"},
}

// formatNamed returns formatNone for a name that is not known.
func formatNamed(name string) format {
	for f := range formats {
		if f != int(formatNone) && formats[f].name == name {
			return format(f)
		}
	}
	return formatNone
}

func (f format) String() string { return formats[f].name }

// example is what a message asks for.
func (f format) example() string { return formats[f].example }

// holds is a switch and no table of functions: called through a pointer, they
// would move the buffer behind s to the heap.
func (f format) holds(s []byte) bool {
	switch f {
	case formatDateTime:
		return isDateTime(s)
	case formatURI:
		return isURI(s)
	case formatUUID:
		return isUUID(s)
	case formatEmail:
		return isEmail(s)
	case formatDate:
		return isDate(s)
	case formatTime:
		return isTimeOfDay(s)
	case formatIPv4:
		return isIPv4(s)
	case formatIPv6:
		return isIPv6(s)
	case formatHostname:
		return isHostname(s)
	}
	return true
}

// formatNames lists the formats for a message.
func formatNames() string {
	s := ""
	for f := formatNone + 1; int(f) < len(formats); f++ {
		switch {
		case int(f) == len(formats)-1:
			s += " or "
		case s != "":
			s += ", "
		}
		s += f.String()
	}
	return s
}

// isHostname matches RFC 1123 §2.1: labels as in isDomain, 253 bytes at most.
// Labels that say they are IDNA (xn--) are not decoded.
func isHostname(s []byte) bool { return len(s) <= 253 && isDomain(s) }

// isUUID matches the text form of RFC 9562 §4, of any version and variant.
func isUUID(s []byte) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range s {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if hexValue(c) < 0 {
				return false
			}
		}
	}
	return true
}

// isEmail matches the mailboxes of RFC 5321 §4.1.2 that people have: a dot-atom
// of at most 64 bytes, an @, and a domain name. Quoted local parts, address
// literals and letters beyond ASCII are refused.
func isEmail(s []byte) bool {
	at := -1
	for i, c := range s {
		if c == '@' {
			at = i
			break
		}
	}
	// 254 is what is left of the 256 of a path (§4.5.3.1.3) without its brackets.
	return at > 0 && at <= 64 && len(s) <= 254 && isDotAtom(s[:at]) && isDomain(s[at+1:])
}

// isDotAtom is RFC 5321's Dot-string: atoms of RFC 5322 §3.2.3 with dots between.
func isDotAtom(s []byte) bool {
	dot := true // a dot may not come first, last, or behind a dot
	for _, c := range s {
		switch {
		case c == '.':
			if dot {
				return false
			}
			dot = true
		case isAlnum(c) || oneOf(c, "!#$%&'*+-/=?^_`{|}~"):
			dot = false
		default:
			return false
		}
	}
	return !dot
}

// isDomain matches names of letters, digits and inner hyphens, in labels of at
// most 63 bytes (RFC 1035 §2.3.4, RFC 1123 §2.1).
func isDomain(s []byte) bool {
	label := 0
	for i, c := range s {
		switch {
		case c == '.':
			if label == 0 || s[i-1] == '-' {
				return false
			}
			label = 0
			continue
		case c == '-':
			if label == 0 {
				return false
			}
		case !isAlnum(c):
			return false
		}
		if label++; label > 63 {
			return false
		}
	}
	return label > 0 && s[len(s)-1] != '-'
}

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }

func oneOf(c byte, set string) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}
