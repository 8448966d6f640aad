package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"amalgam/hub/auth"
	"amalgam/hub/dialect/draft1"
	"amalgam/hub/settings"
	"amalgam/hub/topic"
)

// check refuses what would make a token that no hub takes, or that means
// something else than was written.
func (r *tokenRequest) check() error {
	if len(r.publish)+len(r.subscribe)+len(r.publishPatterns)+len(r.subscribePatterns) == 0 {
		return errors.New("the token would allow nothing: give --publish, --subscribe or both")
	}
	if r.expires < 0 {
		return errors.New("--expires is in the past: give a duration such as 15m or 24h")
	}
	if r.payload != nil && !json.Valid(r.payload) {
		return errors.New(`--payload is not JSON: write it in single quotes, such as --payload '{"name":"Ann"}'`)
	}
	for _, s := range append(r.publish[:len(r.publish):len(r.publish)], r.subscribe...) {
		if s == "" {
			return errors.New(`a selector is empty: name a topic, or "*" for all`)
		}
		if _, err := topic.Selector(s); err != nil {
			return fmt.Errorf("a selector cannot be used: %w", err)
		}
	}
	if r.draft1 {
		return r.checkDraft1()
	}
	for flag, value := range map[string]string{"issuer": r.issuer, "audience": r.audience, "subject": r.subject, "client-id": r.clientID} {
		if value != "" {
			return fmt.Errorf("--%s is for access tokens: add --draft1, or leave it out for a classic token", flag)
		}
	}
	if len(r.publishPatterns)+len(r.subscribePatterns) > 0 {
		return errors.New("URL Patterns are for access tokens: add --draft1, or write a URI Template (--subscribe 'https://example.com/books/{id}') for a classic token")
	}
	return nil
}

func (r *tokenRequest) checkDraft1() error {
	switch {
	case r.issuer == "":
		return errors.New("an access token needs --issuer, the identifier of who signs it: the name of an issuer block in the hub's settings, such as https://example.com")
	case r.audience == "":
		return errors.New("an access token needs --audience, the hub's URL: `amalgam doctor` shows what the hub calls itself")
	case r.expires == 0:
		return errors.New("an access token must expire: give --expires a duration such as 15m")
	}
	if u, err := url.Parse(r.audience); err != nil || u.Scheme == "" {
		return fmt.Errorf("--audience %q is no URL: it is the hub's, such as https://hub.example.com/.well-known/mercure", r.audience)
	}
	if r.payload != nil && !bytes.HasPrefix(bytes.TrimSpace(r.payload), []byte("{")) {
		return errors.New(`--payload must be an object in draft1, such as '{"name":"Ann"}'`)
	}
	if r.payload != nil && len(r.subscribe)+len(r.subscribePatterns) == 0 {
		return errors.New("--payload is for subscriptions: give --subscribe or --subscribe-pattern too")
	}
	for _, p := range append(r.publishPatterns[:len(r.publishPatterns):len(r.publishPatterns)], r.subscribePatterns...) {
		if _, err := topic.NewURLPattern(p, r.audience); err != nil || p == "" {
			return fmt.Errorf("%q is no URL Pattern: write one such as 'https://example.com/books/:id' or '/books/*' (%w)", p, cmp.Or(err, errors.New("it is empty")))
		}
	}
	return nil
}

// hints are about tokens that are sound and may still surprise.
func (r *tokenRequest) hints(keyFile string, t terminal) []string {
	var hints []string
	if r.draft1 {
		for _, s := range append(r.publish[:len(r.publish):len(r.publish)], r.subscribe...) {
			if strings.ContainsAny(s, "{}") || strings.Contains(s, "/:") {
				hints = append(hints, fmt.Sprintf("%q is taken as one topic, letter by letter: for a pattern use --publish-pattern or --subscribe-pattern with 'https://example.com/books/:id'", s))
			}
		}
	}
	pub, sub := t.getenv(settings.EnvPublisherKey), t.getenv(settings.EnvSubscriberKey)
	if r.publishes() && r.reads() && keyFile == "" && sub != "" && sub != pub {
		hints = append(hints, fmt.Sprintf("the token is signed with %s, so the hub takes it from a publisher only: mint another one with --subscribe alone for the subscriber", settings.EnvPublisherKey))
	}
	if r.expires == 0 && !r.draft1 {
		hints = append(hints, "the token never expires: whoever finds it can use it for ever")
	}
	return hints
}

func (r *tokenRequest) publishes() bool { return len(r.publish)+len(r.publishPatterns) > 0 }
func (r *tokenRequest) reads() bool     { return len(r.subscribe)+len(r.subscribePatterns) > 0 }

// mint signs the token.
func (r *tokenRequest) mint(key *signingKey, now time.Time) (*minted, error) {
	claims := r.classicClaims()
	if r.draft1 {
		claims = r.accessClaims(now)
	}
	m := &minted{Claims: claims}
	if r.expires > 0 {
		end := now.Add(r.expires).UTC().Truncate(time.Second)
		claims["exp"], m.Expires = end.Unix(), &end
	}
	token := jwt.NewWithClaims(key.method, claims)
	if r.draft1 {
		token.Header["typ"] = draft1.TokenType
	}
	if r.kid != "" {
		token.Header["kid"] = r.kid
	}
	m.Header = token.Header
	var err error
	if m.Token, err = token.SignedString(key.private); err != nil {
		return nil, fmt.Errorf("the token cannot be signed with %s: %w", key.method.Alg(), err)
	}
	if len(m.Token) > auth.MaxToken {
		return nil, fmt.Errorf("the token has %d bytes, hubs take %d: grant patterns instead of single topics", len(m.Token), auth.MaxToken)
	}
	return m, nil
}

func (r *tokenRequest) classicClaims() jwt.MapClaims {
	mercure := map[string]any{}
	if len(r.publish) > 0 {
		mercure["publish"] = r.publish
	}
	if len(r.subscribe) > 0 {
		mercure["subscribe"] = r.subscribe
	}
	if r.payload != nil {
		mercure["payload"] = r.payload
	}
	return jwt.MapClaims{"mercure": mercure}
}

// accessClaims are those that RFC 9068 wants (2.2) and the authorization
// details; exp is added for both dialects.
func (r *tokenRequest) accessClaims(now time.Time) jwt.MapClaims {
	var details []map[string]any
	add := func(action string, exact, patterns list, payload json.RawMessage) {
		var topics []map[string]string
		for _, s := range exact {
			topics = append(topics, map[string]string{"match": s})
		}
		for _, p := range patterns {
			topics = append(topics, map[string]string{"match": p, "match_type": draft1.MatchURLPattern})
		}
		if topics == nil {
			return
		}
		d := map[string]any{"type": draft1.DetailType, "actions": []string{action}, "topics": topics}
		if payload != nil {
			d["payload"] = payload
		}
		details = append(details, d)
	}
	add("publish", r.publish, r.publishPatterns, nil)
	add("subscribe", r.subscribe, r.subscribePatterns, r.payload)
	return jwt.MapClaims{
		"iss":                   r.issuer,
		"aud":                   r.audience,
		"sub":                   cmp.Or(r.subject, "urn:uuid:"+uuid.NewString()),
		"client_id":             cmp.Or(r.clientID, r.issuer),
		"iat":                   now.Unix(),
		"jti":                   "urn:uuid:" + uuid.NewString(),
		"authorization_details": details,
	}
}
