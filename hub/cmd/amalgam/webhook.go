package main

import (
	"context"
	"time"

	"amalgam/hub"
	"amalgam/hub/settings"
	"amalgam/hub/webhook"
)

// webhooksWithin is for what the receiver of on_subscription has still to be
// told when the hub has stopped.
const webhooksWithin = 2 * time.Second

// startWebhook has the hub tell on_subscription what subscriptions begin and
// end. It returns nil where there is nobody to tell.
func startWebhook(s *settings.Settings) *webhook.Sender {
	if s.Webhook.URL == "" {
		return nil
	}
	o := s.Webhook
	o.Logger = s.Hub.Logger
	sender := webhook.New(o)
	s.Hub.OnPresence = func(e hub.PresenceEvent) {
		kind := "subscriptions.began"
		if !e.Active {
			kind = "subscriptions.ended"
		}
		if err := sender.Send(e.Subscriber, kind, e.Time, presence{e.Subscriber, e.Active, e.Subscriptions}); err != nil {
			s.Hub.Logger.Error("a webhook message could not be made", "subscriber", e.Subscriber, "error", err)
		}
	}
	return sender
}

// presence is what a webhook's message carries.
type presence struct {
	Subscriber    string `json:"subscriber"`
	Active        bool   `json:"active"`
	Subscriptions any    `json:"subscriptions"`
}

// closeWebhook delivers what waits, once the hub has ended all streams. What is
// lost has been logged.
func closeWebhook(sender *webhook.Sender) {
	if sender == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), webhooksWithin)
	defer cancel()
	_ = sender.Close(ctx)
}
