package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"amalgam/hub/auth"
)

var keys = []Setting{
	{
		Name: "publisher_jwt", Args: "KEY [ALG]", Type: "key", Env: EnvPublisherKey, Flag: "publisher-key-file", Repeats: true, Reload: true,
		Secrets: []string{"publisher_jwt"},
		Doc:     "The key that publishers' classic tokens are verified with: a secret, or for algorithms other than HS… a PEM public key or certificate. Several lines are several keys, each of which counts: so a key is changed without a gap. Required, unless publisher_jwks_url or an issuer is there.",
		Apply:   classicKey(func(s *Settings) *role { return &s.publisher }),
	},
	{
		Name: "publisher_jwt_alg", Args: "ALG", Type: "word", Default: "HS256", Env: EnvPublisherAlg, Reload: true,
		Doc:   "The algorithm of a publisher_jwt that names none: " + algorithms + ".",
		Apply: into(one, func(s *Settings) *string { return &s.publisher.alg }),
	},
	{
		Name: "publisher_jwks_url", Args: "URL [ALG…]", Type: "URL", Env: "AMALGAM_PUBLISHER_JWKS_URL", Reload: true,
		Doc:   "The key set (JWKS) that publishers' classic tokens are verified with, at https://…, or in a file at file://…; of its keys only those for one of ALG… count, if any is named. It takes the place of publisher_jwt.",
		Apply: classicSet(func(s *Settings) *role { return &s.publisher }),
	},
	{
		Name: "subscriber_jwt", Args: "KEY [ALG]", Type: "key", Env: EnvSubscriberKey, Flag: "subscriber-key-file", Repeats: true, Reload: true,
		Secrets: []string{"subscriber_jwt"},
		Doc:     "The same for subscribers.",
		Apply:   classicKey(func(s *Settings) *role { return &s.subscriber }),
	},
	{
		Name: "subscriber_jwt_alg", Args: "ALG", Type: "word", Default: "HS256", Env: EnvSubscriberAlg, Reload: true,
		Doc:   "The algorithm of a subscriber_jwt that names none.",
		Apply: into(one, func(s *Settings) *string { return &s.subscriber.alg }),
	},
	{
		Name: "subscriber_jwks_url", Args: "URL [ALG…]", Type: "URL", Env: "AMALGAM_SUBSCRIBER_JWKS_URL", Reload: true,
		Doc:   "The same as publisher_jwks_url, for subscribers.",
		Apply: classicSet(func(s *Settings) *role { return &s.subscriber }),
	},
	{
		Name: "issuer", Args: "ID { publisher|subscriber { jwt KEY [ALG] | jwks_uri URL [ALG…] } authorization_server }", Type: "block", Blocks: true, Repeats: true, Reload: true,
		Secrets: []string{"jwt"},
		Doc:     "Trusts an issuer of draft1 access tokens, with a secret or PEM key for each role or the address of a key set (https:// or file://); authorization_server advertises it in the metadata.",
		Apply:   issuer,
	},
	{
		Name: "trusted_issuer", Args: "ID", Type: "identifier", Env: "MERCURE_TRUSTED_ISSUERS", Reload: true,
		Doc:   "Trusts an issuer of draft1 access tokens with the keys of publisher_jwt and subscriber_jwt, as the reference hub's 1.0 image does.",
		Apply: into(one, func(s *Settings) *string { return &s.trustedIssuer }),
	},
}

var algorithms = strings.Join(auth.Algorithms, ", ")

// A role is what was said of the keys of publishers, or of subscribers.
type role struct {
	alg  string // of keys that name none
	keys []Given
	set  auth.KeySource
}

func classicKey(of func(*Settings) *role) func(*Settings, Directive) error {
	return func(s *Settings, d Directive) error {
		if len(d.Args) < 1 || len(d.Args) > 2 {
			return errors.New("takes a key, and its algorithm unless it is HS256; a key with white space stands in quotes")
		}
		if d.Args[0] == "" {
			return errors.New("the key is empty: is the variable set that it comes from?")
		}
		r := of(s)
		r.keys = append(r.keys, s.current)
		return nil
	}
}

func classicSet(of func(*Settings) *role) func(*Settings, Directive) error {
	return func(s *Settings, d Directive) (err error) {
		if len(d.Args) == 0 {
			return errors.New("takes the URL of a key set, and the algorithms of its keys that count")
		}
		of(s).set, err = s.keySet(d.Args[0], d.Args[1:])
		return err
	}
}

