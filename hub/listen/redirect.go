package listen

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// redirects sends clients on to HTTPS. Only the questions of load balancers and
// containers whether the hub is there are answered: no name has a certificate
// that they could ask by.
func (s *Server) redirects(handler http.Handler) http.Handler {
	port := ""
	for _, p := range s.ports {
		if p.kind == secure {
			if n := p.number(); n != 443 {
				port = ":" + strconv.Itoa(n)
			}
			break
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			handler.ServeHTTP(w, r)
			return
		}
		name := r.Host
		if host, _, err := net.SplitHostPort(name); err == nil {
			name = host
		}
		if !served(s.cfg.Names, name) {
			i := slices.IndexFunc(s.cfg.Names, func(n string) bool { return !isWildcard(n) })
			if i < 0 {
				http.Error(w, "no such name is served here", http.StatusMisdirectedRequest)
				return
			}
			name = s.cfg.Names[i]
		}
		if strings.Contains(name, ":") { // IPv6
			name = "[" + name + "]"
		}
		w.Header().Set("Connection", "close")
		// 308 and not 301: a POST stays one.
		http.Redirect(w, r, "https://"+name+port+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
}

// served reports whether a name is among names, or is one label more than one
// with a wildcard.
func served(names []string, name string) bool {
	name = strings.ToLower(name)
	label, rest, _ := strings.Cut(name, ".")
	return slices.ContainsFunc(names, func(n string) bool {
		return n == name && !isWildcard(n) || isWildcard(n) && label != "" && n[1:] == "."+rest && strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
	})
}

func isWildcard(name string) bool { return strings.HasPrefix(name, "*.") }
