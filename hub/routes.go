package hub

import (
	"net/http"

	"github.com/gorilla/mux"

	"amalgam/hub/dialect"
	"amalgam/hub/dialect/draft1"
)

// methodQuery is GET with a body (RFC 10008).
const methodQuery = "QUERY"

// routes lays out the hub's paths. Paths are matched as they were sent, still
// escaped, because a subscription's path holds escaped slashes.
func (h *Hub) routes() http.Handler {
	r := mux.NewRouter().UseEncodedPath().SkipClean(true)
	r.HandleFunc(h.cfg.Path, h.traced(spanSubscribe, h.subscribe)).Methods(http.MethodGet, http.MethodHead, methodQuery)
	r.HandleFunc(h.cfg.Path, h.traced(spanPublish, h.publish)).Methods(http.MethodPost)
	r.HandleFunc(draft1.MetadataPrefix+h.cfg.Path, h.metadata).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc(h.cfg.Path+"/payloads", h.servePayloads).Methods(http.MethodGet, http.MethodHead)
	if h.cfg.Subscriptions {
		api := h.cfg.Path + "/subscriptions"
		for _, p := range []string{"", "/{1}", "/{1}/{2}", "/{1}/{2}/{3}"} {
			r.HandleFunc(api+p, h.traced(spanSubscriptions, h.listSubscriptions)).Methods(http.MethodGet, http.MethodHead)
		}
	}
	r.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if refusal := h.misdirected(r); refusal != nil {
				h.refuse(w, r, refusal)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	r.MethodNotAllowedHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allow, serves := corsMethods, "GET subscribes, POST publishes"
		if r.URL.Path != h.cfg.Path {
			allow, serves = "GET, HEAD, OPTIONS", "it can only be read, with GET"
		}
		w.Header().Set("Allow", allow)
		h.refuse(w, r, dialect.Refuse(http.StatusMethodNotAllowed, "method", "", "%s is not a method of this resource: %s", r.Method, serves))
	})
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.refuse(w, r, refuseNotFound())
	})
	return h.Observe(h.cors(r))
}
