package settings_test

import (
	"slices"
	"strings"
	"testing"
)

func TestOfACaddyfileTheHubsPartIsTaken(t *testing.T) {
	for name, text := range map[string]string{
		"bare":           "server_name :80\nanonymous\nheartbeat 9s",
		"a block":        "server_name :80\nmercure {\n anonymous\n heartbeat 9s\n}",
		"a site":         ":80 {\n mercure {\n anonymous\n heartbeat 9s\n }\n respond \"Not Found\" 404\n}",
		"a whole one":    "{\n order mercure after encode\n admin off\n}\n\n{$NAME:http://:80} {\n log\n route {\n encode gzip\n mercure {\n anonymous\n heartbeat 9s\n }\n }\n}",
		"of a developer": ":80 {\n mercure {\n anonymous\n heartbeat 9s\n }\n redir / /.well-known/mercure/ui/\n respond 404\n}",
		"no braces":      "{\n debug\n}\n:80\n\nroute {\n mercure {\n anonymous\n heartbeat 9s\n }\n respond 404\n}",
	} {
		s, err := loadFile(t, text, keys(nil))
		if err != nil || !slices.Equal(s.Listen.Plain, []string{":80"}) || !s.Hub.Anonymous || s.Hub.Heartbeat.Seconds() != 9 {
			t.Errorf("%s is read as %+v, %v", name, s, err)
			continue
		}
		if left := slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, "not used here, because it is for Caddy") }); left != (strings.Contains(text, "respond") || strings.Contains(text, "log")) {
			t.Errorf("%s: warnings %q", name, s.Warnings)
		}
	}
	for name, c := range map[string][2]string{
		"a proxy":       {":80 {\n mercure {\n }\n reverse_proxy app:8080\n}", "line 4: reverse_proxy: is Caddy's, and this hub is no web server"},
		"a redirect":    {":80 {\n mercure {\n }\n redir / https://www.example.com\n}", "line 4: redir: is Caddy's"},
		"a password":    {":80 {\n basic_auth {\n bob x\n }\n mercure {\n }\n}", "line 2: basic_auth"},
		"a path":        {":80 {\n handle /hub/* {\n mercure {\n }\n }\n}", "line 2: handle"},
		"an import":     {"import x\n:80 {\n mercure {\n }\n}", "line 1: import: is Caddy's"},
		"two hubs":      {"a.example:80 {\n mercure {\n }\n}\nb.example:80 {\n mercure {\n }\n}", "has 2 mercure blocks"},
		"a wrong block": {"mercure {\n anonymus\n}", `line 2: anonymus: there is no such directive; did you mean "anonymous"?`},
		"nothing of it": {"amonymous", `line 1: amonymous: there is no such directive`},
	} {
		if _, err := loadFile(t, c[0], keys(nil)); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v, want an error with %q", name, err, c[1])
		}
	}
}
