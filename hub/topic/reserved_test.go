package topic_test

import (
	"testing"

	"amalgam/hub/topic"
)

func TestTheHubsNamespaceIsReservedInEverySpelling(t *testing.T) {
	n, err := topic.NewNamespace("http://localhost/.well-known/mercure")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"/.well-known/mercure":                     true,
		"/.well-known/mercure/subscriptions/a/b":   true,
		"https://example.com/.well-known/mercure/": true,
		"foo:/.well-known/mercure":                 true,
		"/.well-known/%6Dercure/x":                 true,
		"/.well-known/%6d%65%72%63%75%72%65":       true,
		"/.well-known/x/../mercure":                true,
		"/.well-known/x/%2e%2E/mercure":            true,
		`\.well-known\mercure`:                     true,
		"mercure":                                  true,
		"./mercure/x":                              true,
		"":                                         true,
		" ":                                        true,
		"?query":                                   true,
		"#fragment":                                true,
		" /.well-known/mercure ":                   true,
		"http:":                                    true,
		"/.well-known/mercury":                     false,
		"/.well-known/mercures":                    false,
		"/.well-known/Mercure":                     false,
		"/.well-known/mercure%2Fx":                 false,
		"/x/.well-known/mercure":                   false,
		"https://mercure/":                         false,
		"https://example.com/?/.well-known/mercure":     false,
		"urn:uuid:6f1e2a52-1111-4222-8333-444455556666": false,
		"https://example.com/books/{id}":                false,
		"https://[bad/.well-known/mercure":              false,
	} {
		if got := n.Holds(name); got != want {
			t.Errorf("Holds(%q) = %v, want %v", name, got, want)
		}
	}
}
