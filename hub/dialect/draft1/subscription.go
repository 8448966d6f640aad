package draft1

import (
	"encoding/json"

	"amalgam/hub/topic"
)

// SubscriptionType is the media type of the subscription API.
const SubscriptionType = "application/json"

// A SubscriptionDocument describes one subscription of one subscriber
// (draft-08, Subscription Events).
type SubscriptionDocument struct {
	ID         string          `json:"id"`
	Type       string          `json:"type"`
	MatchType  string          `json:"match_type"`
	Match      string          `json:"match"`
	Subscriber string          `json:"subscriber"`
	Active     bool            `json:"active"`
	Payload    json.RawMessage `json:"payload,omitempty"`
}

// A Collection lists subscriptions (draft-08, Subscription API).
type Collection struct {
	ID            string                 `json:"id"`
	Type          string                 `json:"type"`
	Subscriptions []SubscriptionDocument `json:"subscriptions"`
}

// NewSubscription describes a subscription, for an event or a single document.
// hub is the hub's path; the ID is the topic of the subscription's events.
func NewSubscription(hub string, m *topic.Matcher, subscriber string, active bool, payload json.RawMessage) SubscriptionDocument {
	matchType := MatchExact
	if m.Written() == topic.URLPattern {
		matchType = MatchURLPattern
	}
	return SubscriptionDocument{
		ID:         hub + "/subscriptions/" + matchType + "/" + topic.Escape(m.Pattern()) + "/" + topic.Escape(subscriber),
		Type:       "subscription",
		MatchType:  matchType,
		Match:      m.Pattern(),
		Subscriber: subscriber,
		Active:     active,
		Payload:    payload,
	}
}

// NewCollection describes the subscriptions found at path.
func NewCollection(path string, members []SubscriptionDocument) Collection {
	if members == nil {
		members = []SubscriptionDocument{}
	}
	return Collection{ID: path, Type: "subscriptions", Subscriptions: members}
}
