package classic

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/auth"
	"amalgam/hub/dialect"
	"amalgam/hub/topic"
)

// CookieName is the cookie that carries a token by default.
const CookieName = "mercureAuthorization"

// claims is a classic token. Older publishers name the claim by its IRI.
type claims struct {
	jwt.RegisteredClaims
	Mercure    *mercure `json:"mercure"`
	Namespaced *mercure `json:"https://mercure.rocks/"`
}

type mercure struct {
	Publish   []string        `json:"publish"`
	Subscribe []string        `json:"subscribe"`
	Payload   json.RawMessage `json:"payload"`
}

// JudgeToken verifies a token under the classic rules and returns what it
// grants.
func JudgeToken(token string, keys []*auth.Key) (*auth.Grant, *dialect.Refusal) {
	var c claims
	if err := auth.Verify(token, keys, &c); err != nil {
		rule := "token-invalid"
		if errors.Is(err, jwt.ErrTokenExpired) {
			rule = "token-expired"
		}
		return nil, dialect.BadToken(rule, "token", err)
	}
	g := &auth.Grant{}
	if c.ExpiresAt != nil {
		g.Expires = c.ExpiresAt.Time
	}
	m := c.Mercure
	if m == nil {
		m = c.Namespaced
	}
	if m == nil {
		m = &mercure{}
	}
	g.Holder = auth.HolderOf(c.Subject, []json.RawMessage{m.Payload}, token)
	publish, err := selectors("publish", m.Publish)
	if err == nil && len(publish) > 0 {
		g.Details = append(g.Details, auth.Detail{Publish: true, Topics: publish})
	}
	subscribe, err2 := selectors("subscribe", m.Subscribe)
	if err = errors.Join(err, err2); err != nil {
		return nil, dialect.BadToken("token-selector", "mercure", err)
	}
	payload := m.Payload
	if string(payload) == "null" {
		payload = nil
	}
	if len(subscribe) > 0 || payload != nil {
		g.Details = append(g.Details, auth.Detail{Subscribe: true, Topics: subscribe, Payload: payload, PayloadForAll: true})
	}
	return g, nil
}

func selectors(claim string, list []string) ([]*topic.Matcher, error) {
	matchers := make([]*topic.Matcher, 0, len(list))
	for _, s := range list {
		m, err := topic.Selector(s)
		if err != nil {
			return nil, fmt.Errorf("mercure.%s: %w", claim, err)
		}
		matchers = append(matchers, m)
	}
	return matchers, nil
}
