package auth_test

import (
	"strings"
	"testing"

	"amalgam/hub/auth"
)

// FuzzOrigins sees that an origin that is taken lists itself, and nothing below
// or above it.
func FuzzOrigins(f *testing.F) {
	for _, s := range []string{"https://example.com", "http://[::1]:8080", "https://*.example.com", "capacitor://localhost", "https://a.example,", "https://bücher.example", "HTTP://A.example:80/", "https://:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := auth.ParseOrigins([]string{s})
		if err != nil || o.Any() {
			return
		}
		if strings.ContainsAny(s, ", ") {
			t.Errorf("%q is taken", s)
		}
		if one := strings.ReplaceAll(s, "*", "x"); !o.Lists(one) {
			t.Errorf("%q does not list %q", s, one)
		}
		if scheme, host, ok := strings.Cut(s, "://"); ok && !strings.HasPrefix(host, "[") && o.Lists(scheme+"://x."+host) {
			t.Errorf("%q lists what is below it", s)
		}
	})
}
