package hub

import (
	"fmt"
	"log/slog"
	"net/http"

	"amalgam/hub/auth"
)

// What a page on another origin may send and see.
const (
	corsMethods = "GET, HEAD, POST, QUERY, OPTIONS"
	corsHeaders = "Authorization, Cache-Control, Content-Type, If-None-Match, Last-Event-ID"
	corsExposed = "Last-Event-ID, Mercure-Last-Event-ID, Link, ETag, WWW-Authenticate, X-Request-Id"
)

// cors answers preflights and adds the CORS headers. A listed origin may send
// credentials; "*" never does, and is never turned into the origin that asks.
func (h *Hub) cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origins := h.access.Load().corsOrigins
		preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
		header := w.Header()
		if !origins.Empty() {
			header.Add("Vary", "Origin")
		}
		if origin := r.Header.Get("Origin"); origin != "" && !origins.Empty() {
			listed := origins.Lists(origin)
			switch {
			case listed:
				header.Set("Access-Control-Allow-Origin", origin)
				header.Set("Access-Control-Allow-Credentials", "true")
			case origins.Any():
				header.Set("Access-Control-Allow-Origin", "*")
			}
			if listed || origins.Any() {
				header.Set("Access-Control-Expose-Headers", corsExposed)
				if preflight {
					header.Set("Access-Control-Allow-Methods", corsMethods)
					header.Set("Access-Control-Allow-Headers", corsHeaders)
					header.Set("Access-Control-Max-Age", "7200")
				}
			}
		}
		if origin := r.Header.Get("Origin"); origin != "" && !origins.Any() && !origins.Lists(origin) && !auth.SameHost(origin, r) {
			// The browser says no more than that the request was blocked.
			note(r, slog.String("cors", fmt.Sprintf("pages on %.200q may not read the answer: add it to cors_origins", origin)))
		}
		if r.Method == http.MethodOptions && (r.URL.Path == h.cfg.Path || preflight) {
			header.Set("Allow", corsMethods)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
