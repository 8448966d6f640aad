package settings

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"amalgam/hub/certs"
)

// A site is one address of server_name.
type site struct {
	text         string // as it was written
	scheme       string // http, https, or "" for what fits
	name, number string // host and port, each perhaps ""
}

// Addresses returns the words of server_name, which are apart by white space or
// commas.
func Addresses(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}

// parseSites reads addresses as Caddy's site addresses are written.
func parseSites(args []string) ([]site, error) {
	var sites []site
	for _, w := range Addresses(strings.Join(args, " ")) {
		s, err := parseSite(w)
		if err != nil {
			return nil, err
		}
		sites = append(sites, s)
	}
	if len(sites) == 0 {
		return nil, errors.New("needs an address, such as :3000 or hub.example.com")
	}
	return sites, nil
}

func parseSite(w string) (site, error) {
	s := site{text: w}
	rest := w
	if scheme, after, ok := strings.Cut(w, "://"); ok {
		if s.scheme, rest = strings.ToLower(scheme), after; s.scheme != "http" && s.scheme != "https" {
			return s, fmt.Errorf("%q: %s is not a scheme of a hub: write http:// or https://", w, scheme)
		}
	}
	rest = strings.TrimSuffix(rest, "/")
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		host, port = strings.TrimSuffix(strings.TrimPrefix(rest, "["), "]"), ""
	} else if port == "" {
		return s, fmt.Errorf("%q: there is no port behind the colon", w)
	}
	if port != "" {
		n, err := net.LookupPort("tcp", port)
		if err != nil {
			return s, fmt.Errorf("is %q: %q is not a port", w, port)
		}
		port = strconv.Itoa(n) // it may have been a name, such as https
	}
	if host != "" && port == "" && strings.Trim(host, "0123456789") == "" {
		return s, fmt.Errorf("%q is a number: for a port, write %s:%s", w, w[:strings.Index(w, host)], host)
	}
	s.name, s.number = strings.ToLower(host), port
	if _, err := netip.ParseAddr(s.name); err != nil && !validName(s.name) {
		return s, fmt.Errorf("%q is not an address to listen on: write a port, such as :3000, or a domain, such as hub.example.com", w)
	}
	if s.name == "" && s.number == "" {
		return s, fmt.Errorf("%q has neither a name nor a port: write a port, such as :3000, or a domain, such as hub.example.com", w)
	}
	return s, nil
}

// validName reports whether s is made like a domain, or empty. A wildcard is
// one for certificates in files only.
func validName(s string) bool {
	for label := range strings.SplitSeq(strings.TrimPrefix(s, "*."), ".") {
		if label == "" && s != "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" || strings.HasPrefix(label, "-") {
			return false
		}
	}
	return len(s) <= 253
}

// secure decides whether a site is served by HTTPS.
func (s *Settings) secure(one site) bool {
	switch {
	case one.scheme != "":
		return one.scheme == "https"
	case s.tlsGiven:
		return true
	case s.autoHTTPS == httpsOff || one.name == "":
		return false
	case one.number == "":
		return true
	}
	return one.number == "443" || one.number != s.httpPort() && certs.IsPublic(one.name)
}

// address is where a site listens. A name is for clients, who come from
// anywhere; localhost or an address, with a port, is where to listen, too.
func (s *Settings) address(one site, number string) string {
	host := s.bind
	if _, err := netip.ParseAddr(one.name); host == "" && one.number != "" && (err == nil || one.name == "localhost") {
		host = one.name
	}
	return net.JoinHostPort(host, number)
}

func (s *Settings) httpPort() string { return or(s.redirectPort, "80") }

// finishListening makes s.Listen of the sites and of what is said of TLS.
func (s *Settings) finishListening() error {
	if len(s.sites) == 0 {
		s.sites = []site{{text: ":3000", number: "3000"}}
	}
	l, c := &s.Listen, &s.Listen.Certificates
	l.Logger, l.TrustedProxies = s.Hub.Logger, s.Hub.TrustedProxies
	files := c.CertFile != ""
	redirect := s.redirectPort != ""
	for _, one := range s.sites {
		if !s.secure(one) {
			if one.number == "443" && one.scheme == "" {
				return fmt.Errorf(EnvServerName+": %q is the port of HTTPS: write the domain, or say with tls which certificate to use; http://:443 serves HTTP there", one.text)
			}
			l.Plain = addOnce(l.Plain, s.address(one, or(one.number, s.httpPort())))
			continue
		}
		number := or(one.number, "443")
		l.Secure = addOnce(l.Secure, s.address(one, number))
		switch {
		case one.name == "" && !files:
			return fmt.Errorf(EnvServerName+": %q has no name to obtain a certificate for: write the domain, or localhost, before the port, or the files of a certificate with tls", one.text)
		case strings.HasPrefix(one.name, "*.") && !files:
			return fmt.Errorf(EnvServerName+": a certificate for %q cannot be obtained without a DNS provider: write the names that are served, or the files of a certificate with tls", one.text)
		case one.name != "":
			// The zone of an IPv6 address is this machine's own matter.
			name, _, _ := strings.Cut(one.name, "%")
			c.Names = addOnce(c.Names, name)
		}
		// A public authority looks for the hub on port 80, too.
		redirect = redirect || number == "443" || !files && !c.Internal && certs.IsPublic(one.name)
	}
	for _, a := range l.Plain {
		if slices.Contains(l.Secure, a) {
			return fmt.Errorf(EnvServerName+": %s cannot serve HTTP and HTTPS at once: give them two ports", a)
		}
	}
	l.Names = c.Names
	if len(l.Secure) == 0 {
		if s.tlsGiven {
			return errors.New("tls: nothing is served by HTTPS: write a domain in server_name, or https:// before the address")
		}
		return nil
	}
	c.Folder = filepath.Join(s.DataDir, "tls")
	here := net.JoinHostPort(s.bind, s.httpPort())
	if redirect && s.autoHTTPS == httpsOn && len(c.Names) > 0 && !slices.Contains(l.Plain, here) {
		l.Redirect = here
	}
	return nil
}

func addOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
