package classic

import (
	"encoding/json"

	"amalgam/hub/topic"
)

// context is the JSON-LD context of every document (draft-07, JSON-LD Context).
const context = "https://mercure.rocks/"

// SubscriptionType is the media type of the subscription API.
const SubscriptionType = "application/ld+json"

// A SubscriptionDocument describes one subscription of one subscriber
// (draft-07, Subscription Events).
type SubscriptionDocument struct {
	Context     string          `json:"@context,omitempty"`
	ID          string          `json:"id"`
	Type        string          `json:"type"`
	Topic       string          `json:"topic"`
	Subscriber  string          `json:"subscriber"`
	Active      bool            `json:"active"`
	Payload     json.RawMessage `json:"payload,omitempty"`
	LastEventID string          `json:"lastEventID,omitempty"`
}

// A Collection lists subscriptions (draft-07, Subscription API).
type Collection struct {
	Context       string                 `json:"@context"`
	ID            string                 `json:"id"`
	Type          string                 `json:"type"`
	LastEventID   string                 `json:"lastEventID"`
	Subscriptions []SubscriptionDocument `json:"subscriptions"`
}

// SubscriptionPath is the topic of a subscription's events and the path of its
// document; hub is the hub's path.
func SubscriptionPath(hub, selector, subscriber string) string {
	return hub + "/subscriptions/" + topic.Escape(selector) + "/" + topic.Escape(subscriber)
}

// NewSubscription describes a subscription, for an event or a single document.
func NewSubscription(hub, selector, subscriber string, active bool, payload json.RawMessage) SubscriptionDocument {
	return SubscriptionDocument{
		Context:    context,
		ID:         SubscriptionPath(hub, selector, subscriber),
		Type:       "Subscription",
		Topic:      selector,
		Subscriber: subscriber,
		Active:     active,
		Payload:    payload,
	}
}

// NewCollection describes the subscriptions found at path. Members take their
// context from the collection.
func NewCollection(path, lastEventID string, members []SubscriptionDocument) Collection {
	for i := range members {
		members[i].Context = ""
	}
	if members == nil {
		members = []SubscriptionDocument{}
	}
	return Collection{Context: context, ID: path, Type: "Subscriptions", LastEventID: lastEventID, Subscriptions: members}
}
