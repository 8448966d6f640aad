package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/auth"
)

func public(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var (
	rsaKey   = must(rsa.GenerateKey(rand.Reader, 2048))
	p256     = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	p384     = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	p521     = must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
	_, ed, _ = ed25519.GenerateKey(rand.Reader)
	secret   = []byte(strings.Repeat("s", 64))
)

func TestEveryAlgorithmVerifiesItsOwnTokensOnly(t *testing.T) {
	signers := map[string]any{
		"HS256": secret, "HS384": secret, "HS512": secret,
		"RS256": rsaKey, "RS384": rsaKey, "RS512": rsaKey, "PS256": rsaKey, "PS384": rsaKey, "PS512": rsaKey,
		"ES256": p256, "ES384": p384, "ES512": p521, "EdDSA": ed,
	}
	if len(signers) != len(auth.Algorithms) {
		t.Fatalf("%d algorithms are tested, there are %d", len(signers), len(auth.Algorithms))
	}
	keys := make(map[string]*auth.Key)
	for alg, s := range signers {
		material := secret
		if signer, ok := s.(crypto.Signer); ok {
			material = public(t, signer)
		}
		k, err := auth.ParseKey(alg, material)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		keys[alg] = k
	}
	for signed, s := range signers {
		token := must(jwt.NewWithClaims(jwt.GetSigningMethod(signed), jwt.MapClaims{}).SignedString(s))
		for alg, k := range keys {
			err := auth.Verify(token, []*auth.Key{k}, jwt.MapClaims{})
			if (err == nil) != (alg == signed) {
				t.Errorf("a token signed with %s, a key for %s: %v", signed, alg, err)
			}
		}
	}
}

func TestKeysThatCouldNotBeSafeAreRefusedWithTheMend(t *testing.T) {
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(p256))})
	for _, c := range []struct {
		name, alg string
		material  []byte
		want      string
	}{
		{"a public key as an HMAC secret", "HS256", public(t, rsaKey), "PEM key cannot be used with HS256"},
		{"a secret too short", "HS256", secret[:31], "at least 32"},
		{"a secret too short for the hash", "HS512", secret[:63], "at least 64"},
		{"an unknown algorithm", "none", secret, "HS256, HS384"},
		{"a private key", "ES256", private, "private key"},
		{"a secret where a key is needed", "RS256", secret, "BEGIN PUBLIC KEY"},
		{"an RSA key for ECDSA", "ES256", public(t, rsaKey), "an RSA key"},
		{"another curve", "ES256", public(t, p384), "P-384"},
		{"an Ed25519 key for RSA", "RS256", public(t, ed), "Ed25519"},
		{"a weak RSA key", "RS256", public(t, small), "2048"},
	} {
		if _, err := auth.ParseKey(c.alg, c.material); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
	}
}

func TestARefusedTokenSaysWhyWithoutRepeatingIt(t *testing.T) {
	key := []*auth.Key{must(auth.ParseKey("HS256", secret))}
	sign := func(claims jwt.MapClaims) string {
		return must(jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(secret))
	}
	now := time.Now().Unix()
	for _, c := range []struct{ name, token, want string }{
		{"expired", sign(jwt.MapClaims{"exp": now - 10}), "expired"},
		{"not valid yet", sign(jwt.MapClaims{"nbf": now + 100}), "not valid yet"},
		{"another key", must(jwt.New(jwt.SigningMethodHS256).SignedString([]byte("other"))), "signature"},
		{"unsigned", must(jwt.New(jwt.SigningMethodNone).SignedString(jwt.UnsafeAllowNoneSignatureType)), "signature"},
		{"a claim of the wrong type", sign(jwt.MapClaims{"exp": "tomorrow"}), "wrong type"},
		{"garbage", "a.b", "cannot be decoded"},
		{"too long", strings.Repeat("a", auth.MaxToken+1), "longer than"},
	} {
		err := auth.Verify(c.token, key, &jwt.RegisteredClaims{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		} else if len(c.token) > 8 && strings.Contains(err.Error(), c.token[:8]) {
			t.Errorf("%s: the error repeats the token: %v", c.name, err)
		}
	}
	if err := auth.Verify(sign(jwt.MapClaims{"exp": now + 100, "nbf": now - 100}), key, &jwt.RegisteredClaims{}); err != nil {
		t.Errorf("a sound token: %v", err)
	}
}

func TestOriginsAreMatchedByLabel(t *testing.T) {
	list, err := auth.ParseOrigins([]string{"https://example.com", "https://*.example.org", "http://localhost:8080", "https://*.*.deep.example"})
	if err != nil {
		t.Fatal(err)
	}
	for origin, want := range map[string]bool{
		"https://example.com":            true,
		"https://EXAMPLE.com:443":        true,
		"http://example.com":             false,
		"https://example.com:444":        false,
		"https://a.example.com":          false,
		"https://a.example.org":          true,
		"https://a.b.example.org":        false,
		"https://example.org":            false,
		"https://.example.org":           false,
		"https://evil-example.org":       false,
		"https://a.example.org.evil.com": false,
		"http://localhost:8080":          true,
		"http://localhost":               false,
		"https://a.b.deep.example":       true,
		"https://a.example.org/path":     false,
		"https://*.example.org":          false,
		"null":                           false,
		"":                               false,
	} {
		if got := list.Lists(origin); got != want {
			t.Errorf("Lists(%q) = %v, want %v", origin, got, want)
		}
	}
	for _, bad := range []string{"example.com", "https://", "https://*example.com", "https://example.com/path", "https://a@b.example"} {
		if _, err := auth.ParseOrigins([]string{bad}); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("ParseOrigins(%q) = %v, want an error that names it", bad, err)
		}
	}
}
