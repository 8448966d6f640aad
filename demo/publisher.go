package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// This file stands on its own: copy it into any Go back-end that has something
// to tell its pages. It needs golang-jwt/jwt and nothing else of ours.

// A Publisher sends updates to a Mercure hub. It is safe for concurrent use.
type Publisher struct {
	HubURL string       // the hub's address, ending in /.well-known/mercure
	Key    []byte       // the hub's HS256 publisher secret
	Client *http.Client // nil: http.DefaultClient, which never gives up; set a timeout
}

// An Update is what a hub hands on to the subscribers of its topics.
type Update struct {
	Topics  []string // the canonical topic first, then its alternates
	Type    string   // the event's name; empty for an unnamed message
	Data    string   // the content, usually JSON
	ID      string   // empty: the hub makes one
	Private bool     // only for subscribers whose token grants one of Topics
}

// A HubError is the hub's refusal, in the hub's own words.
type HubError struct {
	Status int    // the HTTP status
	Body   string // the start of the answer, at most 4 KiB
}

func (e *HubError) Error() string {
	return fmt.Sprintf("the hub answered %d %s: %s", e.Status, http.StatusText(e.Status), strings.TrimSpace(e.Body))
}

// Publish sends u and returns the id that the hub gave it. When it returns
// without an error, the hub has taken the update. A refusal is a *HubError;
// any other error means that it is unknown whether the hub took the update.
func (p *Publisher) Publish(ctx context.Context, u Update) (string, error) {
	form := url.Values{"topic": u.Topics, "data": {u.Data}}
	if u.Type != "" {
		form.Set("type", u.Type)
	}
	if u.ID != "" {
		form.Set("id", u.ID)
	}
	if u.Private {
		form.Set("private", "on")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.HubURL, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	token, err := p.token()
	if err != nil {
		return "", fmt.Errorf("publish: sign the token: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")

	client := p.Client
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	defer res.Body.Close()
	// An answer is a short id. The bound keeps a wrong address, which may
	// answer with anything, from filling memory.
	body, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	if err != nil {
		return "", fmt.Errorf("publish: read the hub's answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return "", &HubError{Status: res.StatusCode, Body: string(body)}
	}
	return string(body), nil
}

// token says that its bearer may publish to every topic. It is made anew for
// each request, which costs microseconds, so that one that leaks is soon
// worthless.
func (p *Publisher) token() (string, error) {
	now := time.Now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"mercure": map[string]any{"publish": []string{"*"}},
		"iat":     now.Unix(),
		"exp":     now.Add(time.Minute).Unix(),
	}).SignedString(p.Key)
}
