package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Bounds on a key set.
const (
	maxJWKS       = 1 << 20 // bytes
	maxJWKSKeys   = 100
	jwksTimeout   = 10 * time.Second
	jwksKeepStale = 24 * time.Hour // how long keys outlive their source
)

// The pace of refreshing; variables for the tests.
var (
	jwksEvery = 5 * time.Minute
	jwksRetry = 15 * time.Second // after a failure, doubled up to jwksEvery
)

// A JWKS is the key set of one issuer, fetched from a URL or read from a file.
// It is refreshed by the clock alone: a key that is new at the issuer is known
// here within five minutes, and a token with an unknown kid causes no request.
type JWKS struct {
	uri    string
	shown  string   // uri without a password
	algs   []string // that count; empty for all
	client *http.Client
	logger *slog.Logger
	state  atomic.Pointer[jwksState]
}

type jwksState struct {
	keys    []*Key
	fetched time.Time
}

// NewJWKS reads the key set at uri, https://…, http://… or file://…, for the
// first time. A file that cannot be read is an error; a server that cannot be
// reached is not, because it may come back: until then the set is empty. If any
// algs are named, only keys for one of them count.
func NewJWKS(ctx context.Context, uri string, logger *slog.Logger, algs ...string) (*JWKS, error) {
	u, err := url.Parse(uri)
	shown := uri
	if err == nil && u.User != nil {
		shown = u.Redacted()
	}
	if err != nil || !slices.Contains([]string{"https", "http", "file"}, u.Scheme) {
		return nil, fmt.Errorf("jwks_uri %q is not an https:// or file:// URL", shown)
	}
	switch {
	case u.Scheme == "file" && !strings.HasPrefix(uri, "file:///"):
		return nil, fmt.Errorf("jwks_uri %q does not name a file from the root: write file:///path/to/jwks.json", shown)
	case u.Scheme != "file" && u.Host == "":
		return nil, fmt.Errorf("jwks_uri %q names no host: write https://HOST/path/to/jwks.json", shown)
	}
	for _, alg := range algs {
		if strings.HasPrefix(alg, "HS") || !slices.Contains(Algorithms, alg) {
			return nil, fmt.Errorf("%q is not an algorithm of the keys in a set: leave it out, or use RS256, ES256, EdDSA or another that has a public key", alg)
		}
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	j := &JWKS{uri: uri, shown: shown, algs: algs, logger: logger, client: &http.Client{
		Timeout: jwksTimeout,
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			return errors.New("a jwks_uri must not redirect: configure the address it leads to")
		},
	}}
	j.state.Store(&jwksState{})
	if err := j.fetch(ctx); err != nil {
		if u.Scheme == "file" {
			return nil, fmt.Errorf("jwks_uri %s: %w: let the hub's user read a JWK Set there, with the public keys of the issuer", shown, err)
		}
		if ctx.Err() != nil {
			return j, nil // nobody wants it any more
		}
		logger.Error("a key set cannot be fetched; tokens of its issuer are refused until it can", "jwks_uri", shown, "error", err)
	}
	return j, nil
}

// Keys implements KeySource.
func (j *JWKS) Keys(kid string) []*Key {
	s := j.state.Load()
	if time.Since(s.fetched) > jwksKeepStale {
		return nil
	}
	if kid == "" {
		return s.keys
	}
	var found []*Key
	for _, k := range s.keys {
		if k.kid == kid {
			found = append(found, k)
		}
	}
	return found
}

// Refresh implements Refresher.
func (j *JWKS) Refresh(ctx context.Context) {
	healthy, wait := true, jwksEvery
	if len(j.state.Load().keys) == 0 {
		healthy, wait = false, jwksRetry
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		err := j.fetch(ctx)
		switch {
		case err == nil:
			healthy, wait = true, jwksEvery
			continue
		case ctx.Err() != nil:
			return
		case healthy:
			healthy, wait = false, jwksRetry
		default:
			wait = min(2*wait, jwksEvery)
		}
		j.logger.Warn("a key set could not be refreshed; the last one stays for a day", "jwks_uri", j.shown, "again in", wait, "error", err)
	}
}

func (j *JWKS) fetch(ctx context.Context) error {
	body, err := j.read(ctx)
	if err != nil {
		return err
	}
	keys, err := parseJWKS(body, j.algs)
	if err != nil {
		return err
	}
	j.state.Store(&jwksState{keys: keys, fetched: time.Now()})
	return nil
}

func (j *JWKS) read(ctx context.Context) ([]byte, error) {
	if path, ok := strings.CutPrefix(j.uri, "file://"); ok {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return readBounded(f)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, j.uri, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	resp, err := j.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answered %s", resp.Status)
	}
	return readBounded(resp.Body)
}

func readBounded(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxJWKS+1))
	if err == nil && len(body) > maxJWKS {
		err = fmt.Errorf("it is larger than %d bytes", maxJWKS)
	}
	return body, err
}

// parseJWKS returns the verification keys of a JWK Set (RFC 7517). Keys for
// encryption, of unknown types and shared secrets are left out: a set that
// travels must not hold a secret.
func parseJWKS(body []byte, algs []string) ([]*Key, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil || set.Keys == nil {
		return nil, errors.New(`it is not a JWK Set, {"keys": […]}`)
	}
	if len(set.Keys) > maxJWKSKeys {
		return nil, fmt.Errorf("it has %d keys, %d are read", len(set.Keys), maxJWKSKeys)
	}
	var keys []*Key
	for _, raw := range set.Keys {
		var jwk jose.JSONWebKey
		if jwk.UnmarshalJSON(raw) != nil || jwk.Use != "" && jwk.Use != "sig" || !jwk.IsPublic() {
			continue
		}
		for _, alg := range algorithmsOf(jwk) {
			if (len(algs) == 0 || slices.Contains(algs, alg)) && fits(alg, jwk.Key) == nil {
				keys = append(keys, &Key{alg: alg, key: jwk.Key, kid: jwk.KeyID})
			}
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("it has no key that verifies signatures, or none for the algorithms that were named")
	}
	return keys, nil
}

func algorithmsOf(jwk jose.JSONWebKey) []string {
	if jwk.Algorithm != "" {
		return []string{jwk.Algorithm}
	}
	switch jwk.Key.(type) {
	case *rsa.PublicKey:
		return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	case *ecdsa.PublicKey:
		return []string{"ES256", "ES384", "ES512"}
	case ed25519.PublicKey:
		return []string{"EdDSA"}
	}
	return nil
}
