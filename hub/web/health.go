package web

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Health answers 200 while ready returns nil, else 503 and the reason: as text,
// or as JSON to whoever accepts that.
func Health(ready func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Vary", "Accept")
		h.Set("X-Content-Type-Options", "nosniff")
		status, state := http.StatusOK, health{Status: "ok"}
		if err := ready(); err != nil {
			status, state = http.StatusServiceUnavailable, health{Status: "unavailable", Reason: err.Error()}
		}
		if strings.Contains(r.Header.Get("Accept"), "application/json") {
			h.Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(state)
			return
		}
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		text := state.Reason
		if text == "" {
			text = state.Status
		}
		_, _ = w.Write([]byte(text + "\n"))
	})
}

// health is the body in JSON.
type health struct {
	Status string `json:"status"`           // ok or unavailable
	Reason string `json:"reason,omitempty"` // why it is unavailable
}
