package settings

import (
	"errors"
	"fmt"

	"amalgam/hub/webhook"
)

var presence = []Setting{
	{
		Name: "presence_grace", Args: "DURATION", Type: "duration", Unit: inDurations, Default: "0",
		Doc:   "How long the end of a subscriber is held back, in subscription events, in the subscription API and in webhooks: one who is back in time, with a token of the same user (its sub and the payload that it gives subscriptions; a token with neither is known by itself), has never been gone. Who has no token is gone at once. Above the time in which pages reconnect, such as 30s.",
		Apply: presenceGrace,
	},
	{
		Name: "on_subscription", Args: "URL", Type: "URL", Env: "AMALGAM_ON_SUBSCRIPTION",
		Doc:   "Where to tell that subscriptions begin and end, by a signed POST that is tried again for 15 minutes (docs/presence.md). Needs on_subscription_secret; subscriptions need not be on.",
		Apply: into(urls, func(s *Settings) *[]string { return &s.onSubscription }),
	},
	{
		Name: "on_subscription_secret", Args: "SECRET", Type: "secret", Env: "AMALGAM_ON_SUBSCRIPTION_SECRET",
		Secrets: []string{"on_subscription_secret"},
		Doc:     `What those requests are signed with: whsec_ and base64, such as echo "whsec_$(openssl rand -base64 32)" makes, or 24 to 64 bytes.`,
		Apply:   into(webhookSecret, func(s *Settings) *webhook.Secret { return &s.Webhook.Secret }),
	},
}

func presenceGrace(s *Settings, d Directive) error {
	grace, err := duration(d.Args)
	s.Hub.PresenceGrace = max(grace, 0)
	return err
}

func webhookSecret(args []string) (webhook.Secret, error) {
	text, err := one(args)
	if err != nil {
		return webhook.Secret{}, err
	}
	return webhook.ParseSecret(text)
}

// finishWebhook sees that a URL and a secret are there, or neither.
func (s *Settings) finishWebhook() error {
	has := s.Webhook.Secret.Set()
	switch {
	case s.faulty["on_subscription"], s.faulty["on_subscription_secret"]:
		return nil // it has been said what is wrong with it
	case len(s.onSubscription) > 1:
		return fmt.Errorf("on_subscription takes one URL, and has %d: let that one tell the others", len(s.onSubscription))
	case len(s.onSubscription) == 1 && !has:
		return errors.New(`on_subscription_secret is missing: what goes to on_subscription is signed with it; make one with echo "whsec_$(openssl rand -base64 32)"`)
	case len(s.onSubscription) == 0 && has:
		return errors.New("on_subscription is missing: on_subscription_secret signs what goes there; remove it, or add on_subscription URL")
	case has:
		s.Webhook.URL = s.onSubscription[0]
	}
	return nil
}
