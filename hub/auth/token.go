package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// MaxToken is the longest token that is looked at, in bytes. It is checked
// before anything is parsed.
const MaxToken = 16 << 10

var (
	// ErrTooLong is returned for a token of more than MaxToken bytes.
	ErrTooLong = fmt.Errorf("the token is longer than %d bytes", MaxToken)
	// ErrToken is wrapped by every other reason a token is not taken.
	ErrToken = errors.New("the token is not valid")
)

// A Header is what a token says of itself before it is verified. It chooses
// the rules that judge the token; nothing else is believed of it.
type Header struct {
	Alg string
	Typ string // in lower case, without "application/"
	Kid string
}

// ReadHeader reads the header of a token without verifying it.
func ReadHeader(token string) (Header, error) {
	if len(token) > MaxToken {
		return Header{}, ErrTooLong
	}
	first, rest, ok := strings.Cut(token, ".")
	var header map[string]json.RawMessage // names are case-sensitive, unlike a struct's
	raw, err := base64.RawURLEncoding.Strict().DecodeString(first)
	if !ok || err != nil || strings.Count(rest, ".") != 1 || json.Unmarshal(raw, &header) != nil {
		return Header{}, fmt.Errorf("%w: it is not a JWS in compact form (header.payload.signature)", ErrToken)
	}
	if _, ok := header["crit"]; ok {
		return Header{}, fmt.Errorf("%w: its header has crit, and this hub understands no extension (RFC 7515, 4.1.11)", ErrToken)
	}
	return Header{
		Alg: text(header["alg"]),
		Typ: strings.TrimPrefix(strings.ToLower(text(header["typ"])), "application/"),
		Kid: text(header["kid"]),
	}, nil
}

// text returns a JSON string, "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

// Verify checks the signature of token with one of keys, and its exp and nbf
// against the clock where it has them, and reads its claims. options add to
// what is checked.
func Verify(token string, keys []*Key, claims jwt.Claims, options ...jwt.ParserOption) error {
	if len(token) > MaxToken {
		return ErrTooLong
	}
	var algs []string
	for _, k := range keys {
		algs = append(algs, k.alg)
	}
	options = append(options, jwt.WithValidMethods(algs), jwt.WithStrictDecoding())
	_, err := jwt.NewParser(options...).ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		var set jwt.VerificationKeySet
		for _, k := range keys {
			if k.alg == t.Method.Alg() {
				set.Keys = append(set.Keys, k.key)
			}
		}
		return set, nil
	})
	if err != nil {
		return &TokenError{Reason: explain(err), Cause: err}
	}
	return nil
}

// A TokenError says why a token was not taken. It is an ErrToken, and the
// library's own error. Reason never repeats anything of the token.
type TokenError struct {
	Reason string
	Cause  error
}

func (e *TokenError) Error() string   { return ErrToken.Error() + ": " + e.Reason }
func (e *TokenError) Unwrap() []error { return []error{ErrToken, e.Cause} }

// explain says in one sentence why a token was refused and what mends it.
func explain(err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return "it has expired (exp): ask the application for a new one, and compare its clock with the hub's"
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return "it is not valid yet (nbf): compare the clock of who signs with the hub's"
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable):
		return "its signature does not verify: it was signed with another key or another algorithm than the hub has for this role: sign with that one, or give the hub the other"
	case errors.Is(err, jwt.ErrTokenMalformed):
		return "its parts cannot be decoded, or a claim has the wrong type"
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return "a required claim is missing: " + tail(err)
	default:
		return tail(err)
	}
}

func tail(err error) string {
	s := err.Error()
	return s[strings.LastIndex(s, ": ")+1:]
}
