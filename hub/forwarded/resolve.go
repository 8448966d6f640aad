package forwarded

import (
	"net/http"
	"strings"
)

// A Client is who sent a request, and the scheme and host it used.
type Client struct {
	// Address is RemoteAddr as it was, or the address alone that a trusted
	// proxy has seen.
	Address string
	Scheme  string // http or https
	Host    string
}

// hop is what one proxy says of whom it has been asked by; "" is unsaid.
type hop struct{ address, scheme, host string }

// Resolve says who sent r. Each proxy adds who asked it at the end of a list:
// the client is the last that is not itself a trusted proxy, since everything
// before is what that client may have made up.
func (p Proxies) Resolve(r *http.Request) Client {
	c := Client{Address: r.RemoteAddr, Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		c.Scheme = "https"
	}
	switch {
	case p.Empty():
		// Whoever forges this names a scheme for itself only, and a proxy that
		// ends TLS is believed before anybody has told of it.
		if strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
			c.Scheme = "https"
		}
		return c
	case !p.TrustsRemote(r.RemoteAddr):
		return c
	}
	hops := xForwarded(r.Header)
	if p.standard {
		hops = standardForwarded(r.Header)
	}
	for i := len(hops) - 1; i >= 0; i-- {
		h := hops[i]
		if h.scheme = strings.ToLower(h.scheme); h.scheme == "http" || h.scheme == "https" {
			c.Scheme = h.scheme
		}
		if validHost(h.host) {
			c.Host = h.host
		}
		if h.address == "" && i == 0 {
			break // X-Forwarded-Proto without X-Forwarded-For
		}
		a, ok := parseAddress(h.address)
		if !ok {
			break // "unknown", or a name: who is before is nobody's word
		}
		c.Address = a.String()
		if !p.Trusts(a) {
			break
		}
	}
	return c
}

// xForwarded reads X-Forwarded-For, -Proto and -Host. Where the lists are not
// equally long, their ends belong together: a proxy adds to all it knows.
func xForwarded(h http.Header) []hop {
	addresses, schemes, hosts := list(h, "X-Forwarded-For"), list(h, "X-Forwarded-Proto"), list(h, "X-Forwarded-Host")
	n := len(addresses)
	if n == 0 && len(schemes)+len(hosts) > 0 {
		n = 1
	}
	hops := make([]hop, n)
	for i := range hops {
		fromEnd := n - 1 - i
		hops[i] = hop{at(addresses, fromEnd), at(schemes, fromEnd), at(hosts, fromEnd)}
	}
	return hops
}

// at is the element so far from the end. A proxy that sets a header, instead of
// adding to it, speaks of the client: the first element stands for all before.
func at(list []string, fromEnd int) string {
	if len(list) == 0 {
		return ""
	}
	return list[max(0, len(list)-1-fromEnd)]
}

// list splits all lines of a header at commas.
func list(h http.Header, name string) []string {
	var all []string
	for _, line := range h[name] {
		for part := range strings.SplitSeq(line, ",") {
			all = append(all, strings.TrimSpace(part))
		}
	}
	return all
}

// validHost reports whether s can be a Host: no more than a name and a port.
func validHost(s string) bool {
	if s == "" || len(s) > 255+6 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte("-._:[]", c) >= 0:
		default:
			return false
		}
	}
	return true
}
