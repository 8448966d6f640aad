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

func TestASettingThatCannotBeReadIsNotCalledMissing(t *testing.T) {
	for text, env := range map[string]map[string]string{
		"MERCURE_PUBLISHER_JWT_KEY_FILE: the file cannot be read":                   {"MERCURE_PUBLISHER_JWT_KEY": "", "MERCURE_PUBLISHER_JWT_KEY_FILE": "/nonexistent"},
		"MERCURE_PUBLISHER_JWT_KEY and MERCURE_PUBLISHER_JWT_KEY_FILE are both set": {"MERCURE_PUBLISHER_JWT_KEY_FILE": "/nonexistent"},
		"MERCURE_EXTRA_DIRECTIVES, line 1: publisher_jwt: the key is empty":         {"MERCURE_PUBLISHER_JWT_KEY": "", "MERCURE_EXTRA_DIRECTIVES": "publisher_jwt {$NONE:\"\"}"},
		"MERCURE_EXTRA_DIRECTIVES, line 2: on_subscription_secret: it has 5 bytes":  {"MERCURE_EXTRA_DIRECTIVES": "on_subscription https://a.example\non_subscription_secret short"},
	} {
		_, err := load(keys(env))
		if err == nil || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "missing") {
			t.Errorf("%v, want %q and nothing of a setting that is missing", err, text)
		}
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
		{"a part of a directive", keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": "jwt x"}), []string{`did you mean "publisher_jwt"?`}},
		{"an argument too many", keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": "anonymous yes"}), []string{"anonymous: stands alone", "leave the line out to turn it off"}},
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
