package settings_test

import (
	"strings"
	"testing"

	"amalgam/hub/settings"
)

func TestWhereMetricsAre(t *testing.T) {
	for _, c := range []struct{ directives, admin, warning, fault string }{
		{"", "", "", ""},
		{"admin localhost:9000", "localhost:9000", "", ""},
		{"admin :9000", ":9000", "", ""},
		{"admin off", "", "", ""},
		{"metrics", settings.DefaultAdmin, "http://" + settings.DefaultAdmin + "/metrics", ""},
		{"metrics /metrics {\nper_host\n}", settings.DefaultAdmin, "not used", ""},
		{"metrics\nadmin localhost:9000", "localhost:9000", "", ""},
		{"metrics\nadmin off", "", "which is off", ""},
		{"admin localhost", "", "", `"localhost", which needs a port: write HOST:PORT`},
		{"admin localhost:no-port", "", "", `"no-port" is not a port`},
		{"admin", "", "", "takes one address"},
		{"admin off {\norigins x\n}", "", "", "takes no block"},
		{"access_log maybe", "", "", "is on or off"},
	} {
		s, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": c.directives}))
		switch {
		case c.fault != "":
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%q: %v, want %q", c.directives, err, c.fault)
			}
		case err != nil:
			t.Errorf("%q: %v", c.directives, err)
		case s.Admin != c.admin || !strings.Contains(strings.Join(s.Warnings, "\n"), c.warning) || c.warning == "" && len(s.Warnings) > 0:
			t.Errorf("%q: admin %q with the warnings %q, want %q with %q", c.directives, s.Admin, s.Warnings, c.admin, c.warning)
		}
	}
}

func TestTheAccessLogCanBeOff(t *testing.T) {
	for directives, off := range map[string]bool{"": false, "access_log on": false, "access_log off": true} {
		if s, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": directives})); err != nil || s.Hub.NoAccessLog != off {
			t.Errorf("%q: off is %v (%v), want %v", directives, !off, err, off)
		}
	}
}
