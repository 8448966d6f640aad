package settings_test

import (
	"strings"
	"testing"
	"time"
)

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func TestPresenceSettings(t *testing.T) {
	s, err := load(keys(map[string]string{
		"MERCURE_EXTRA_DIRECTIVES":       "presence_grace 30s\non_subscription https://app.example.com/hook",
		"AMALGAM_ON_SUBSCRIPTION_SECRET": hookSecret,
	}))
	if err != nil {
		t.Fatal(err)
	}
	if s.Hub.PresenceGrace != 30*time.Second || s.Webhook.URL != "https://app.example.com/hook" || !s.Webhook.Secret.Set() {
		t.Errorf("read %v and %+v", s.Hub.PresenceGrace, s.Webhook)
	}
	for name, c := range map[string]struct{ directives, want string }{
		"a URL without a secret": {"on_subscription https://app.example.com/hook", "on_subscription_secret is missing"},
		"a secret without a URL": {"on_subscription_secret " + hookSecret, "on_subscription is missing"},
		"a short secret":         {"on_subscription https://app.example.com/hook\non_subscription_secret short", "openssl rand"},
		"two URLs":               {"on_subscription https://a.example https://b.example\non_subscription_secret " + hookSecret, "takes one URL"},
		"no URL":                 {"on_subscription hook\non_subscription_secret " + hookSecret, `"hook" is not an absolute URL`},
		"a grace without a unit": {"presence_grace 30", "30"},
	} {
		if _, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": c.directives})); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", name, err, c.want)
		}
	}
}
