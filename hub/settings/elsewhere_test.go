package settings_test

import (
	"slices"
	"strings"
	"testing"

	"amalgam/hub/eventlog"
	"amalgam/hub/settings"
)

// The directives that the documentation of the reference hub lists, of 0.2x and
// of 1.0.
const referenceDirectives = `
name main
publisher_jwt !ChangeThisMercureHubJWTSecretKey! HS256
subscriber_jwt !ChangeThisMercureHubJWTSecretKey!
anonymous
publish_origins https://a.example
cors_origins https://a.example
cookie_name mercureAuthorization
subscriptions
heartbeat 40s
transport bolt {
	path data/mercure.db
	bucket_name updates
	size 1000
	cleanup_frequency 0.3
}
transport_url bolt://mercure.db?size=100&cleanup_frequency=0.4&bucket_name=demo
dispatch_timeout 0s
write_timeout 0s
protocol_version_compatibility 7
demo
ui
topic_selector_cache 10000 256
topic_matcher_cache 100000
subscriber_list_cache_size 100000
cache 6e7 1e8
license x
issuer https://a.example {
	authorization_server
	publisher {
		jwt !ChangeThisMercureHubJWTSecretKey! HS256
	}
	subscriber {
		jwt !ChangeThisMercureHubJWTSecretKey!
	}
}
resource_identifier https://hub.example/.well-known/mercure
public_urls https://hub.example/.well-known/mercure
public_url https://hub.example/.well-known/mercure
max_request_body_size 512KB
drain_timeout 5s
debugger
playground
use_forwarded_headers
`

func TestEveryDirectiveOfTheReferenceHubIsUnderstoodOrAnswered(t *testing.T) {
	s, err := loadFile(t, referenceDirectives, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Hub.Limits.Body != 512_000 || s.Path != "data/mercure.db" || s.History.MaxEvents != 1000 || s.Hub.WriteTimeout >= 0 || s.Hub.DispatchTimeout <= 0 {
		t.Errorf("read as %+v", s)
	}
	for _, name := range []string{"name", "protocol_version_compatibility", "demo", "ui", "topic_selector_cache", "topic_matcher_cache", "subscriber_list_cache_size", "cache", "license", "public_url", "drain_timeout", "playground", "use_forwarded_headers", "cleanup_frequency", "bucket_name", "transport_url", "dispatch_timeout"} {
		n := 0
		for _, w := range s.Warnings {
			if slices.Contains(strings.Fields(w), name) && strings.Contains(w, "use") {
				n++
			}
		}
		// Options of a transport are in the block and in the URL.
		if n == 0 || n > 2 {
			t.Errorf("%s has %d warnings, want one: %q", name, n, s.Warnings)
		}
	}
}

func TestVariablesOfOtherHubsAreAnswered(t *testing.T) {
	s, err := load(keys(map[string]string{
		"JWT_KEY": "x", "CORS_ALLOWED_ORIGINS": "*", "ADDR": ":1", "DEBUG": "1", "MERCURE_LICENSE": "y", "GLOBAL_OPTIONS": "debug",
		"CADDY_SERVER_EXTRA_DIRECTIVES": " \n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"JWT_KEY is set, which another hub reads and this one does not: set MERCURE_PUBLISHER_JWT_KEY", "CORS_ALLOWED_ORIGINS is set", "ADDR is set", "DEBUG is set", "MERCURE_LICENSE is set", "GLOBAL_OPTIONS is set"} {
		if !slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.HasPrefix(w, want) }) {
			t.Errorf("no warning begins with %q: %q", want, s.Warnings)
		}
	}
	if len(s.Warnings) != 6 {
		t.Errorf("%d warnings, want 6: %q", len(s.Warnings), s.Warnings)
	}
	if s, _ := load(keys(map[string]string{"DEBUG": "1", "DEMO": "1"})); len(s.Warnings) > 0 {
		t.Errorf("names that anybody uses have warnings: %q", s.Warnings)
	}
	// Whoever has set what another hub reads is told so beside what is missing.
	if s, err := load(map[string]string{"JWT_KEY": secret}); err == nil || len(s.Warnings) != 1 {
		t.Errorf("%v, warnings %q", err, s.Warnings)
	}
}

func TestTheOldURLOfATransportIsRead(t *testing.T) {
	type kept struct{ transport, path string }
	for url, want := range map[string]kept{
		"bolt:///data/my.db?size=7": {"bolt", "/data/my.db"},
		"bolt://my.db?size=7":       {"bolt", "my.db"},
		"bolt://sub/my.db?size=7":   {"bolt", "sub/my.db"},
	} {
		s, err := load(keys(map[string]string{"MERCURE_TRANSPORT_URL": url}))
		if err != nil || (kept{s.Transport, s.Path}) != want || s.History != (eventlog.Retention{MaxEvents: 7}) {
			t.Errorf("%s is read as %+v, %v", url, s, err)
		}
	}
	for _, url := range []string{"local://local", "null://"} {
		if s, err := load(keys(map[string]string{"MERCURE_TRANSPORT_URL": url})); err != nil || s.Transport != "local" {
			t.Errorf("%s is read as %+v, %v", url, s, err)
		}
	}
	for url, want := range map[string]string{
		"redis://x":              "no redis",
		"my.db":                  `"my.db" is not a URL`,
		"bolt://":                "names no file",
		"bolt://a.db?sze=1":      `sze: is not known here; did you mean "size"?`,
		"bolt://a.db?size=many":  "size: \"many\" is not a number",
		"bolt://a.db?path=/x":    "before the ?",
		"bolt://a.db?size=%zz":   "cannot be read",
		"local://local?path=/x":  "before the ?",
		"bolt://a.db?size=1 2 3": "not a number",
	} {
		if _, err := load(keys(map[string]string{"MERCURE_TRANSPORT_URL": url})); err == nil || !strings.Contains(err.Error(), "MERCURE_TRANSPORT_URL: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", url, err, want)
		}
	}
	// history says more than size; transport more than transport_url.
	s, err := load(keys(map[string]string{"MERCURE_TRANSPORT_URL": "bolt://a.db?size=7", "MERCURE_EXTRA_DIRECTIVES": "transport bolt {\npath b.db\nsize 9\n}\nhistory {\nmax_events 5\n}"}))
	if err != nil || s.Path != "b.db" || s.History.MaxEvents != 5 {
		t.Errorf("read as %+v, %v", s, err)
	}
}

