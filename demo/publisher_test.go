package demo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestPublishSendsTheFormThatHubsTake(t *testing.T) {
	hub := newHubEndpoint(t)
	p := &Publisher{HubURL: hub.URL, Key: publisherKey, Client: hub.Client()}
	id, err := p.Publish(context.Background(), Update{
		Topics: []string{"/rooms/lobby", "/rooms/lobby?lang=en&x=1"}, Type: "chat", Data: "{\"text\":\"a+b & ü\"}\n", ID: "urn:x:1", Private: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if id != hub.answer {
		t.Errorf("id %q, want what the hub answered", id)
	}
	got := hub.only(t)
	want := url.Values{
		"topic": {"/rooms/lobby", "/rooms/lobby?lang=en&x=1"}, "type": {"chat"}, "data": {"{\"text\":\"a+b & ü\"}\n"}, "id": {"urn:x:1"}, "private": {"on"},
	}
	if got.method != http.MethodPost || got.contentType != "application/x-www-form-urlencoded" || !reflect.DeepEqual(got.form, want) {
		t.Errorf("the hub received %+v, want %v", got, want)
	}

	token, ok := strings.CutPrefix(got.authorization, "Bearer ")
	if !ok {
		t.Fatalf("authorization %q", got.authorization)
	}
	claims := parseToken[jwt.MapClaims, *jwt.MapClaims](t, token, publisherKey)
	if want := map[string]any{"publish": []any{"*"}}; !reflect.DeepEqual(claims["mercure"], want) {
		t.Errorf("the token says %v, want %v", claims["mercure"], want)
	}
	if exp, err := claims.GetExpirationTime(); err != nil || time.Until(exp.Time) > time.Minute {
		t.Errorf("the token ends at %v (%v), want within a minute", exp, err)
	}
}

func TestPublishLeavesOutWhatIsNotSet(t *testing.T) {
	hub := newHubEndpoint(t)
	p := &Publisher{HubURL: hub.URL, Key: publisherKey, Client: hub.Client()}
	if _, err := p.Publish(context.Background(), Update{Topics: []string{"/a"}}); err != nil {
		t.Fatal(err)
	}
	if got, want := hub.only(t).form, (url.Values{"topic": {"/a"}, "data": {""}}); !reflect.DeepEqual(got, want) {
		t.Errorf("the hub received %v, want %v: private with any value is private", got, want)
	}
}

func TestPublishReportsTheHubsRefusal(t *testing.T) {
	hub := newHubEndpoint(t)
	hub.refuseWith(http.StatusForbidden, "the token does not grant /rooms/lobby\n")
	p := &Publisher{HubURL: hub.URL, Key: publisherKey, Client: hub.Client()}
	_, err := p.Publish(context.Background(), Update{Topics: []string{"/rooms/lobby"}})
	var refusal *HubError
	if !errors.As(err, &refusal) {
		t.Fatalf("error %v, want a *HubError", err)
	}
	if refusal.Status != http.StatusForbidden || refusal.Body != "the token does not grant /rooms/lobby\n" {
		t.Errorf("refusal %+v", refusal)
	}
	if want := "the hub answered 403 Forbidden: the token does not grant /rooms/lobby"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func TestPublishFailsWhenNobodyAnswers(t *testing.T) {
	hub := newHubEndpoint(t)
	hub.Close()
	p := &Publisher{HubURL: hub.URL, Key: publisherKey}
	_, err := p.Publish(context.Background(), Update{Topics: []string{"/a"}})
	var refusal *HubError
	if err == nil || errors.As(err, &refusal) {
		t.Errorf("error %v, want one that is no refusal", err)
	}
}
