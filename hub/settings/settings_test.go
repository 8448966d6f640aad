package settings_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"amalgam/hub/settings"
)

const secret = "!ChangeThisMercureHubJWTSecretKey!"

func load(env map[string]string) (*settings.Settings, error) {
	return settings.Load(settings.Options{Getenv: func(name string) string { return env[name] }})
}

func keys(more map[string]string) map[string]string {
	env := map[string]string{"MERCURE_PUBLISHER_JWT_KEY": secret, "MERCURE_SUBSCRIBER_JWT_KEY": secret}
	for k, v := range more {
		env[k] = v
	}
	return env
}

func TestTheEnvironmentOfTheWellKnownImageIsUnderstood(t *testing.T) {
	s, err := load(keys(map[string]string{
		"SERVER_NAME":               ":80",
		"MERCURE_PUBLISHER_JWT_ALG": "HS256",
		"MERCURE_EXTRA_DIRECTIVES": `
			# the tutorial's
			cors_origins "https://app.example.com" http://localhost:8000
			anonymous
			subscriptions
			heartbeat 15s   # often
			write_timeout 0
			transport bolt {
				path /data/my.db
			}`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Listen.Plain, []string{":80"}) || len(s.Listen.Secure) > 0 || !s.Hub.Anonymous || !s.Hub.Subscriptions || s.Hub.Heartbeat != 15*time.Second || s.Hub.WriteTimeout >= 0 || s.Path != "/data/my.db" {
		t.Errorf("read %+v", s)
	}
	if !s.Hub.CORSOrigins.Lists("https://app.example.com") || !s.Hub.CORSOrigins.Lists("http://localhost:8000") {
		t.Error("an origin is missing")
	}
}

func TestEveryMistakeNamesItsPlaceAndItsMend(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		want []string
	}{
		{"no keys at all", map[string]string{}, []string{"MERCURE_PUBLISHER_JWT_KEY is missing", "MERCURE_SUBSCRIBER_JWT_KEY is missing", "openssl rand"}},
		{"a short key", keys(map[string]string{"MERCURE_PUBLISHER_JWT_KEY": "short"}), []string{"MERCURE_PUBLISHER_JWT_KEY", "5 bytes", "at least 32"}},
		{"a PEM as HMAC", keys(map[string]string{"MERCURE_SUBSCRIBER_JWT_KEY": "-----BEGIN PUBLIC KEY-----\nxxxxxxxxxxxxxxxxxxxx\n"}), []string{"MERCURE_SUBSCRIBER_JWT_KEY", "PEM", "HS256"}},
		{"an unknown directive", keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": "anonymous\ncors_origin https://a.example"}), []string{"line 2", "cors_origin", `did you mean "cors_origins"?`}},
		{"an argument too many", keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": "anonymous yes"}), []string{"anonymous: stands alone"}},
		{"not a duration", keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": "heartbeat 15"}), []string{"heartbeat", `"15" is not a duration`}},
		{"not an origin", keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": "cors_origins example.com"}), []string{`"example.com" is not an origin`, "https://example.com"}},
		{"an unknown transport", keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": "transport kafka"}), []string{"transport: is bolt or local", "no kafka"}},
		{"an unclosed block", keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": "transport bolt {\npath x"}), []string{"not closed"}},
		{"an unclosed quote", keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": `cors_origins "https://a`}), []string{"line 1", "quote"}},
		{"a port that is none", keys(map[string]string{"SERVER_NAME": ":http-x"}), []string{"SERVER_NAME", "not a port"}},
	} {
		_, err := load(c.env)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want an error with %q", c.name, err, want)
			}
		}
	}
}