func TestMisspeltVariablesAreToldOf(t *testing.T) {
	env := keys(map[string]string{"MERCURE_EXTRA_DIRECTIVE": "anonymous", "MERCURE_PUBLISHER_JWT_KEYFILE": "x", "AMALGAM_DAT": "x", "AMALGAM_LOGS": "", "MERCURE_URL": "x", "MERCURE_JWT_SECRET": "x", "MERCURE_LICENSE": "x", "SERVER_NAMES": "x"})
	o := settings.Options{Getenv: func(name string) string { return env[name] }}
	for name, value := range env {
		o.Environ = append(o.Environ, name+"="+value)
	}
	s, err := settings.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(s.Warnings)
	want := []string{
		"AMALGAM_DAT is set, which this hub does not read: did you mean AMALGAM_DATA?",
		"MERCURE_EXTRA_DIRECTIVE is set, which this hub does not read: did you mean MERCURE_EXTRA_DIRECTIVES?",
		"MERCURE_LICENSE is set, which another hub reads and this one does not: this hub needs no licence key: leave it out",
		"MERCURE_PUBLISHER_JWT_KEYFILE is set, which this hub does not read: did you mean MERCURE_PUBLISHER_JWT_KEY_FILE?",
	}
	if !slices.Equal(s.Warnings, want) {
		t.Errorf("warnings:\n%s\nwant:\n%s", strings.Join(s.Warnings, "\n"), strings.Join(want, "\n"))
	}
}

func TestAnIssuerMayHaveTheKeysOfClassicTokens(t *testing.T) {
	s, err := load(keys(map[string]string{"MERCURE_TRUSTED_ISSUERS": "https://a.example", "MERCURE_EXTRA_DIRECTIVES": "resource_identifier x"}))
	if err != nil || len(s.Hub.Issuers) != 1 || s.Hub.Issuers[0].ID != "https://a.example" || len(s.Hub.Issuers[0].Publisher.Keys("")) != 1 || len(s.Hub.PublisherKeys) != 1 {
		t.Errorf("read as %+v, %v", s, err)
	}
	if _, err := load(map[string]string{"MERCURE_TRUSTED_ISSUERS": "https://a.example"}); err == nil || !strings.Contains(err.Error(), "MERCURE_PUBLISHER_JWT_KEY is missing") {
		t.Errorf("without keys: %v", err)
	}
}

func TestChangesAreSortedByWhatTheyNeed(t *testing.T) {
	a, err := loadFile(t, "cors_origins https://a.example\nheartbeat 1s\nanonymous", keys(nil))
	if err != nil {
		t.Fatal(err)
	}
	b, err := settings.Load(settings.Options{Before: a, Getenv: func(name string) string {
		return keys(map[string]string{"MERCURE_PUBLISHER_JWT_KEY": secret + "2", "MERCURE_EXTRA_DIRECTIVES": "heartbeat 2s\nexplain\nanonymous"})[name]
	}})
	if err != nil {
		t.Fatal(err)
	}
	changed, restart := b.Changes(a)
	if !slices.Equal(changed, []string{"publisher_jwt", "cors_origins", "explain"}) || !slices.Equal(restart, []string{"heartbeat"}) {
		t.Errorf("changed %q, after a restart %q", changed, restart)
	}
	if b.Hub.Logger != a.Hub.Logger {
		t.Error("the logger was not kept")
	}
}
