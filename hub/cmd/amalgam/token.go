package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/settings"
)

// list is a flag that may be given several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, ", ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func tokenCommand(args []string) error {
	fs := newFlags("token", `Mints a token (HS256, HS384 or HS512) and prints it. The secret comes from the
environment, never from an argument that would stay in the shell's history:
MERCURE_PUBLISHER_JWT_KEY for a token that publishes, MERCURE_SUBSCRIBER_JWT_KEY
for one that only subscribes.

  TOKEN=$(amalgam token --publish '*')`)
	var publish, subscribe list
	fs.Var(&publish, "publish", "topic selector the bearer may publish to; may be repeated")
	fs.Var(&subscribe, "subscribe", "topic selector the bearer may read private updates of; may be repeated")
	payload := fs.String("payload", "", "JSON to attach to the bearer's subscriptions")
	expires := fs.Duration("expires", time.Hour, "time until the token expires; 0 for never")
	if err := parse(fs, args); err != nil {
		return err
	}
	if len(publish) == 0 && len(subscribe) == 0 {
		return errors.New("the token would allow nothing: give --publish, --subscribe or both")
	}
	keyName, algName := settings.EnvSubscriberKey, settings.EnvSubscriberAlg
	if len(publish) > 0 {
		keyName, algName = settings.EnvPublisherKey, settings.EnvPublisherAlg
	}
	secret := os.Getenv(keyName)
	if secret == "" {
		return fmt.Errorf("%s is not set: put the hub's secret there", keyName)
	}
	var attached json.RawMessage
	if *payload != "" {
		if !json.Valid([]byte(*payload)) {
			return errors.New("--payload is not JSON")
		}
		attached = json.RawMessage(*payload)
	}
	token, err := mintToken(cmp.Or(os.Getenv(algName), "HS256"), []byte(secret), publish, subscribe, attached, *expires)
	if err != nil {
		return err
	}
	fmt.Println(token)
	return nil
}

// mintToken signs a classic token with a shared secret.
func mintToken(alg string, secret []byte, publish, subscribe []string, payload json.RawMessage, expires time.Duration) (string, error) {
	method, ok := jwt.GetSigningMethod(alg).(*jwt.SigningMethodHMAC)
	if !ok {
		return "", fmt.Errorf("tokens are minted with HS256, HS384 or HS512, not %s: the hub has only the public key of the others", alg)
	}
	mercure := map[string]any{}
	if len(publish) > 0 {
		mercure["publish"] = publish
	}
	if len(subscribe) > 0 {
		mercure["subscribe"] = subscribe
	}
	if payload != nil {
		mercure["payload"] = payload
	}
	claims := jwt.MapClaims{"mercure": mercure}
	if expires > 0 {
		claims["exp"] = time.Now().Add(expires).Unix()
	}
	return jwt.NewWithClaims(method, claims).SignedString(secret)
}
