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
		if !slices.Contains(s.cfg.Names, strings.ToLower(name)) {
			name = s.cfg.Names[0]
		}
		if strings.Contains(name, ":") { // IPv6
			name = "[" + name + "]"
		}
		w.Header().Set("Connection", "close")
		// 308 and not 301: a POST stays one.
		http.Redirect(w, r, "https://"+name+port+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
}
