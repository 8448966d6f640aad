package auth

import (
	"crypto/sha256"
	"encoding/json"
	"time"

	"amalgam/hub/topic"
)

// A Grant is what a verified token allows. The zero Grant allows nothing; it
// is what an anonymous client has.
type Grant struct {
	Details []Detail
	// Expires is when everything that rests on the token ends; zero if the
	// token sets no end.
	Expires time.Time
	// Holder is whom the token was given to, as far as two tokens of the same
	// one can be known by it; "" where they cannot.
	Holder string
}

// HolderOf makes a Grant's Holder: from a token's subject and from the payload
// that its subscriptions carry, so that who has another payload is somebody
// else; from the token itself where it has neither.
func HolderOf(subject string, payloads []json.RawMessage, token string) string {
	b := append([]byte(subject), 0)
	empty := subject == ""
	for _, p := range payloads {
		empty = empty && len(p) == 0
		b = append(append(b, p...), 0)
	}
	if empty {
		b = append(b, token...)
	}
	sum := sha256.Sum256(b)
	return string(sum[:])
}

// A Detail allows actions on topics.
type Detail struct {
	Publish, Subscribe bool
	Topics             []*topic.Matcher
	// Payload is the JSON that is attached to subscriptions, or nil.
	Payload json.RawMessage
	// PayloadForAll attaches Payload to every subscription, whatever its
	// topic: the classic rule.
	PayloadForAll bool
}

// MayPublish reports whether the grant covers publishing to t.
func (g *Grant) MayPublish(t string) bool {
	for i := range g.Details {
		if d := &g.Details[i]; d.Publish && d.covers(t) {
			return true
		}
	}
	return false
}

// MayRead reports whether the grant covers receiving private updates of t.
func (g *Grant) MayRead(t string) bool {
	for i := range g.Details {
		if d := &g.Details[i]; d.Subscribe && d.covers(t) {
			return true
		}
	}
	return false
}

// PublishesAnything reports whether the grant has any publish action at all.
func (g *Grant) PublishesAnything() bool {
	for i := range g.Details {
		if g.Details[i].Publish && len(g.Details[i].Topics) > 0 {
			return true
		}
	}
	return false
}

// PayloadFor returns the payload of the first subscribe detail that means the
// matcher of a subscription, or nil. The first wins also when it has none
// (draft-08, Payloads).
func (g *Grant) PayloadFor(m *topic.Matcher) json.RawMessage {
	for i := range g.Details {
		d := &g.Details[i]
		if d.Subscribe && (d.PayloadForAll || d.covers(m.Pattern())) {
			return d.Payload
		}
	}
	return nil
}

func (d *Detail) covers(t string) bool {
	for _, m := range d.Topics {
		if m.Match(t) {
			return true
		}
	}
	return false
}
