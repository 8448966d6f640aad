package settings

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"amalgam/hub/auth"
)

// issuer reads a block that trusts an issuer of draft1 access tokens:
//
//	issuer https://example.com {
//	    publisher {
//	        jwt SECRET-OR-PEM [ALG]
//	    }
//	    subscriber {
//	        jwks_uri https://example.com/jwks.json [ALG…]
//	    }
//	    authorization_server
//	}
func issuer(s *Settings, d Directive) error {
	if len(d.Args) != 1 || d.Args[0] == "" {
		return errors.New("takes one issuer identifier, the iss of its tokens, and a block with its keys")
	}
	i := auth.Issuer{ID: d.Args[0]}
	for _, other := range s.Hub.Issuers {
		if other.ID == i.ID {
			return fmt.Errorf("%s has a block already: put all its keys into one", i.ID)
		}
	}
	for _, b := range d.Block {
		var err error
		switch {
		case len(b.Args) > 0, b.Name == "authorization_server" && b.Block != nil:
			err = errors.New("is not read like this: publisher and subscriber have a block, with jwt or jwks_uri, authorization_server stands alone")
		case b.Name == "publisher":
			i.Publisher, err = s.keySource(b, i.Publisher)
		case b.Name == "subscriber":
			i.Subscriber, err = s.keySource(b, i.Subscriber)
		case b.Name == "authorization_server":
			i.Advertise = true
		default:
			err = unknown(b.Name, "publisher", "subscriber", "authorization_server")
		}
		if err != nil {
			return fmt.Errorf("%s (line %d): %w", b.Name, b.Line, err)
		}
	}
	if i.Publisher == nil && i.Subscriber == nil {
		return errors.New("has no keys: add a block publisher { … } or subscriber { … } with jwt or jwks_uri")
	}
	s.Hub.Issuers = append(s.Hub.Issuers, i)
	return nil
}

func (s *Settings) keySource(d Directive, before auth.KeySource) (auth.KeySource, error) {
	if before != nil {
		return nil, errors.New("has a block already")
	}
	if err := d.leaves("jwt", "jwks_uri"); err != nil {
		return nil, err
	}
	var static auth.StaticKeys
	var set auth.KeySource
	for _, b := range d.Block {
		switch {
		case b.Name == "jwt" && (len(b.Args) == 1 || len(b.Args) == 2):
			k, err := parseKey(b.Args, "HS256")
			if err != nil {
				return nil, fmt.Errorf("jwt (line %d): %w", b.Line, err)
			}
			static = append(static, k)
		case b.Name == "jwks_uri" && len(b.Args) > 0 && set == nil:
			var err error
			if set, err = s.keySet(b.Args[0], b.Args[1:]); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("%s (line %d): write jwt KEY [ALG], or one jwks_uri URL [ALG…]", b.Name, b.Line)
		}
	}
	switch {
	case set != nil && len(static) > 0:
		return nil, errors.New("has keys by jwt and by jwks_uri: use one of them")
	case set != nil:
		return set, nil
	case len(static) > 0:
		return static, nil
	}
	return nil, errors.New("has no key: write jwt KEY [ALG], or jwks_uri URL")
}

// keySet returns the key set at uri. Settings that are loaded anew keep the one
// they had, with its keys: its source may be out of reach at this moment. One in
// a file is read anew.
func (s *Settings) keySet(uri string, algs []string) (auth.KeySource, error) {
	name := strings.Join(slices.Concat([]string{uri}, algs), " ")
	if set := s.keySets[name]; set != nil {
		return set, nil
	}
	if s.before != nil && s.before.keySets[name] != nil && !strings.HasPrefix(uri, "file:") {
		s.keySets[name] = s.before.keySets[name]
		return s.keySets[name], nil
	}
	set, err := auth.NewJWKS(s.ctx, uri, s.Hub.Logger, algs...)
	if err != nil {
		return nil, err
	}
	s.keySets[name] = set
	return set, nil
}

// CheckKeySets says which key sets have no keys at the moment: a hub starts
// without them, because their source may come back. Why is in the log.
func (s *Settings) CheckKeySets() (warnings []string) {
	for _, name := range slices.Sorted(maps.Keys(s.keySets)) {
		if len(s.keySets[name].Keys("")) == 0 {
			if u, err := url.Parse(strings.Fields(name)[0]); err == nil {
				name = u.Redacted()
			}
			warnings = append(warnings, fmt.Sprintf("the key set %s cannot be fetched now, and tokens of its keys are refused until it can: see that the address is right and answers this machine with {\"keys\": […]}", name))
		}
	}
	return warnings
}