// finishKeys parses the keys, once their algorithm is known.
func (s *Settings) finishKeys() error {
	// A hub that trusts issuers of access tokens need not take classic ones.
	required := len(s.Hub.Issuers) == 0
	var err1, err2 error
	s.Hub.PublisherKeys, err1 = s.classic(&s.publisher, "publisher_jwt", "publisher_jwks_url", EnvPublisherKey, EnvPublisherAlg, required)
	s.Hub.SubscriberKeys, err2 = s.classic(&s.subscriber, "subscriber_jwt", "subscriber_jwks_url", EnvSubscriberKey, EnvSubscriberAlg, required)
	s.Hub.PublisherKeySet, s.Hub.SubscriberKeySet = s.publisher.set, s.subscriber.set
	if s.trustedIssuer != "" {
		for _, i := range s.Hub.Issuers {
			if i.ID == s.trustedIssuer {
				err1 = errors.Join(err1, fmt.Errorf("trusted_issuer: %s has an issuer block already: use one of them", i.ID))
			}
		}
		s.Hub.Issuers = append(s.Hub.Issuers, auth.Issuer{ID: s.trustedIssuer,
			Publisher: asSource(s.Hub.PublisherKeys, s.publisher.set), Subscriber: asSource(s.Hub.SubscriberKeys, s.subscriber.set)})
	}
	if len(s.Hub.Issuers) > 0 && s.Hub.ResourceIdentifier == "" && len(s.Hub.PublicURLs) == 0 {
		s.warn("the audience of access tokens is taken from the Host header of each request: set resource_identifier, or public_urls, so that a client cannot choose it")
	}
	return errors.Join(err1, err2)
}

func asSource(keys []*auth.Key, set auth.KeySource) auth.KeySource {
	if set != nil || len(keys) == 0 {
		return set
	}
	return auth.StaticKeys(keys)
}

func (s *Settings) classic(r *role, name, setName, env, algEnv string, required bool) ([]*auth.Key, error) {
	switch {
	case r.set != nil && len(r.keys) > 0:
		s.warn("%s is not used: %s takes its place", name, setName)
		return nil, nil
	case r.set != nil, len(r.keys) == 0 && !required:
		return nil, nil
	case len(r.keys) == 0 && (s.faulty[name] || s.faulty[setName]):
		return nil, nil // it has been said what is wrong with it
	case len(r.keys) == 0:
		return nil, fmt.Errorf("%s is missing: set it to the secret (or PEM public key) that the tokens are signed with, for example %s=\"$(openssl rand -base64 32)\"", env, env)
	}
	var parsed []*auth.Key
	var faults []error
	for _, g := range r.keys {
		if g.From.own && !bareKey(g.Args[0]) {
			s.warn("%s begins and ends with a quote, has white space at an end, or was written as UTF-16 or with a byte order mark, and all of that counts as part of the key: leave it out, unless those who sign tokens have it, too", g.From)
		}
		k, err := parseKey(g.Args, or(r.alg, "HS256"))
		if err != nil {
			if g.From.own {
				err = fmt.Errorf("with %s %w", algEnv, err)
			}
			faults = append(faults, g.fault(err))
			continue
		}
		parsed = append(parsed, k)
	}
	return parsed, errors.Join(faults...)
}

// bareKey reports whether a key is without what shells and editors take away
// and files of variables do not.
func bareKey(key string) bool {
	first, last := key[0], key[len(key)-1]
	quoted := first == last && (first == '"' || first == '\'')
	return !quoted && strings.TrimSpace(key) == key && !strings.ContainsAny(key, "\x00"+byteOrderMark) || strings.HasPrefix(key, "-----BEGIN")
}

// parseKey reads KEY [ALG]. An empty ALG is none: it may come from a variable
// that is not set.
func parseKey(args []string, alg string) (*auth.Key, error) {
	if len(args) == 2 && args[1] != "" {
		if alg = args[1]; !slices.Contains(auth.Algorithms, alg) {
			// It may be the rest of a secret: it is not repeated.
			return nil, errors.New("what follows the key is no algorithm: write one of " + algorithms + ", and a key with white space in quotes")
		}
	}
	k, err := auth.ParseKey(alg, []byte(args[0]))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", alg, err)
	}
	return k, nil
}
