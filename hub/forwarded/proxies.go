// Package forwarded finds out who really sent a request that has come through
// proxies: the client's address, and the scheme and host that it used. Only
// proxies that the operator trusts are believed.
package forwarded

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Proxies are the networks whose word on a request counts. The zero value
// trusts nobody.
type Proxies struct {
	networks []netip.Prefix
	// standard says that they write Forwarded (RFC 7239), not X-Forwarded-*.
	// Only one family of headers is read: a proxy passes on what it does not
	// know, so that the other family may be the client's own invention.
	standard bool
}

// privateRanges are the networks that are not routed on the Internet: RFC 1918,
// loopback, link-local and unique local addresses.
var privateRanges = []string{
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16",
	"::1/128", "fc00::/7", "fe80::/10",
}

// Parse reads addresses, networks in CIDR notation, private_ranges for those
// that are not routed on the Internet, and forwarded, which has the header
// Forwarded read in place of X-Forwarded-*.
func Parse(words []string) (Proxies, error) {
	var p Proxies
	for _, w := range words {
		switch w {
		case "forwarded":
			p.standard = true
			continue
		case "private_ranges":
			for _, r := range privateRanges {
				p.networks = append(p.networks, netip.MustParsePrefix(r))
			}
			continue
		}
		network, err := parseNetwork(w)
		if err != nil {
			return Proxies{}, err
		}
		p.networks = append(p.networks, network)
	}
	if len(p.networks) == 0 {
		return Proxies{}, errors.New("no proxy is named: write their addresses or networks, such as 10.0.0.0/8, or private_ranges")
	}
	return p, nil
}

func parseNetwork(w string) (netip.Prefix, error) {
	if !strings.Contains(w, "/") {
		a, err := netip.ParseAddr(w)
		if err != nil {
			return netip.Prefix{}, fmt.Errorf("%q is not an address: write one such as 192.0.2.1, a network such as 10.0.0.0/8, or private_ranges", w)
		}
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	n, err := netip.ParsePrefix(w)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not a network: write it as 10.0.0.0/8 or 2001:db8::/32", w)
	}
	if n.Masked() != n {
		return netip.Prefix{}, fmt.Errorf("%q has bits set behind its length: did you mean %s?", w, n.Masked())
	}
	if n.Addr().Is4In6() { // of 96 bits at least, since all before them are set
		n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-96)
	}
	return n, nil
}

// Empty reports whether no proxy is trusted.
func (p Proxies) Empty() bool { return len(p.networks) == 0 }

// Trusts reports whether the word of an address counts.
func (p Proxies) Trusts(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, n := range p.networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// TrustsRemote is Trusts for a RemoteAddr, host and port.
func (p Proxies) TrustsRemote(remote string) bool {
	a, ok := parseAddress(remote)
	return ok && p.Trusts(a)
}

// Group is what counts as one client: an IPv4 address, or the /64 of an IPv6
// address, all of whose addresses are one subscriber's to choose from. remote
// may have a port; what is not an address is a group of its own.
func Group(remote string) string {
	a, ok := parseAddress(remote)
	switch {
	case !ok:
		return remote
	case a.Is4():
		return a.String()
	}
	n, _ := a.Prefix(64)
	return n.String()
}

// parseAddress reads an address with or without a port and brackets.
func parseAddress(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	if n := len(s); n > 1 && s[0] == '[' && s[n-1] == ']' {
		s = s[1 : n-1]
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap().WithZone(""), err == nil
}
