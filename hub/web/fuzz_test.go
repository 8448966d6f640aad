package web

import (
	"strings"
	"testing"
)

// FuzzNegotiate sees that no client is sent an encoding that it does not name,
// or names with a weight of 0 only.
func FuzzNegotiate(f *testing.F) {
	for _, accept := range []string{"gzip, br", "br;q=0, gzip;q=0.5", "*", "identity", "GZIP ; q=1", ",,br;q=0.000", "br;q=0;x", "gzip;q=NaN"} {
		f.Add(accept)
	}
	bodies := map[string][]byte{"gzip": make([]byte, 20), "br": make([]byte, 10)}
	f.Fuzz(func(t *testing.T, accept string) {
		switch got := negotiate(accept, bodies); {
		case got == "":
		case bodies[got] == nil || !strings.Contains(strings.ToLower(accept), got):
			t.Errorf("%q is answered with %q", accept, got)
		case strings.Count(strings.ToLower(accept), got) == 1 && strings.Contains(strings.ToLower(strings.ReplaceAll(accept, " ", "")), got+";q=0,"):
			t.Errorf("%q refuses %s", accept, got)
		}
	})
}
