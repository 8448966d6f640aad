package settings

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"amalgam/hub/auth"
)

// issuer reads a block that trusts an issuer of draft1 access tokens:
//
//	issuer https://example.com {
//	    publisher {
//	        jwt SECRET-OR-PEM [ALG]
//	    }
//	    subscriber {
//	        jwks_uri https://example.com/jwks.json
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
		switch b.Name {
		case "publisher":
			i.Publisher, err = keySource(s, b, i.Publisher)
		case "subscriber":
			i.Subscriber, err = keySource(s, b, i.Subscriber)
		case "authorization_server":
			i.Advertise = true
		default:
			err = fmt.Errorf("is not known here; did you mean %q?", Nearest(b.Name, []string{"publisher", "subscriber", "authorization_server"}))
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

func keySource(s *Settings, d Directive, before auth.KeySource) (auth.KeySource, error) {
	if before != nil {
		return nil, errors.New("has a block already")
	}
	var static auth.StaticKeys
	var set auth.KeySource
	for _, b := range d.Block {
		switch {
		case b.Name == "jwt" && (len(b.Args) == 1 || len(b.Args) == 2):
			alg := "HS256"
			if len(b.Args) == 2 {
				alg = b.Args[1]
			}
			k, err := auth.ParseKey(alg, []byte(b.Args[0]))
			if err != nil {
				return nil, fmt.Errorf("jwt (line %d): %w", b.Line, err)
			}
			static = append(static, k)
		case b.Name == "jwks_uri" && len(b.Args) == 1 && set == nil:
			j, err := auth.NewJWKS(context.Background(), b.Args[0], s.Hub.Logger)
			if err != nil {
				return nil, err
			}
			set = j
		default:
			return nil, fmt.Errorf("%s (line %d): write jwt KEY [ALG], or one jwks_uri URL", b.Name, b.Line)
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

// urls reads one or more absolute http(s) URLs.
func urls(args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, errors.New("needs a URL, such as https://hub.example.com/.well-known/mercure")
	}
	for _, a := range args {
		if u, err := url.Parse(a); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return nil, fmt.Errorf("%q is not an absolute URL, such as https://hub.example.com/.well-known/mercure", a)
		}
	}
	return args, nil
}

// count reads a directive's one argument as a number; 0 means no limit.
func count(args []string) (int, error) {
	var n int
	if len(args) != 1 {
		return 0, errors.New("takes one number; 0 means no limit")
	}
	if _, err := fmt.Sscanf(args[0]+"\n", "%d\n", &n); err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a number", args[0])
	}
	return n, nil
}

// word1 reads a directive's one argument.
func word1(args []string) (string, error) {
	if len(args) != 1 || args[0] == "" {
		return "", errors.New("takes one value")
	}
	return args[0], nil
}
