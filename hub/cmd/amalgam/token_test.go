package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/hubtest"
)

// run is what a command printed.
type run struct{ out, err bytes.Buffer }

// runWith runs amalgam token with an environment and standard input.
func runWith(t *testing.T, env map[string]string, in string, args ...string) (*run, error) {
	t.Helper()
	var r run
	err := runToken(args, terminal{strings.NewReader(in), &r.out, &r.err, func(name string) string { return env[name] }, false})
	return &r, err
}

// mintWith returns the token that was printed, which must be all.
func mintWith(t *testing.T, env map[string]string, in string, args ...string) string {
	t.Helper()
	r, err := runWith(t, env, in, args...)
	if err != nil {
		t.Fatalf("amalgam token %q: %v", args, err)
	}
	token, rest, _ := strings.Cut(r.out.String(), "\n")
	if token == "" || rest != "" {
		t.Fatalf("amalgam token %q printed %q, want one line", args, r.out.String())
	}
	return token
}

var testEnv = map[string]string{
	"MERCURE_PUBLISHER_JWT_KEY":  hubtest.PublisherSecret,
	"MERCURE_SUBSCRIBER_JWT_KEY": hubtest.SubscriberSecret,
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestMintedTokensReadWhatTheyShouldAndNothingElse(t *testing.T) {
	h := hubtest.Start(t, func(c *hub.Config) {
		c.Issuers = []auth.Issuer{{
			ID:         "https://issuer.example",
			Subscriber: auth.StaticKeys{hubtest.Key(t, "HS256", hubtest.SubscriberSecret)},
		}}
	})
	draft1 := []string{"--draft1", "--issuer", "https://issuer.example", "--audience", h.URL}
	for name, token := range map[string]string{
		"classic":                mintWith(t, testEnv, "", "--subscribe", "https://example.com/mine/{id}", "--subscribe", "https://example.com/end"),
		"draft1":                 mintWith(t, testEnv, "", append(draft1, "--subscribe-pattern", "https://example.com/mine/:id", "--subscribe", "https://example.com/end")...),
		"draft1, relative":       mintWith(t, testEnv, "", append(draft1, "--subscribe-pattern", "/mine/:id", "--subscribe-pattern", "https://example.com/mine/*", "--subscribe", "https://example.com/end")...),
		"draft1, in many words":  mintWith(t, testEnv, "", append(draft1, "--subscribe", "https://example.com/mine/1", "--subscribe=https://example.com/end", "--subject", "s", "--client-id", "c", "--kid", "k")...),
		"classic, with payloads": mintWith(t, testEnv, "", "--payload", `{"a":1}`, "--subscribe", "https://example.com/mine/1", "--subscribe", "https://example.com/end"),
	} {
		s := h.Subscribe(t, "match=*", hubtest.Bearer(token))
		h.Send(t, "topic", "https://example.com/theirs/1", "data", "theirs", "private", "on")
		h.Send(t, "topic", "https://example.com/mine/1", "data", "mine", "private", "on")
		h.Send(t, "topic", "https://example.com/end", "data", "end", "private", "on")
		for _, want := range []string{"mine", "end"} {
			if got := s.Next(t).Data; got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		s.Close()
	}
}

func TestAnAccessTokenHasEveryClaimOfRFC9068(t *testing.T) {
	start := time.Now().Truncate(time.Second)
	r, err := runWith(t, testEnv, "", "--json", "--draft1", "--issuer", "https://issuer.example", "--audience", "https://hub.example/.well-known/mercure",
		"--subscribe", "*", "--publish", "https://example.com/a", "--payload", `{"name":"Ann"}`, "--expires", "15m", "--kid", "k1")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Token   string
		Expires time.Time
		Header  map[string]any
		Claims  map[string]any
	}
	if err := json.Unmarshal(r.out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Header["typ"] != "at+jwt" || got.Header["alg"] != "HS256" || got.Header["kid"] != "k1" {
		t.Errorf("the header is %v", got.Header)
	}
	for name, want := range map[string]any{"iss": "https://issuer.example", "aud": "https://hub.example/.well-known/mercure", "client_id": "https://issuer.example"} {
		if got.Claims[name] != want {
			t.Errorf("%s is %v, want %v", name, got.Claims[name], want)
		}
	}
	for _, name := range []string{"sub", "jti", "iat", "exp"} {
		if got.Claims[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
	if life := got.Expires.Sub(start); life < 15*time.Minute || life > 16*time.Minute || got.Claims["exp"] != float64(got.Expires.Unix()) {
		t.Errorf("it expires at %v, %v from now; exp is %v", got.Expires, life, got.Claims["exp"])
	}
	details, _ := json.Marshal(got.Claims["authorization_details"])
	const want = `[{"actions":["publish"],"topics":[{"match":"https://example.com/a"}],"type":"https://mercure.rocks/authorization-detail"},` +
		`{"actions":["subscribe"],"payload":{"name":"Ann"},"topics":[{"match":"*"}],"type":"https://mercure.rocks/authorization-detail"}]`
	if string(details) != want {
		t.Errorf("the details are %s, want %s", details, want)
	}
	if two, _ := runWith(t, testEnv, "", "--json", "--draft1", "--issuer", "i", "--audience", "https://h", "--subscribe", "*"); strings.Contains(two.out.String(), got.Claims["jti"].(string)) {
		t.Error("two tokens have the same jti")
	}
}

func TestSecretsAreNotTakenAsArguments(t *testing.T) {
	const secret = "my-secret-which-nobody-should-see-again"
	for _, args := range [][]string{
		{"--publish", "*", "--key", secret}, {"--publish", "*", "--key=" + secret}, {"-secret", secret}, {"--jwt-key=" + secret},
		{"--publish", "*", secret}, {secret}, {"--publish", "*", "--jwt-secret=" + secret, "--key-file", "-"},
	} {
		r, err := runWith(t, testEnv, "", args...)
		if err == nil || !strings.Contains(err.Error(), "--key-file") {
			t.Errorf("%q: %v, want an error that names --key-file", args, err)
		}
		if all := r.out.String() + r.err.String(); err != nil && strings.Contains(err.Error()+all, secret) {
			t.Errorf("%q: the secret is repeated: %v %s", args, err, all)
		}
	}
}

func TestTokenErrorsNameTheMend(t *testing.T) {
	ec := newPair(t, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
	weak := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(must(rsa.GenerateKey(rand.Reader, 1024)))}))
	encrypted := string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}))
	pub := []string{"--publish", "*"}
	stdin := append(pub, "--key-file", "-")
	draft1 := []string{"--draft1", "--issuer", "i", "--audience", "https://h", "--publish", "*"}
	for _, c := range []struct {
		name string
		env  map[string]string
		in   string
		args []string
		want string
	}{
		{"nothing", testEnv, "", nil, "--publish, --subscribe"},
		{"no key", nil, "", pub, "MERCURE_PUBLISHER_JWT_KEY is not set"},
		{"no key to subscribe", nil, "", []string{"--subscribe", "*"}, "MERCURE_SUBSCRIBER_JWT_KEY is not set"},
		{"no file", nil, "", append(pub, "--key-file", "/nonexistent"), "/nonexistent"},
		{"an empty file", nil, "\n", stdin, "standard input: there is no key"},
		{"a short secret", nil, "short", stdin, "openssl rand"},
		{"a public key", nil, ec.public, stdin, "this is a public key"},
		{"a public key in the environment", map[string]string{"MERCURE_PUBLISHER_JWT_KEY": ec.public}, "", pub, "MERCURE_PUBLISHER_JWT_KEY: this is a public key"},
		{"a passphrase", nil, encrypted, stdin, "openssl pkey"},
		{"a weak key", nil, weak, stdin, "2048"},
		{"HS256 with a private key", nil, ec.private, append(stdin, "--alg", "HS256"), "the key's own, ES256"},
		{"another curve", nil, ec.private, append(stdin, "--alg", "ES384"), "P-256"},
		{"RS256 with a secret", testEnv, "", append(pub, "--alg", "RS256"), "BEGIN PRIVATE KEY"},
		{"an unknown algorithm", testEnv, "", append(pub, "--alg", "none"), "there is no algorithm \"none\": give one of HS256"},
		{"an unknown algorithm of a private key", nil, ec.private, append(stdin, "--alg", "ES265"), "there is no algorithm \"ES265\": give one of HS256"},
		{"a key of OpenSSH", nil, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", stdin, "ssh-keygen -p -m PEM -f FILE"},
		{"a file of the hub's that is not there", map[string]string{"MERCURE_PUBLISHER_JWT_KEY_FILE": "/nonexistent"}, "", pub, "MERCURE_PUBLISHER_JWT_KEY_FILE: open /nonexistent"},
		{"a cut PEM", nil, "-----BEGIN PRIVATE KEY-----\nx", stdin, "must be whole"},
		{"no payload", testEnv, "", append(pub, "--payload", "{a:1}"), "single quotes"},
		{"a negative life", testEnv, "", append(pub, "--expires", "-1h"), "15m"},
		{"an empty selector", testEnv, "", []string{"--publish", ""}, `"*" for all`},
		{"a selector too long", testEnv, "", []string{"--publish", strings.Repeat("x", 5000)}, "4096"},
		{"a token too long", testEnv, "", slices.Repeat([]string{"--publish", strings.Repeat("x", 4000)}, 5), "16384"},
		{"an issuer for a classic token", testEnv, "", append(pub, "--issuer", "i"), "add --draft1"},
		{"a pattern for a classic token", testEnv, "", []string{"--subscribe-pattern", "/:id"}, "add --draft1"},
		{"no issuer", testEnv, "", []string{"--draft1", "--publish", "*"}, "--issuer"},
		{"no audience", testEnv, "", []string{"--draft1", "--issuer", "i", "--publish", "*"}, "--audience"},
		{"an audience that is no URL", testEnv, "", []string{"--draft1", "--issuer", "i", "--audience", "hub", "--publish", "*"}, "https://hub.example.com"},
		{"no end", testEnv, "", append(draft1, "--expires", "0"), "must expire"},
		{"a payload of another type", testEnv, "", append(draft1, "--subscribe", "*", "--payload", "[]"), "an object"},
		{"a payload for nobody", testEnv, "", append(draft1, "--payload", "{}"), "--subscribe"},
		{"a pattern that is none", testEnv, "", append(draft1, "--publish-pattern", "https://a/("), "URL Pattern"},
	} {
		r, err := runWith(t, c.env, c.in, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
		if r.out.Len() > 0 {
			t.Errorf("%s: printed %q", c.name, r.out.String())
		}
	}
}

func TestWhatMaySurpriseIsNotedBesideTheToken(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--publish", "*", "--subscribe", "*"}, "MERCURE_PUBLISHER_JWT_KEY"},
		{[]string{"--publish", "*", "--expires", "0"}, "never expires"},
		{[]string{"--draft1", "--issuer", "i", "--audience", "https://h", "--publish", "https://a/{id}"}, "--publish-pattern"},
		{[]string{"--publish", "*"}, ""},
	} {
		r, err := runWith(t, testEnv, "", c.args...)
		if err != nil || !strings.Contains(r.err.String(), c.want) || c.want == "" && r.err.Len() > 0 {
			t.Errorf("%q: noted %q (%v), want %q", c.args, r.err.String(), err, c.want)
		}
	}
}

// A hub in a container has its keys in files, and mints with the same ones.
func TestTheKeyIsReadFromTheFileThatTheHubReads(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(hubtest.SubscriberSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	token := mintWith(t, map[string]string{"MERCURE_SUBSCRIBER_JWT_KEY_FILE": file}, "", "--subscribe", "*")
	if err := auth.Verify(token, []*auth.Key{hubtest.Key(t, "HS256", hubtest.SubscriberSecret)}, jwt.MapClaims{}); err != nil {
		t.Error(err)
	}
}
