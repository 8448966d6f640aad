// Package classic speaks the 0.x protocol, draft-dunglas-mercure-07: topic
// selectors, the mercure claim, JSON-LD subscriptions. Everything that only
// this dialect does is here.
package classic

import (
	"net/http"

	"amalgam/hub/dialect"
	"amalgam/hub/topic"
	"amalgam/hub/update"
)

// CursorHeader answers a cursor (draft-07, Reconnection).
const CursorHeader = "Last-Event-ID"

// ParseSubscribe reads a GET request: one or more topic selectors, and a
// cursor from the header or else the query.
func ParseSubscribe(r *http.Request, form dialect.Form, limits dialect.Limits) (dialect.Subscription, *dialect.Refusal) {
	var sub dialect.Subscription
	selectors := form.All("topic")
	switch {
	case len(selectors) == 0:
		return sub, dialect.Refuse(http.StatusBadRequest, "topic-missing", "topic", `no topic to subscribe to: add at least one "topic" parameter to the URL, such as ?topic=https://example.com/books/{id}`)
	case len(selectors) > limits.Matchers:
		return sub, dialect.Refuse(http.StatusBadRequest, "topic-count", "topic", "a subscription has at most %d topic selectors, this one has %d: use a URI Template, or several streams", limits.Matchers, len(selectors))
	}
	for _, s := range selectors {
		if f := update.CheckTopic("topic", s, false); f != nil {
			return sub, dialect.RefuseFault(http.StatusBadRequest, f)
		}
		m, err := topic.Selector(s)
		if err != nil {
			return sub, dialect.Refuse(http.StatusBadRequest, "selector-length", "topic", "%v", err)
		}
		sub.Matchers = append(sub.Matchers, m)
	}
	sub.Cursor = Cursor(r, form)
	var refusal *dialect.Refusal
	sub.NameTopics, refusal = dialect.NamesTopics(form)
	return sub, refusal
}

// Cursor returns the id that the client has seen last, or "". The header, which
// browsers set when they reconnect, wins over the query.
func Cursor(r *http.Request, form dialect.Form) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	for _, name := range []string{"lastEventID", "Last-Event-ID", "last_event_id"} {
		if id, ok := form.Get(name); ok && id != "" {
			return id
		}
	}
	return ""
}
