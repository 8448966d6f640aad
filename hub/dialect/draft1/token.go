package draft1

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/auth"
	"amalgam/hub/dialect"
)

const (
	// CookieName is the cookie that carries an access token by default.
	CookieName = "__Secure-mercure_access_token"
	// TokenType is the header typ of an access token (RFC 9068).
	TokenType = "at+jwt"
)

// A Judge verifies access tokens (draft-08, Token Validation).
type Judge struct {
	Issuers []auth.Issuer
	Limits  dialect.Limits
}

// claims is an access token.
type claims struct {
	jwt.RegisteredClaims
	Details json.RawMessage `json:"authorization_details"`
}

// JudgeToken verifies a token for one role and returns what it grants.
// resource is the hub's resource identifier, which must be among the token's
// audiences; base is the hub's URL, for relative URL Patterns.
func (j *Judge) JudgeToken(token string, header auth.Header, publisher bool, resource, base string) (*auth.Grant, *dialect.Refusal) {
	issuer, err := unverifiedIssuer(token)
	if err != nil {
		return nil, dialect.BadToken("token-malformed", "token", err)
	}
	keys, refusal := j.keys(issuer, header.Kid, publisher)
	if refusal != nil {
		return nil, refusal
	}
	var c claims
	err = auth.Verify(token, keys, &c, jwt.WithExpirationRequired(), jwt.WithIssuer(issuer), jwt.WithAudience(resource))
	missing := errors.Is(err, jwt.ErrTokenRequiredClaimMissing)
	switch {
	case missing && c.ExpiresAt == nil:
		return nil, dialect.BadToken("token-claim", "exp", errors.New("the token has no exp: every access token needs iss, aud and exp"))
	case missing, errors.Is(err, jwt.ErrTokenInvalidAudience):
		return nil, dialect.BadToken("token-audience", "aud", fmt.Errorf("the token's aud does not name this hub: it must contain %q", resource))
	case errors.Is(err, jwt.ErrTokenExpired):
		return nil, dialect.BadToken("token-expired", "exp", err)
	case err != nil:
		return nil, dialect.BadToken("token-invalid", "token", err)
	}
	details, err := parseDetails(c.Details, j.Limits, base)
	if err != nil {
		return nil, dialect.BadToken("token-details", "authorization_details", err)
	}
	return &auth.Grant{Details: details, Expires: c.ExpiresAt.Time, Holder: holder(&c, details, token)}, nil
}

func holder(c *claims, details []auth.Detail, token string) string {
	payloads := make([]json.RawMessage, len(details))
	for i, d := range details {
		payloads[i] = d.Payload
	}
	subject := c.Subject
	if subject != "" {
		subject = c.Issuer + " " + subject
	}
	return auth.HolderOf(subject, payloads, token)
}

// unverifiedIssuer reads the iss claim to choose among the issuers that the
// hub trusts already; it introduces nothing.
func unverifiedIssuer(token string) (string, error) {
	var c jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &c); err != nil {
		return "", errors.New("the token's claims cannot be decoded, or one of them has the wrong type")
	}
	return c.Issuer, nil
}

func (j *Judge) keys(issuer, kid string, publisher bool) ([]*auth.Key, *dialect.Refusal) {
	for _, i := range j.Issuers {
		if i.ID != issuer {
			continue
		}
		source, role := i.Subscriber, "subscriber"
		if publisher {
			source, role = i.Publisher, "publisher"
		}
		if source == nil {
			return nil, dialect.BadToken("token-role", "iss", fmt.Errorf("the hub has no %s key for the issuer %q", role, issuer))
		}
		keys := source.Keys(kid)
		if len(keys) == 0 {
			return nil, dialect.BadToken("token-kid", "kid", fmt.Errorf("the issuer %q has no %s key with the kid %q: a new key is known here five minutes after its issuer has it", issuer, role, kid))
		}
		return keys, nil
	}
	if issuer == "" {
		return nil, dialect.BadToken("token-claim", "iss", errors.New("the token has no iss: every access token needs iss, aud and exp"))
	}
	return nil, dialect.BadToken("token-issuer", "iss", fmt.Errorf("the hub does not trust the issuer %q: add an issuer block for it", issuer))
}
