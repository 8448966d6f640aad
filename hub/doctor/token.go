package doctor

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/auth"
	"amalgam/hub/dialect/draft1"
)

// A Dialect names the rules that judge a token.
type Dialect string

// The dialects of the protocol.
const (
	Classic Dialect = "classic"
	Draft1  Dialect = "draft1"
)

// A Token is what a token says of itself. Nothing of it is verified.
type Token struct {
	Header, Claims map[string]any
	// Dialect follows from the header typ; "" if no hub takes that typ.
	Dialect  Dialect
	Issuer   string
	Audience []string
	// Expires, NotBefore and Issued are zero where the token does not say.
	Expires, NotBefore, Issued time.Time
	// Faults are why a hub refuses the token whatever its signature and the
	// time, apart from whose it is (iss, aud).
	Faults []string

	grant  *auth.Grant
	claims map[string]json.RawMessage
}

// ReadToken decodes a token without verifying it. hubURL is what relative URL
// Patterns in it are resolved against.
func ReadToken(s, hubURL string) (*Token, error) {
	if len(s) > auth.MaxToken {
		return nil, auth.ErrTooLong
	}
	parts := strings.Split(s, ".")
	switch {
	case len(parts) == 5:
		return nil, errors.New("this is an encrypted token (JWE, five parts): hubs take signed ones (JWS, header.payload.signature)")
	case len(parts) != 3:
		return nil, fmt.Errorf("this is no token: one has three parts (header.payload.signature), this has %d; if it was copied, compare its ends", len(parts))
	}
	t := &Token{}
	if err := decodePart(parts[0], &t.Header); err != nil {
		return nil, fmt.Errorf("the header of the token %w", err)
	}
	if err := decodePart(parts[1], &t.Claims); err != nil {
		return nil, fmt.Errorf("the payload of the token %w", err)
	}
	if err := decodePart(parts[1], &t.claims); err != nil {
		return nil, fmt.Errorf("the payload of the token %w", err)
	}
	if _, err := base64.RawURLEncoding.DecodeString(parts[2]); err != nil {
		return nil, errors.New("the signature of the token is not base64url: it was cut or changed on its way")
	}
	t.readHeader()
	t.readClaims()
	t.readGrant(hubURL)
	return t, nil
}

func decodePart(part string, v any) error {
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return errors.New("is not base64url: it was cut or changed on its way")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return errors.New("is not a JSON object")
	}
	return nil
}

func (t *Token) fault(text string, args ...any) {
	t.Faults = append(t.Faults, fmt.Sprintf(text, args...))
}

func (t *Token) readHeader() {
	typ, isString := t.Header["typ"].(string)
	switch typ = strings.TrimPrefix(strings.ToLower(typ), "application/"); {
	case t.Header["typ"] != nil && !isString:
		t.fault("its header typ is not a string")
	case typ == "" || typ == "jwt":
		t.Dialect = Classic
	case typ == draft1.TokenType:
		t.Dialect = Draft1
	default:
		t.fault("its header typ is %q: hubs take JWT (classic) and at+jwt (draft1)", typ)
	}
	switch alg, _ := t.Header["alg"].(string); {
	case strings.EqualFold(alg, "none"), alg == "":
		t.fault("it is not signed (alg none)")
	case jwt.GetSigningMethod(alg) == nil:
		t.fault("its alg %q is none that is known", alg)
	}
}

func (t *Token) readClaims() {
	t.Issuer, _ = t.Claims["iss"].(string)
	switch aud := t.Claims["aud"].(type) {
	case string:
		t.Audience = []string{aud}
	case []any:
		for _, a := range aud {
			if s, ok := a.(string); ok {
				t.Audience = append(t.Audience, s)
			}
		}
	}
	t.Expires, t.NotBefore, t.Issued = t.date("exp"), t.date("nbf"), t.date("iat")
	if t.Dialect != Draft1 {
		return
	}
	for _, name := range []string{"iss", "aud", "exp"} {
		if t.Claims[name] == nil {
			t.fault("it has no %s: every access token needs iss, aud and exp", name)
		}
	}
}

// date reads a time in seconds since 1970.
func (t *Token) date(name string) time.Time {
	v, ok := t.Claims[name]
	if !ok {
		return time.Time{}
	}
	n, isNumber := v.(json.Number)
	seconds, err := n.Float64()
	if !isNumber || err != nil {
		t.fault("its %s is not a number of seconds", name)
		return time.Time{}
	}
	whole, fraction := math.Modf(seconds)
	if math.Abs(whole) > 1e12 {
		t.fault("its %s lies out of reach: it must be in seconds, not milliseconds", name)
		return time.Time{}
	}
	if whole > 1e11 {
		t.fault("its %s lies after the year 5000: it must be in seconds, not milliseconds", name)
	}
	return time.Unix(int64(whole), int64(fraction*1e9))
}
