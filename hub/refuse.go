package hub

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"amalgam/hub/dialect"
	"amalgam/payload"
)

// refuse answers a request that the hub does not serve. The log always gets
// the rule and the reason; the client gets them only from a hub that explains or
// if they are public, and otherwise the request's id to find them by.
func (h *Hub) refuse(w http.ResponseWriter, r *http.Request, why *dialect.Refusal) {
	c := callOf(r)
	c.refusal = why
	h.counts.refusals.Add(why.Rule)
	note(r, slog.String("rule", why.Rule), slog.String("reason", clip(why.Reason)))
	if c := h.challenge(r, why); c != "" {
		w.Header().Set("WWW-Authenticate", c)
	}
	w.Header().Set("Cache-Control", "no-store")
	if !h.access.Load().explain && !why.Public {
		http.Error(w, fmt.Sprintf("%s (request %s)", http.StatusText(why.Status), c.id), why.Status)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(why.Status)
	p := problem{
		Type: "about:blank", Title: http.StatusText(why.Status), Status: why.Status,
		Detail: why.Reason, Rule: why.Rule, Field: why.Field, Request: c.id,
	}
	if len(why.Issues) > 0 {
		p.Issues = payload.AppendIssues(nil, why.Issues)
	}
	writeJSON(w, p)
}

// problem is the body of a refusal (RFC 9457).
type problem struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Detail  string `json:"detail"`
	Rule    string `json:"rule"`
	Field   string `json:"field,omitempty"`
	Request string `json:"request"`

	Issues json.RawMessage `json:"issues,omitempty"`
}

// writeJSON writes v for people and programs: indented, nothing escaped for
// HTML. A client that has gone is not an error.
func writeJSON(w http.ResponseWriter, v any) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v)
}

func refuseNotFound() *dialect.Refusal {
	return dialect.Refuse(http.StatusNotFound, "path", "", "there is nothing at this path")
}

func refuseInternal(what string, err error) *dialect.Refusal {
	return dialect.Refuse(http.StatusInternalServerError, "internal", "", "%s: %v", what, err)
}
