package auth_test

import (
	"context"
	"crypto"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/auth"
)

func keySet(t *testing.T, keys ...jose.JSONWebKey) string {
	t.Helper()
	b, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func jwk(key any, kid, alg, use string) jose.JSONWebKey {
	if s, ok := key.(crypto.Signer); ok {
		key = s.Public()
	}
	return jose.JSONWebKey{Key: key, KeyID: kid, Algorithm: alg, Use: use}
}

func fileSet(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

func TestAKeySetGivesTheKeysThatVerifySignatures(t *testing.T) {
	set, err := auth.NewJWKS(context.Background(), fileSet(t, keySet(t,
		jwk(rsaKey, "rsa", "", "sig"), jwk(p256, "ec", "ES256", ""), jwk(ed, "ed", "", ""),
		jwk(p384, "for encryption", "", "enc"), jwk(secret, "a secret", "HS256", "sig"), jwk(p521, "wrong alg", "ES256", ""))), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kid, alg string
		key      any
		want     bool
	}{
		{"rsa", "RS256", rsaKey, true},
		{"rsa", "PS512", rsaKey, true},
		{"ec", "ES256", p256, true},
		{"ed", "EdDSA", ed, true},
		{"", "EdDSA", ed, true},
		{"ec", "EdDSA", ed, false},
		{"unknown", "EdDSA", ed, false},
		{"for encryption", "ES384", p384, false},
		{"a secret", "HS256", secret, false},
		{"wrong alg", "ES512", p521, false},
	} {
		token := must(jwt.New(jwt.GetSigningMethod(c.alg)).SignedString(c.key))
		if err := auth.Verify(token, set.Keys(c.kid), jwt.MapClaims{}); (err == nil) != c.want {
			t.Errorf("kid %q, %s: %v, want taken: %v", c.kid, c.alg, err, c.want)
		}
	}
}

func TestATokenCausesNoRequestForKeys(t *testing.T) {
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		_, _ = w.Write([]byte(keySet(t, jwk(ed, "ed", "", ""))))
	}))
	defer server.Close()
	set, err := auth.NewJWKS(context.Background(), server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		set.Keys("unknown")
		set.Keys("")
	}
	if n := requests.Load(); n != 1 || len(set.Keys("ed")) != 1 {
		t.Errorf("%d requests and %d keys, want 1 and 1", n, len(set.Keys("ed")))
	}
}

func TestAKeySetThatCannotBeReadSaysWhy(t *testing.T) {
	large := fileSet(t, `{"keys":[`+strings.Repeat(" ", 1<<20)+`]}`)
	for _, c := range []struct{ name, uri, want string }{
		{"another scheme", "ftp://example.com/jwks", "https:// or file://"},
		{"no such file", "file:///no/such/file", "no such file"},
		{"not a set", fileSet(t, `[]`), "JWK Set"},
		{"no usable key", fileSet(t, `{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`), "no key"},
		{"too large", large, "larger than"},
		{"too many keys", fileSet(t, `{"keys":[`+strings.Repeat(`{},`, 100)+`{}]}`), "101 keys"},
	} {
		if _, err := auth.NewJWKS(context.Background(), c.uri, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
	}
	// A server may be down when the hub starts.
	server := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusFound))
	defer server.Close()
	set, err := auth.NewJWKS(context.Background(), server.URL, nil)
	if err != nil || len(set.Keys("")) != 0 {
		t.Errorf("a server that redirects: %v, %d keys; want no error and no key", err, len(set.Keys("")))
	}
}

func TestAKeySetIsRefreshedByTheClock(t *testing.T) {
	defer auth.SetJWKSClock(1, 1)() // nanoseconds: as often as it can
	var body atomic.Value
	body.Store(keySet(t, jwk(ed, "old", "", "")))
	served := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(body.Load().(string)))
		select {
		case served <- struct{}{}:
		default:
		}
	}))
	defer server.Close()
	set, err := auth.NewJWKS(context.Background(), server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); set.Refresh(ctx) }()
	body.Store(keySet(t, jwk(p256, "new", "", "")))
	for range 3 { // the third answer comes after the second has been taken
		<-served
	}
	if len(set.Keys("new")) == 0 || len(set.Keys("old")) != 0 {
		t.Errorf("after a refresh there are %d new and %d old keys", len(set.Keys("new")), len(set.Keys("old")))
	}
	body.Store("broken")
	for range 3 {
		<-served
	}
	if len(set.Keys("new")) == 0 {
		t.Error("a broken answer took the keys away")
	}
	cancel()
	<-done
}

func TestThePasswordOfAKeySetsURLIsNotShown(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	if _, err := auth.NewJWKS(t.Context(), strings.Replace(gone.URL, "http://", "http://me:TOPSECRET@", 1), logger); err != nil {
		t.Fatal(err)
	}
	_, err := auth.NewJWKS(t.Context(), "ftp://me:TOPSECRET@a.example/keys", logger)
	if err == nil || !strings.Contains(log.String(), "cannot be fetched") || strings.Contains(log.String()+err.Error(), "TOPSECRET") {
		t.Errorf("the log says %s, the error %v", log.String(), err)
	}
}
