package draft1

import (
	"net/http"

	"amalgam/hub/auth"
	"amalgam/hub/dialect"
	"amalgam/hub/topic"
	"amalgam/hub/update"
)

// EventType is the type of the events that the hub itself publishes.
const EventType = "mercure"

// ParsePublish reads the form of a POST request (draft-08, Publication).
// Fields that the protocol does not name are ignored.
func ParsePublish(form dialect.Form, limits dialect.Limits, own *topic.Namespace) (*update.Update, *dialect.Refusal) {
	u := dialect.ReadUpdate(form)
	if n := len(u.Topics); n > limits.Topics1 {
		return nil, dialect.Refuse(http.StatusRequestEntityTooLarge, "topic-count", "topic", "an update has at most %d topics, this one has %d: publish it in several updates", limits.Topics1, n)
	}
	if f := u.Check(true); f != nil {
		status := http.StatusBadRequest
		if f.TooLong {
			status = http.StatusRequestEntityTooLarge
		}
		return nil, dialect.RefuseFault(status, f)
	}
	for _, t := range u.Topics {
		if t == topic.Wildcard {
			return nil, dialect.Refuse(http.StatusBadRequest, "topic-wildcard", "topic", `"*" is the matcher of every topic and no topic itself: publish to a topic of its own`)
		}
		if own.Holds(t) {
			return nil, dialect.Refuse(http.StatusBadRequest, "topic-reserved", "topic", "topics under the hub's own path are reserved for what the hub itself publishes: choose another topic")
		}
	}
	if u.Type == EventType {
		return nil, dialect.Refuse(http.StatusBadRequest, "type-reserved", "type", `the type "mercure" is reserved for what the hub itself publishes: choose another`)
	}
	return u, nil
}

// AllowPublish says whether grant covers every topic of u (draft-08,
// Publishers).
func AllowPublish(grant *auth.Grant, u *update.Update) *dialect.Refusal {
	for _, t := range u.Topics {
		if !grant.MayPublish(t) {
			return dialect.Insufficient("topic-not-granted", "topic", `the token may not publish to %q: none of its authorization_details has the action "publish" and a matcher for it`, t)
		}
	}
	return nil
}
