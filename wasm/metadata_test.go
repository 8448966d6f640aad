package wasm

import "testing"

func TestWhereTheMetadataOfAHubIs(t *testing.T) {
	for hub, want := range map[string]string{
		"https://example.com/.well-known/mercure?topic=a//b#c": "https://example.com/.well-known/oauth-protected-resource/.well-known/mercure",
		"https://example.com:8443/hub":                         "https://example.com:8443/.well-known/oauth-protected-resource/hub",
		"https://example.com?topic=a":                          "https://example.com/.well-known/oauth-protected-resource",
		"//example.com/hub":                                    "//example.com/.well-known/oauth-protected-resource/hub",
		"/hub?topic=a":                                         "/.well-known/oauth-protected-resource/hub",
	} {
		if got := metadataURL(hub); got != want {
			t.Errorf("%s: %s, want %s", hub, got, want)
		}
	}
}
