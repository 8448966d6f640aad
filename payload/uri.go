package payload

import "bytes"

// isURI matches URI of RFC 3986 appendix A: with a scheme, in ASCII, a fragment
// allowed. It says nothing of what the scheme may be.
func isURI(s []byte) bool {
	colon := bytes.IndexByte(s, ':')
	if colon < 1 || !isAlpha(s[0]) {
		return false
	}
	for _, c := range s[:colon] {
		if !isAlnum(c) && !oneOf(c, "+-.") {
			return false
		}
	}
	rest := s[colon+1:]
	if hash := bytes.IndexByte(rest, '#'); hash >= 0 {
		if !isEncoded(rest[hash+1:], ":@/?") {
			return false
		}
		rest = rest[:hash]
	}
	if query := bytes.IndexByte(rest, '?'); query >= 0 {
		if !isEncoded(rest[query+1:], ":@/?") {
			return false
		}
		rest = rest[:query]
	}
	if len(rest) >= 2 && rest[0] == '/' && rest[1] == '/' {
		rest = rest[2:]
		end := bytes.IndexByte(rest, '/')
		if end < 0 {
			end = len(rest)
		}
		if !isAuthority(rest[:end]) {
			return false
		}
		rest = rest[end:]
	}
	return isEncoded(rest, ":@/")
}

// isAuthority matches [ userinfo "@" ] host [ ":" port ] (§3.2).
func isAuthority(s []byte) bool {
	if at := bytes.IndexByte(s, '@'); at >= 0 {
		if !isEncoded(s[:at], ":") {
			return false
		}
		s = s[at+1:]
	}
	if len(s) > 0 && s[0] == '[' {
		end := bytes.IndexByte(s, ']')
		if end < 0 || !isIPLiteral(s[1:end]) {
			return false
		}
		return isPort(s[end+1:])
	}
	colon := bytes.IndexByte(s, ':')
	if colon < 0 {
		colon = len(s)
	}
	return isEncoded(s[:colon], "") && isPort(s[colon:]) // reg-name; IPv4address is one too
}

// isPort matches [ ":" port ], where a port is any number of digits (§3.2.3).
func isPort(s []byte) bool {
	for i, c := range s {
		if i == 0 && c != ':' || i > 0 && !isDigit(c) {
			return false
		}
	}
	return true
}

// isEncoded reports whether s is made of unreserved, pct-encoded, sub-delims
// (§2) and the bytes in also.
func isEncoded(s []byte, also string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isAlnum(c) || oneOf(c, "-._~!$&'()*+,;=") || oneOf(c, also):
		case c == '%' && i+2 < len(s) && hexValue(s[i+1]) >= 0 && hexValue(s[i+2]) >= 0:
			i += 2
		default:
			return false
		}
	}
	return true
}

// isIPLiteral matches what stands between the brackets of a host (§3.2.2).
func isIPLiteral(s []byte) bool {
	if len(s) == 0 || s[0]|0x20 != 'v' {
		return isIPv6(s)
	}
	dot := bytes.IndexByte(s, '.')
	if dot < 2 || dot == len(s)-1 {
		return false
	}
	for _, c := range s[1:dot] {
		if hexValue(c) < 0 {
			return false
		}
	}
	return bytes.IndexByte(s, '%') < 0 && isEncoded(s[dot+1:], ":")
}

// isIPv6 matches IPv6address (§3.2.2): eight groups of up to four hexadecimal
// digits, of which one run may be left out as "::", and the last two may be an
// IPv4 address.
func isIPv6(s []byte) bool {
	groups, gap := 0, false
	if len(s) >= 2 && s[0] == ':' && s[1] == ':' {
		gap = true
		s = s[2:]
	}
	for len(s) > 0 {
		n := 0
		for n < len(s) && n < 5 && hexValue(s[n]) >= 0 {
			n++
		}
		if n < len(s) && s[n] == '.' {
			if !isIPv4(s) {
				return false
			}
			groups += 2
			break
		}
		if n == 0 || n > 4 {
			return false
		}
		groups++
		s = s[n:]
		if len(s) == 0 {
			break
		}
		if s[0] != ':' || len(s) == 1 {
			return false
		}
		s = s[1:]
		if s[0] == ':' {
			if gap {
				return false
			}
			gap = true
			s = s[1:]
		}
	}
	if gap {
		return groups < 8
	}
	return groups == 8
}

// isIPv4 matches IPv4address (§3.2.2): four numbers below 256 without leading
// zeros.
func isIPv4(s []byte) bool {
	for part := 0; ; part++ {
		n := 0
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		if n == 0 || n > 3 || n > 1 && s[0] == '0' || digits(s[:n]) > 255 {
			return false
		}
		s = s[n:]
		if part == 3 {
			return len(s) == 0
		}
		if len(s) == 0 || s[0] != '.' {
			return false
		}
		s = s[1:]
	}
}
