package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"
)

const tokenHelp = `Mints a token of either dialect and prints it, or shows what is in one.

A classic token, for Symfony and everything that speaks 0.x; selectors are
topics, URI Templates or "*":

  export MERCURE_PUBLISHER_JWT_KEY=…
  TOKEN=$(amalgam token --publish '*')
  amalgam token --subscribe 'https://example.com/books/{id}' --expires 15m

A draft1 token, an OAuth 2.0 access token; --publish and --subscribe name one
topic each or "*", --publish-pattern and --subscribe-pattern take URL Patterns:

  amalgam token --draft1 --issuer https://example.com \
    --audience https://hub.example.com/.well-known/mercure \
    --subscribe-pattern 'https://example.com/books/:id' --key-file private.pem

What is in a token, without verifying it:

  amalgam token --decode - < token.txt

The key comes from the environment, MERCURE_PUBLISHER_JWT_KEY for a token that
publishes, MERCURE_SUBSCRIBER_JWT_KEY for one that only subscribes (and …_ALG),
or the file that …_KEY_FILE names there, as the hub has it; or from --key-file,
which may be "-" for standard input. It is never an
argument, which would stay in the shell's history. A key is a secret (HS256,
HS384, HS512) or a private key in PEM (RS…, PS…, ES…, EdDSA); its algorithm is
--alg, else …_ALG, else the key's own.`

// list is a flag that may be given several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, ", ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

// tokenRequest is what a token is to say.
type tokenRequest struct {
	publish, subscribe                 list
	publishPatterns, subscribePatterns list // draft1 only
	payload                            json.RawMessage
	expires                            time.Duration // from now; 0 for never
	kid                                string
	// The rest is of draft1 only.
	draft1                              bool
	issuer, audience, subject, clientID string
}

func tokenCommand(args []string) error { return runToken(args, newTerminal()) }

// runToken mints or decodes a token.
func runToken(args []string, t terminal) error {
	fs := newFlags("token", tokenHelp)
	fs.SetOutput(t.err)
	var r tokenRequest
	fs.Var(&r.publish, "publish", "`selector` of topics the bearer may publish to; may be repeated")
	fs.Var(&r.subscribe, "subscribe", "`selector` of topics the bearer may read private updates of; may be repeated")
	fs.Var(&r.publishPatterns, "publish-pattern", "URL `pattern` of topics the bearer may publish to (draft1); may be repeated")
	fs.Var(&r.subscribePatterns, "subscribe-pattern", "URL `pattern` of topics the bearer may read private updates of (draft1); may be repeated")
	payload := fs.String("payload", "", "`json` to attach to the bearer's subscriptions; an object in draft1")
	fs.DurationVar(&r.expires, "expires", time.Hour, "time until the token expires; 0 for never (classic only)")
	fs.BoolVar(&r.draft1, "draft1", false, "mint an access token (typ at+jwt)")
	fs.StringVar(&r.issuer, "issuer", "", "iss, which the hub must trust (draft1)")
	fs.StringVar(&r.audience, "audience", "", "aud, the hub's `URL` (draft1)")
	fs.StringVar(&r.subject, "subject", "", "sub (draft1; default a new urn:uuid)")
	fs.StringVar(&r.clientID, "client-id", "", "client_id (draft1; default the issuer)")
	fs.StringVar(&r.kid, "kid", "", "header kid, where the hub has several keys")
	alg := fs.String("alg", "", "signature `algorithm`, where it is not to be the key's own")
	keyFile := fs.String("key-file", "", "`file` with the secret or the private key; - reads standard input")
	decode := fs.String("decode", "", "show what is in this `token`; - reads it from standard input")
	asJSON := fs.Bool("json", false, "print {token, expires, header, claims}")
	if err := refuseSecrets(args); err != nil {
		return err
	}
	others, err := parseAnywhere(fs, args)
	switch {
	case err != nil:
		return err
	case len(others) > 0:
		return errors.New("there is an argument that belongs to no flag: `amalgam token --help` lists them; a secret is never an argument, see --key-file")
	case given(fs, "decode"):
		return decodeToken(fs, *decode, *asJSON, t)
	}
	if *payload != "" {
		r.payload = json.RawMessage(*payload)
	}
	if err := r.check(); err != nil {
		return err
	}
	key, err := findKey(&r, *keyFile, *alg, t)
	if err != nil {
		return err
	}
	for _, hint := range r.hints(*keyFile, t) {
		fmt.Fprintln(t.err, "amalgam token: note:", hint)
	}
	minted, err := r.mint(key, time.Now())
	if err != nil {
		return err
	}
	return minted.print(t.out, *asJSON)
}

// refuseSecrets catches the flags that people expect a secret in, before the
// value is repeated anywhere.
func refuseSecrets(args []string) error {
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
		switch strings.ToLower(name) {
		case "key", "secret", "jwt-key", "jwt-secret", "private-key", "password":
			return fmt.Errorf("there is no flag --%s, because an argument stays in the shell's history and everybody on this machine can see it: put the key into MERCURE_PUBLISHER_JWT_KEY or MERCURE_SUBSCRIBER_JWT_KEY, or into a file for --key-file; change one that was typed here", name)
		}
	}
	return nil
}

// minted is a token and what it says, as --json prints it.
type minted struct {
	Token   string         `json:"token"`
	Expires *time.Time     `json:"expires"` // null for never
	Header  map[string]any `json:"header"`
	Claims  map[string]any `json:"claims"`
}

func (m *minted) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(w, m)
	}
	_, err := fmt.Fprintln(w, m.Token)
	return err
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// mintToken signs a classic token with a shared secret.
func mintToken(alg string, secret []byte, publish, subscribe []string, payload json.RawMessage, expires time.Duration) (string, error) {
	key, err := parseSigningKey(secret, alg)
	if err != nil {
		return "", err
	}
	r := tokenRequest{publish: publish, subscribe: subscribe, payload: payload, expires: expires}
	m, err := r.mint(key, time.Now())
	if err != nil {
		return "", err
	}
	return m.Token, nil
}

// given reports whether a flag was set.
func given(fs *flag.FlagSet, name string) bool {
	found := false
	fs.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}
