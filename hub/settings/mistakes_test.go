package settings_test

import (
	"strings"
	"testing"
)

// Each of these would have been taken, for something else than was written.
func TestWhatWouldMeanSomethingElseIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"heartbeat {$HB\nanonymous\nhistory {\nmax_age {$AGE:5m}\n}": "line 1: a {$ is not closed",
		"anonymous\n# {$HB": "line 2: a {$ is not closed",
		"cookie_name {env.A_NAME_THAT_IS_LONGER_THAN_A_KEY":            "line 1: cookie_name: a placeholder is not closed",
		"cookie_name {x}{file./a":                                      "a placeholder is not closed",
		"history {\nmax_events 5\nmax_events 7\n}":                     "max_events (line 3): is there already: write it once",
		"history {\nmax_age 1h {\nanonymous\n}\n}":                     "max_age (line 2): takes no block",
		"transport bolt {\npath a\npath b\n}":                          "path (line 3): is there already",
		"tls {\nca https://a.example\nca https://b.example\n}":         "ca (line 3): is there already",
		"issuer https://a.example {\nauthorization_server {\nx\n}\n}":  "authorization_server (line 2): is not read like this",
		"issuer https://a.example {\npublisher jwt {\n}\n}":            "publisher (line 2): is not read like this",
		"issuer https://a.example {\npublisher {\njwt k {\nx\n}\n}\n}": "jwt (line 3): takes no block",
		"stop_spread 4s {\nanonymous\n}":                               "stop_spread: takes no block",
		"heartbeat 4s {\nanonymous\n}":                                 "heartbeat: takes no block",
		"server_name :3000 {\nno_query_token\n}":                       "server_name: takes no block",
		"anonymous {\nx\n}":                                            "anonymous: takes no block",
		"cors_origins https://a.example, https://b.example":            `"https://a.example," is not an origin`,
		"cors_origins https://bücher.example":                          "xn--",
		"public_urls https://hub.example.com":                          "write https://hub.example.com/.well-known/mercure",
		"public_urls https://hub.example.com/.well-known/mercure/":     "write https://hub.example.com/.well-known/mercure",
		"cookie_name \"my cookie;\"":                                   "cannot be a cookie's name",
		"transport_url bolt:///a?size=1&size=2":                        "size: is there 2 times",
		"access_cookie_name a=b":                                       "cannot be a cookie's name",
	} {
		if _, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": text})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", text, err, want)
		}
	}
}

func TestAnAddressThatTheImageReplacesIsWarnedOf(t *testing.T) {
	site := "hub.example.com {\nmercure {\nanonymous\n}\n}"
	for name, warned := range map[string]bool{":80": true, "": false, "hub.example.com": false} {
		s, err := loadFile(t, site, keys(map[string]string{"SERVER_NAME": name}))
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(s.Warnings, "\n")
		if got := strings.Contains(all, "server_name hub.example.com is not used: SERVER_NAME, :80, takes its place"); got != warned {
			t.Errorf("SERVER_NAME=%s: %q, want a warning: %v", name, all, warned)
		}
	}
}

func TestAKeyInQuotesOrWithALineBreakIsWarnedOf(t *testing.T) {
	warns := func(key string) bool {
		s, err := load(keys(map[string]string{"MERCURE_PUBLISHER_JWT_KEY": key}))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range s.Warnings {
			if strings.Contains(w, secret) {
				t.Errorf("%q shows the key", w)
			}
			if strings.Contains(w, "MERCURE_PUBLISHER_JWT_KEY begins and ends with a quote") {
				return true
			}
		}
		return false
	}
	for _, key := range []string{`"` + secret + `"`, "'" + secret + "'", secret + "\n", " " + secret, "\ufeff" + secret, strings.ReplaceAll(secret, "C", "C\x00")} {
		if !warns(key) {
			t.Errorf("%q passes without a warning", key)
		}
	}
	for _, key := range []string{secret, `"` + secret, secret + "'"} {
		if warns(key) {
			t.Errorf("%q is warned of", key)
		}
	}
}

func TestWhatCannotBeReadShowsNoSecretEither(t *testing.T) {
	const hidden = "TOPSECRET-TOPSECRET-TOPSECRET-TOPSECRET"
	for _, text := range []string{
		"publisher_jwt " + secret + " " + hidden,
		"publisher_jwt " + secret + " " + hidden + " " + hidden,
		"issuer https://a.example {\npublisher {\njwt " + secret + " " + hidden + "\n}\n}",
		"issuer https://a.example {\npublisher {\njtw " + hidden + "\n}\n}",
		"issuer https://a.example {\npublisher " + hidden + "\n}",
		"tls {\neab_key_id a\neab_mac_kye " + hidden + "\n}",
		"on_subscription_secret " + hidden + " " + hidden,
		"on_subscription https://me:" + hidden + "@a.example/hook",
		"publisher_jwks_url https://me:" + hidden + "@a.example/keys HS256",
		"jwt_publisher " + hidden,
	} {
		s, err := load(keys(map[string]string{"MERCURE_PUBLISHER_JWT_KEY": "", "MERCURE_EXTRA_DIRECTIVES": text}))
		if err == nil {
			t.Errorf("%q is read", text)
			continue
		}
		shown := append(s.Warnings, err.Error())
		for _, e := range s.Effective() {
			shown = append(shown, e.Value)
		}
		if strings.Contains(strings.Join(shown, "\n"), "TOPSECRET") {
			t.Errorf("%q is shown in %q", text, shown)
		}
	}
}

// What is proposed would be taken.
func TestAMendIsNotRefusedItself(t *testing.T) {
	for text, c := range map[string]struct{ want, never string }{
		"subscriber_queue 1mb":        {"such as 64MiB or 1GB", "or 0"},
		"max_request_body_size":       {"such as 64MiB or 1GB", "0 means"},
		"body_timeout 15":             {"write 40s", "or 0"},
		"body_timeout":                {"such as 40s", "0 turns"},
		"history {\nmax_bytes 1mb\n}": {"or 0 for no limit", "~"},
		"history {\nmax_age 7d\n}":    {"24h for a day, or 0 to turn it off", "~"},
		"on_subscription ftp://a":     {`"ftp://a" is not an absolute URL with http:// or https://`, "mercure"},
		"public_urls hub":             {"such as https://hub.example.com/.well-known/mercure", "~"},
	} {
		if _, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": text})); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), c.never) {
			t.Errorf("%q: %v, want an error with %q and without %q", text, err, c.want, c.never)
		}
	}
}

// A folded text in YAML, or -e of docker run, makes one line of several.
func TestDirectivesThatAreInOneLineAreTold(t *testing.T) {
	for text, want := range map[string]string{
		"anonymous cors_origins *":           "anonymous: stands alone, without arguments: leave the line out to turn it off; cors_origins is a directive itself: write it on a line of its own",
		"cors_origins https://a.b anonymous": `"anonymous" is not an origin`,
		"heartbeat 15s subscriptions":        "subscriptions is a directive itself: write it on a line of its own",
		`anonymous\ncors_origins *`:          `anonymous\ncors_origins: there is no such directive: \n stands in it as two characters, where a line break belongs`,
	} {
		if _, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": text})); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "line of its own") && !strings.Contains(err.Error(), "line break") {
			t.Errorf("%s: %v, want an error with %q", text, err, want)
		}
	}
}
