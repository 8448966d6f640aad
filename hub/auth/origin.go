package auth

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Origins is a list of origins that browsers may come from.
type Origins struct {
	any      bool
	patterns []originPattern
}

type originPattern struct {
	scheme, port string
	labels       []string // of the host; "*" stands for exactly one label
}

// ParseOrigins reads origins such as https://example.com, https://*.example.com
// (one label for each *) and http://localhost:8080, or "*" for every origin.
func ParseOrigins(list []string) (Origins, error) {
	var o Origins
	for _, s := range list {
		if s == "*" {
			o.any = true
			continue
		}
		scheme, host, port, err := splitOrigin(s)
		if err != nil {
			return Origins{}, fmt.Errorf("%q is not an origin: %w", s, err)
		}
		if strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-._:*") != "" {
			return Origins{}, fmt.Errorf("%q is not an origin: no browser sends such a host; origins are apart by white space, without commas, and a name beyond ASCII is written as xn--…", s)
		}
		labels := strings.Split(host, ".")
		for _, l := range labels {
			if strings.Contains(l, "*") && l != "*" {
				return Origins{}, fmt.Errorf(`%q is not an origin: "*" stands for one whole label, as in https://*.example.com`, s)
			}
		}
		o.patterns = append(o.patterns, originPattern{scheme, port, labels})
	}
	return o, nil
}

// Any reports whether the list has "*".
func (o Origins) Any() bool { return o.any }

// Empty reports whether the list is empty.
func (o Origins) Empty() bool { return !o.any && len(o.patterns) == 0 }

// Lists reports whether the list names origin, other than by "*".
func (o Origins) Lists(origin string) bool {
	if len(o.patterns) == 0 {
		return false
	}
	scheme, host, port, err := splitOrigin(origin)
	if err != nil || strings.Contains(host, "*") {
		return false
	}
	labels := strings.Split(host, ".")
	for _, p := range o.patterns {
		if p.scheme == scheme && p.port == port && sameLabels(p.labels, labels) {
			return true
		}
	}
	return false
}

func sameLabels(pattern, labels []string) bool {
	if len(pattern) != len(labels) {
		return false
	}
	for i, p := range pattern {
		if p != labels[i] && (p != "*" || labels[i] == "") {
			return false
		}
	}
	return true
}

// splitOrigin takes an origin apart; the port is the scheme's default if the
// origin names none.
func splitOrigin(s string) (scheme, host, port string, err error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "", "", "", fmt.Errorf("it cannot be parsed as a URL")
	case u.Scheme == "" || u.Hostname() == "":
		return "", "", "", fmt.Errorf("it needs a scheme and a host, as in https://example.com")
	case (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return "", "", "", fmt.Errorf("it has more than a scheme, a host and a port")
	}
	scheme, host, port = strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		switch scheme {
		case "http":
			port = "80"
		case "https":
			port = "443"
		}
	}
	return scheme, host, port, nil
}

// Source returns the origin that a browser says a request comes from: Origin,
// else the origin of Referer, else "".
func Source(r *http.Request) string {
	if o := r.Header.Get("Origin"); o != "" {
		return o
	}
	u, err := url.Parse(r.Header.Get("Referer"))
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// SameHost reports whether origin is on the host and port that r was sent to.
// The scheme is not compared: a proxy that ends TLS hides it.
func SameHost(origin string, r *http.Request) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}
