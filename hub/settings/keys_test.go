package settings_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"amalgam/hub/auth"
	"amalgam/hub/settings"
)

// keySet is a JWK Set with an EC and an RSA key.
func keySet(t *testing.T) []byte {
	t.Helper()
	ec, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rsaKey, err2 := rsa.GenerateKey(rand.Reader, 2048)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &ec.PublicKey, KeyID: "ec"}, {Key: &rsaKey.PublicKey, KeyID: "rsa"}}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func algorithms(source auth.KeySource) []string {
	var algs []string
	for _, k := range source.Keys("") {
		algs = append(algs, k.Alg())
	}
	return algs
}

func TestClassicTokensAreVerifiedWithAKeySet(t *testing.T) {
	file := "file://" + write(t, "jwks.json", string(keySet(t)))
	s, err := loadFile(t, "publisher_jwks_url "+file+" ES256 RS256\nsubscriber_jwks_url "+file+" ES256", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := algorithms(s.Hub.PublisherKeySet); !slices.Equal(got, []string{"ES256", "RS256"}) || len(s.Hub.PublisherKeys) > 0 {
		t.Errorf("publishers' keys are for %q", got)
	}
	if got := algorithms(s.Hub.SubscriberKeySet); !slices.Equal(got, []string{"ES256"}) {
		t.Errorf("subscribers' keys are for %q", got)
	}
	// As in the reference hub, a key beside it does not count; here that is said.
	s, err = loadFile(t, "publisher_jwks_url "+file, keys(nil))
	if err != nil || len(s.Hub.PublisherKeys) > 0 || !slices.Contains(s.Warnings, "publisher_jwt is not used: publisher_jwks_url takes its place") {
		t.Errorf("%v, warnings %q", err, s.Warnings)
	}
	for text, want := range map[string]string{
		"publisher_jwks_url":                           "takes the URL of a key set",
		"publisher_jwks_url ftp://a":                   "is not an https:// or file:// URL",
		"publisher_jwks_url " + file + " HS256":        `"HS256" is not an algorithm of the keys in a set`,
		"publisher_jwks_url " + file + " PS999":        `"PS999" is not an algorithm`,
		"publisher_jwks_url " + file + " EdDSA":        "none for the algorithms that were named",
		"publisher_jwks_url file:///no/such/jwks.json": "no such file",
	} {
		if _, err := loadFile(t, text, keys(nil)); err == nil || !strings.Contains(err.Error(), "line 1: publisher_jwks_url: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", text, err, want)
		}
	}
}

// A reload must not lose the keys of a set whose source is down at that moment.
func TestAReloadKeepsAFetchedKeySetAndReadsOneInAFileAnew(t *testing.T) {
	asked := 0
	set := keySet(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = w.Write(set)
	}))
	defer server.Close()
	file := "file://" + write(t, "jwks.json", string(set))
	o := settings.Options{Getenv: func(name string) string {
		return map[string]string{"MERCURE_EXTRA_DIRECTIVES": "publisher_jwks_url " + server.URL + "\nsubscriber_jwks_url " + file}[name]
	}}
	first, err := settings.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	o.Before = first
	second, err := settings.Load(o)
	if err != nil || second.Hub.PublisherKeySet != first.Hub.PublisherKeySet || len(second.Hub.PublisherKeySet.Keys("ec")) == 0 || asked != 1 {
		t.Errorf("%v; the set was asked for %d times, want once", err, asked)
	}
	if second.Hub.SubscriberKeySet == first.Hub.SubscriberKeySet {
		t.Error("the file was not read anew")
	}
}
