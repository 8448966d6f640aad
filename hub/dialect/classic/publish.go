package classic

import (
	"net/http"

	"amalgam/hub/auth"
	"amalgam/hub/dialect"
	"amalgam/hub/topic"
	"amalgam/hub/update"
)

// draft1Type is the type of what the hub tells draft1 subscribers. draft-07 does
// not reserve it, but a subscriber of the other dialect has to trust it.
const draft1Type = "mercure"

// ParsePublish reads the form of a POST request (draft-07, Publication).
// Fields that the protocol does not name are ignored.
func ParsePublish(form dialect.Form, limits dialect.Limits, own *topic.Namespace) (*update.Update, *dialect.Refusal) {
	u := dialect.ReadUpdate(form)
	if n := len(u.Topics); n > limits.Topics {
		return nil, dialect.Refuse(http.StatusBadRequest, "topic-count", "topic", "an update has at most %d topics, this one has %d: publish it in several updates", limits.Topics, n)
	}
	if f := u.Check(false); f != nil {
		return nil, dialect.RefuseFault(http.StatusBadRequest, f)
	}
	if u.Type == draft1Type {
		return nil, dialect.Refuse(http.StatusBadRequest, "type-reserved", "type", `the type "mercure" is reserved for what the hub itself publishes: choose another`)
	}
	for _, t := range u.Topics {
		if own.Holds(t) {
			return nil, dialect.Refuse(http.StatusForbidden, "topic-reserved", "topic", "topics under the hub's own path are reserved for what the hub itself publishes: choose another topic")
		}
	}
	return u, nil
}

// AllowPublish says whether grant covers every topic of u (draft-07,
// Publishers).
func AllowPublish(grant *auth.Grant, u *update.Update) *dialect.Refusal {
	if !grant.PublishesAnything() {
		return dialect.Insufficient("token-publishes-nothing", "mercure.publish", `the token may not publish: its "mercure" claim has no "publish" selectors`)
	}
	for _, t := range u.Topics {
		if !grant.MayPublish(t) {
			return dialect.Insufficient("topic-not-granted", "topic", `the token may not publish to %q: no selector of its "mercure.publish" claim matches it`, t)
		}
	}
	return nil
}
