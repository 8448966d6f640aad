package conformance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
)

// object is a JSON object.
type object = map[string]any

// sign makes a JWS in compact form, signed with HMAC-SHA-256 whatever its
// header says. It is written out here so that checks can make every token that
// a library would refuse to make.
func (t *T) sign(key []byte, head, claims any) string {
	signed := t.encode(head) + "." + t.encode(claims)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (t *T) encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("encoding %v: %v", v, err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// key returns a secret of the check's dialect, or skips the check.
func (t *T) key(publisher bool) []byte {
	keys := [2][]byte{t.Target.Classic.SubscriberKey, t.Target.Classic.PublisherKey}
	if t.draft1() {
		keys = [2][]byte{t.Target.Draft1.SubscriberKey, t.Target.Draft1.PublisherKey}
		t.need(t.Target.Draft1.Issuer != "", "an issuer of draft1 tokens")
	}
	key, role := keys[0], "subscriber"
	if publisher {
		key, role = keys[1], "publisher"
	}
	t.need(len(key) > 0, "the "+role+" key of the dialect "+t.Dialect)
	return key
}

// publisher returns a token that may publish to topics, subscriber one that
// may read private updates of them. In classic they are selectors, in draft1
// exact matchers.
func (t *T) publisher(topics ...string) string {
	return t.mint(true, nil, t.claims("publish", topics...))
}

func (t *T) subscriber(topics ...string) string {
	return t.mint(false, nil, t.claims("subscribe", topics...))
}

// claims are those of a good token of the check's dialect for one action.
func (t *T) claims(action string, topics ...string) object {
	if !t.draft1() {
		return object{"mercure": object{action: topics}}
	}
	return t.access(detail(action, topics...))
}

// access are the claims of a good access token with authorization details.
func (t *T) access(details ...any) object {
	now := time.Now().Unix()
	c := object{
		"iss": t.Target.Draft1.Issuer, "aud": t.Target.Draft1.Resource,
		"sub": "urn:conformance", "client_id": "urn:conformance", "jti": "urn:" + t.tag,
		"iat": now, "exp": now + 600,
	}
	if len(details) > 0 {
		c["authorization_details"] = details
	}
	return c
}

const detailType = "https://mercure.rocks/authorization-detail"

// detail is a Mercure authorization detail for one action on exact topics.
func detail(action string, topics ...string) object {
	matchers := []any{}
	for _, topic := range topics {
		matchers = append(matchers, object{"match": topic})
	}
	return object{"type": detailType, "actions": []any{action}, "topics": matchers}
}

// mint signs claims with a key of the check's dialect. head adds to the
// header, or takes out of it what it maps to nil.
func (t *T) mint(publisher bool, head, claims object) string {
	return t.sign(t.key(publisher), t.head(head), claims)
}

func (t *T) head(edit object) object {
	h := object{"alg": "HS256", "typ": choose(t, "JWT", "at+jwt")}
	for name, value := range edit {
		if h[name] = value; value == nil {
			delete(h, name)
		}
	}
	return h
}

// with returns claims changed: a nil value takes one out.
func with(claims object, changes ...any) object {
	c := object{}
	for name, value := range claims {
		c[name] = value
	}
	for i := 0; i+1 < len(changes); i += 2 {
		name := changes[i].(string)
		if c[name] = changes[i+1]; changes[i+1] == nil {
			delete(c, name)
		}
	}
	return c
}
