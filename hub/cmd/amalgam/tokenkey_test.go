package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/hubtest"
)

// A pair is a private key as a file has it, and the public one for the hub.
type pair struct{ private, public string }

func newPair(t *testing.T, key crypto.Signer) pair {
	t.Helper()
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return pair{block("PRIVATE KEY", private), block("PUBLIC KEY", public)}
}

func pairs(t *testing.T) map[string]pair {
	rsaKey := newPair(t, must(rsa.GenerateKey(rand.Reader, 2048)))
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.Repeat("s", 64)
	return map[string]pair{
		"HS256": {secret + "\n", secret}, "HS384": {secret + "\r\n", secret}, "HS512": {secret, secret},
		"RS256": rsaKey, "RS384": rsaKey, "RS512": rsaKey, "PS256": rsaKey, "PS384": rsaKey, "PS512": rsaKey,
		"ES256": newPair(t, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))),
		"ES384": newPair(t, must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))),
		"ES512": newPair(t, must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))),
		"EdDSA": newPair(t, ed),
	}
}

// A token of every algorithm and either dialect publishes at a hub that has the
// public key, and at no other.
func TestEveryAlgorithmPublishesAtTheHub(t *testing.T) {
	all := pairs(t)
	if len(all) != len(auth.Algorithms) {
		t.Fatalf("%d algorithms are tested, there are %d", len(all), len(auth.Algorithms))
	}
	own := map[string]bool{"HS256": true, "RS256": true, "ES256": true, "ES384": true, "ES512": true, "EdDSA": true}
	for alg, p := range all {
		h := hubtest.Start(t, func(c *hub.Config) {
			key := hubtest.Key(t, alg, p.public)
			c.PublisherKeys = []*auth.Key{key}
			c.Issuers = []auth.Issuer{{ID: "https://issuer.example", Publisher: auth.StaticKeys{key}}}
		})
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte(p.private), 0o600); err != nil {
			t.Fatal(err)
		}
		choose := []string{"--alg", alg}
		if own[alg] {
			choose = nil // the key says it
		}
		classic := []string{"--publish", "https://example.com/{x}"}
		draft1 := []string{"--draft1", "--issuer", "https://issuer.example", "--audience", h.URL, "--publish-pattern", "https://example.com/:x"}
		for _, token := range []string{
			mintWith(t, nil, "", append(append([]string{"--key-file", file}, classic...), choose...)...),
			mintWith(t, nil, p.private, append(append([]string{"--key-file", "-"}, classic...), choose...)...),
			mintWith(t, map[string]string{"MERCURE_PUBLISHER_JWT_KEY": strings.TrimRight(p.private, "\r\n"), "MERCURE_PUBLISHER_JWT_ALG": alg}, "", classic...),
			mintWith(t, nil, p.private, append(append([]string{"--key-file", "-"}, draft1...), choose...)...),
		} {
			header, err := auth.ReadHeader(token)
			if err != nil || header.Alg != alg {
				t.Errorf("%s: the header says %q, %v", alg, header.Alg, err)
			}
			if err := auth.Verify(token, []*auth.Key{hubtest.Key(t, alg, p.public)}, jwt.MapClaims{}); err != nil {
				t.Errorf("%s: %v", alg, err)
			}
			for topic, status := range map[string]int{"https://example.com/1": 200, "https://example.com/1/2": 403} {
				if resp, body := h.Post(t, token, url.Values{"topic": {topic}}); resp.StatusCode != status {
					t.Errorf("%s, %s: publishing to %s: %d %s, want %d", alg, header.Typ, topic, resp.StatusCode, body, status)
				}
			}
		}
	}
}

// The formats that openssl and others write private keys in.
func TestPrivateKeysInEveryFormat(t *testing.T) {
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	ecKey := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	sec1 := block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(ecKey)))
	for name, c := range map[string]struct {
		file, alg string
		key       crypto.Signer
	}{
		"PKCS #1":              {block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), "RS256", rsaKey},
		"SEC 1":                {sec1, "ES384", ecKey},
		"SEC 1 and parameters": {block("EC PARAMETERS", []byte{6, 5, 43, 129, 4, 0, 34}) + sec1, "ES384", ecKey},
	} {
		token := mintWith(t, nil, c.file, "--publish", "*", "--key-file", "-")
		key := hubtest.Key(t, c.alg, newPair(t, c.key).public)
		if err := auth.Verify(token, []*auth.Key{key}, jwt.MapClaims{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
