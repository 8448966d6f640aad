package hub

import (
	"net/http"
	"net/url"
	"strings"

	"amalgam/hub/dialect"
	"amalgam/hub/dialect/draft1"
)

// MetadataPath is where a hub at DefaultPath describes itself as a protected
// resource (RFC 9728).
const MetadataPath = draft1.MetadataPrefix + DefaultPath

// origin is the scheme and host that the client used, as far as the hub and the
// proxies that it trusts see; observe has found them out.
func origin(r *http.Request) string {
	c, _ := r.Context().Value(callKey{}).(*call)
	return c.scheme + "://" + r.Host
}

// resource is the hub's resource identifier: what a token's aud must name.
func (h *Hub) resource(r *http.Request) string {
	if h.cfg.ResourceIdentifier != "" {
		return h.cfg.ResourceIdentifier
	}
	return origin(r) + h.cfg.Path
}

// baseURL is what relative URL Patterns and topics are resolved against.
func (h *Hub) baseURL(r *http.Request) string {
	if id := h.cfg.ResourceIdentifier; strings.HasPrefix(id, "https://") || strings.HasPrefix(id, "http://") {
		return id
	}
	return origin(r) + h.cfg.Path
}

// misdirected refuses a request to a name that the hub does not serve. Without
// it, whoever chooses the Host header would choose the audience that tokens
// are held to (RFC 9110, 15.5.20).
func (h *Hub) misdirected(r *http.Request) *dialect.Refusal {
	if len(h.cfg.PublicURLs) == 0 {
		return nil
	}
	asked := origin(r) + h.cfg.Path
	for _, u := range h.cfg.PublicURLs {
		if sameURL(u, asked) {
			return nil
		}
	}
	return dialect.Refuse(http.StatusMisdirectedRequest, "misdirected", "Host", "this hub is not %s: use one of its public_urls, or add this one (a proxy must pass Host and X-Forwarded-Proto, and trusted_proxies, if set, must name it)", asked)
}

func sameURL(a, b string) bool {
	ua, err1 := url.Parse(a)
	ub, err2 := url.Parse(b)
	return err1 == nil && err2 == nil && ua.Scheme == ub.Scheme && ua.Path == ub.Path &&
		strings.EqualFold(hostPort(ua), hostPort(ub))
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Hostname() + ":" + port
}

// metadata serves the protected resource metadata.
func (h *Hub) metadata(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "max-age=300")
	w.Header().Set("Vary", "Host, X-Forwarded-Proto, X-Forwarded-Host, Forwarded")
	writeJSON(w, draft1.NewMetadata(h.resource(r), h.cfg.AccessCookie, h.access.Load().issuers, h.cfg.Subscriptions))
}

// challenge is the WWW-Authenticate header of a refusal, or "" (RFC 6750, 3).
func (h *Hub) challenge(r *http.Request, why *dialect.Refusal) string {
	metadata := `resource_metadata="` + origin(r) + draft1.MetadataPrefix + h.cfg.Path + `"`
	switch {
	case why.Code != "":
		return `Bearer error="` + why.Code + `", ` + metadata
	case why.Status == http.StatusUnauthorized:
		return "Bearer " + metadata
	}
	return ""
}
