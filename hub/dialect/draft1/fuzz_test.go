package draft1

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/auth"
	"amalgam/hub/dialect"
)

const (
	fuzzResource = "https://hub.example.com/.well-known/mercure"
	fuzzIssuer   = "https://issuer.example"
	fuzzSecret   = "0123456789abcdef0123456789abcdef"
)

func fuzzJudge(f *testing.F) *Judge {
	key, err := auth.ParseKey("HS256", []byte(fuzzSecret))
	if err != nil {
		f.Fatal(err)
	}
	keys := auth.StaticKeys{key}
	return &Judge{Issuers: []auth.Issuer{{ID: fuzzIssuer, Publisher: keys, Subscriber: keys}}, Limits: dialect.Limits{}.WithDefaults()}
}

// Any string may come as a token: it is refused with a reason, unless it is one
// that was signed here.
func FuzzToken(f *testing.F) {
	judge := fuzzJudge(f)
	good := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": fuzzIssuer, "aud": fuzzResource, "exp": time.Now().Add(1000 * time.Hour).Unix()})
	good.Header["typ"] = "at+jwt"
	signed, err := good.SignedString([]byte(fuzzSecret))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, token string) {
		header, err := auth.ReadHeader(token)
		if err != nil {
			return
		}
		grant, refusal := judge.JudgeToken(token, header, true, fuzzResource, fuzzResource)
		if refusal == nil && !signedHere(token) {
			t.Fatalf("a token that nobody signed is taken: %q", token)
		}
		if refusal != nil && (grant != nil || refusal.Code != dialect.InvalidToken || refusal.Reason == "") {
			t.Fatalf("refused with %+v and %+v", grant, refusal)
		}
	})
}

// signedHere reports whether token carries the HMAC of this test's secret,
// without the library that the judge uses.
func signedHere(token string) bool {
	i := strings.LastIndexByte(token, '.')
	sig, err := base64.RawURLEncoding.Strict().DecodeString(token[i+1:])
	mac := hmac.New(sha256.New, []byte(fuzzSecret))
	mac.Write([]byte(token[:max(i, 0)]))
	return err == nil && hmac.Equal(sig, mac.Sum(nil))
}

// authorization_details are taken whole or not at all. An independent reading
// counts what must have been taken.
func FuzzDetails(f *testing.F) {
	for _, s := range []string{
		`[]`, `null`, `{}`, `[{"type":"other"}]`, `[1]`, `[{"type":"` + DetailType + `"}]`,
		`[{"type":"` + DetailType + `","actions":["publish","x"],"topics":[{"match":"a"},{"match":"/:b","match_type":"urlpattern"}],"payload":{"a":1}}]`,
		`[{"type":"` + DetailType + `","actions":["subscribe"],"topics":[{"match":"*","match_type":"exact"}],"payload":null}]`,
		`[{"type":"` + DetailType + `","actions":[null],"topics":[{"Match":"a"}]}]`,
		`[{"type":"` + DetailType + `","type":"other","actions":["publish"],"topics":["a"]}]`,
	} {
		f.Add(s)
	}
	judge := fuzzJudge(f)
	f.Fuzz(func(t *testing.T, raw string) {
		details, err := parseDetails(json.RawMessage(raw), judge.Limits, fuzzResource)
		if err != nil {
			if details != nil {
				t.Fatalf("%q: %v, but %d details are taken", raw, err, len(details))
			}
			return
		}
		var list []map[string]any
		if json.Unmarshal([]byte(raw), &list) != nil || list == nil {
			t.Fatalf("%q is no array of objects and is taken", raw)
		}
		n := 0
		for _, o := range list {
			if o["type"] != DetailType {
				continue
			}
			d := details[n]
			n++
			topics := o["topics"].([]any)
			if len(d.Topics) != len(topics) || len(topics) == 0 {
				t.Fatalf("%q: %d topics are taken of %d", raw, len(d.Topics), len(topics))
			}
			for i, m := range topics {
				if m := m.(map[string]any); d.Topics[i].Pattern() != m["match"].(string) {
					t.Fatalf("%q: topic %d is %q", raw, i, d.Topics[i].Pattern())
				}
			}
			publish := false
			for _, a := range o["actions"].([]any) {
				publish = publish || a.(string) == "publish"
			}
			if d.Publish != publish {
				t.Fatalf("%q: publish is %v", raw, d.Publish)
			}
		}
		if n != len(details) {
			t.Fatalf("%q: %d details are taken of %d", raw, len(details), n)
		}
		// The same through a whole token.
		claims := `{"iss":"` + fuzzIssuer + `","aud":"` + fuzzResource + `","exp":99999999999,"authorization_details":` + raw + `}`
		body := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"at+jwt"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
		sig, err := jwt.SigningMethodHS256.Sign(body, []byte(fuzzSecret))
		if err != nil {
			t.Fatal(err)
		}
		token := body + "." + base64.RawURLEncoding.EncodeToString(sig)
		if len(token) > auth.MaxToken || strings.TrimSpace(raw) == "" {
			return
		}
		grant, refusal := judge.JudgeToken(token, auth.Header{Alg: "HS256", Typ: "at+jwt"}, true, fuzzResource, fuzzResource)
		if refusal != nil || len(grant.Details) != n {
			t.Fatalf("%q is taken alone, in a token it is %+v, %+v", raw, grant, refusal)
		}
	})
}
