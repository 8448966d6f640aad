package forwarded

import (
	"net/http"
	"strings"
)

// standardForwarded reads Forwarded (RFC 7239, 4): elements apart by commas,
// each of pairs apart by semicolons, values perhaps quoted. A comma counts also
// inside quotes, where no address, scheme or host has one: else a client could
// open a quote that swallows what the proxies add.
func standardForwarded(h http.Header) []hop {
	var hops []hop
	for _, e := range list(h, "Forwarded") {
		hops = append(hops, element(e))
	}
	return hops
}

// element reads one element. One that cannot be read names nobody.
func element(s string) (h hop) {
	for pair := range strings.SplitSeq(s, ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok {
			continue
		}
		switch strings.ToLower(name) {
		case "for":
			h.address = unquote(value)
		case "proto":
			h.scheme = unquote(value)
		case "host":
			h.host = unquote(value)
		}
	}
	return h
}

// unquote takes the quotes from a quoted string; nothing that is valid between
// them needs a backslash.
func unquote(s string) string {
	if n := len(s); n > 1 && s[0] == '"' && s[n-1] == '"' {
		return s[1 : n-1]
	}
	return s
}
