package doctor

import (
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/auth"
	"amalgam/hub/dialect"
	"amalgam/hub/dialect/classic"
	"amalgam/hub/dialect/draft1"
	"amalgam/hub/topic"
)

// readGrant lets the hub's own code read what the token allows. That code
// verifies first, so it is given the claims signed anew, with the times and the
// names that would hide the rest replaced.
func (t *Token) readGrant(hubURL string) {
	if t.Dialect == "" {
		return
	}
	const secret, us = "for nobody but ReadToken, which trusts no token", "doctor"
	claims := make(map[string]any, len(t.claims))
	for name, raw := range t.claims {
		claims[name] = raw
	}
	for _, name := range []string{"nbf", "iat"} {
		delete(claims, name)
	}
	claims["exp"], claims["iss"], claims["aud"] = time.Now().Add(time.Hour).Unix(), us, us
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(claims)).SignedString([]byte(secret))
	if err != nil {
		t.fault("its claims cannot be read")
		return
	}
	key, err := auth.ParseKey("HS256", []byte(secret))
	if err != nil {
		t.fault("its claims cannot be read: %v", err)
		return
	}
	keys := []*auth.Key{key}
	var refusal *dialect.Refusal
	if t.Dialect == Classic {
		t.grant, refusal = classic.JudgeToken(signed, keys)
	} else {
		judge := draft1.Judge{Issuers: []auth.Issuer{{ID: us, Subscriber: auth.StaticKeys(keys)}}, Limits: dialect.Limits{}.WithDefaults()}
		t.grant, refusal = judge.JudgeToken(signed, auth.Header{}, false, us, hubURL)
	}
	if refusal != nil {
		t.fault("what it grants cannot be read: %s", orElse(t.shape(), refusal.Reason))
	}
}

// shape names the member of a classic claim that has the wrong shape, for which
// the hub's decoder has one word only.
func (t *Token) shape() string {
	for _, name := range []string{"mercure", "https://mercure.rocks/"} {
		claim, isObject := t.Claims[name].(map[string]any)
		if t.Claims[name] != nil && !isObject {
			return fmt.Sprintf("the claim %q must be an object with the lists publish and subscribe", name)
		}
		for _, action := range []string{"publish", "subscribe"} {
			list, isList := claim[action].([]any)
			if claim[action] != nil && !isList {
				return fmt.Sprintf(`%s.%s must be a list of selectors, such as ["*"]`, name, action)
			}
			for _, v := range list {
				if _, isString := v.(string); !isString {
					return fmt.Sprintf("%s.%s must hold strings only", name, action)
				}
			}
		}
	}
	return ""
}

// Publishes and Reads report whether the token grants the action on any topic.
func (t *Token) Publishes() bool { return t.grant != nil && t.grant.PublishesAnything() }

// Reads reports whether the token grants reading private updates of any topic.
func (t *Token) Reads() bool {
	for _, d := range t.details() {
		if d.Subscribe && len(d.Topics) > 0 {
			return true
		}
	}
	return false
}

func (t *Token) details() []auth.Detail {
	if t.grant == nil {
		return nil
	}
	return t.grant.Details
}

// MayPublish and MayRead return the matcher that covers a topic, in words, and
// "" if none does.
func (t *Token) MayPublish(name string) string {
	return t.covering(name, func(d auth.Detail) bool { return d.Publish })
}

// MayRead returns the matcher that covers reading private updates of a topic.
func (t *Token) MayRead(name string) string {
	return t.covering(name, func(d auth.Detail) bool { return d.Subscribe })
}

func (t *Token) covering(name string, action func(auth.Detail) bool) string {
	for _, d := range t.details() {
		for _, m := range d.Topics {
			if action(d) && m.Match(name) {
				return t.describe(m)
			}
		}
	}
	return ""
}

// describe puts a matcher into words.
func (t *Token) describe(m *topic.Matcher) string {
	switch m.Kind() {
	case topic.Any:
		return `"*" (every topic)`
	case topic.Template:
		return fmt.Sprintf("the URI Template %q", m.Pattern())
	case topic.URLPattern:
		return fmt.Sprintf("the URL Pattern %q", m.Pattern())
	}
	return fmt.Sprintf("%q exactly", m.Pattern())
}

// Words says in plain words what the token allows, one line for each action.
func (t *Token) Words() []string {
	var words []string
	for _, d := range t.details() {
		var topics []string
		for _, m := range d.Topics {
			topics = append(topics, t.describe(m))
		}
		list := strings.Join(topics, ", ")
		if d.Publish && list != "" {
			words = append(words, "may publish to "+list)
		}
		if d.Subscribe && list != "" {
			words = append(words, "may read private updates of "+list)
		}
		if d.Payload != nil && d.Subscribe {
			words = append(words, fmt.Sprintf("shows %s to whoever may see its subscriptions", excerpt(string(d.Payload))))
		}
	}
	if len(words) == 0 && len(t.Faults) == 0 {
		words = append(words, "allows nothing but what clients without a token may do")
	}
	return words
}
