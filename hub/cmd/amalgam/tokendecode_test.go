package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/hubtest"
)

func TestDecodeShowsEverythingButTheSignature(t *testing.T) {
	token := mintWith(t, testEnv, "", "--subscribe", "https://example.com/{id}", "--expires", "2h")
	signature := token[strings.LastIndexByte(token, '.')+1:]
	for name, in := range map[string]string{"as printed": token + "\n", "as a header": "Authorization: Bearer " + token, "quoted": `"` + token + `"`} {
		r, err := runWith(t, nil, in, "--decode", "-")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out := r.out.String()
		for _, want := range []string{`"alg": "HS256"`, `"subscribe": [`, "classic, by its typ", `may read private updates of the URI Template "https://example.com/{id}"`, "in 2 hours"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, out)
			}
		}
		if strings.Contains(out, signature) || strings.Contains(out, "PROBLEM") {
			t.Errorf("%s: the signature or a problem is in\n%s", name, out)
		}
	}
	r, err := runWith(t, nil, "", "--decode", token, "--json")
	var d decoded
	if err != nil || json.Unmarshal(r.out.Bytes(), &d) != nil || d.Dialect != "classic" || len(d.Grants) != 1 || d.Faults == nil || d.Expires == nil || strings.Contains(r.out.String(), signature) {
		t.Errorf("--json printed %s (%v)", r.out.String(), err)
	}
	old := must(mintToken("HS256", []byte(hubtest.SubscriberSecret), nil, []string{"a"}, nil, time.Nanosecond))
	if r, err = runWith(t, nil, old, "--decode", "-"); err != nil || !strings.Contains(r.out.String(), "expired") {
		t.Errorf("an expired token: %v %s", err, r.out.String())
	}
	endless := must(mintToken("HS256", []byte(hubtest.SubscriberSecret), nil, []string{"a"}, nil, 0))
	if r, err = runWith(t, nil, endless, "--decode", "-"); err != nil || !strings.Contains(r.out.String(), "Expires   never") {
		t.Errorf("a token without an end: %v %s", err, r.out.String())
	}
	faulty := hubtest.Sign(t, hubtest.SubscriberSecret, jwt.MapClaims{"mercure": map[string]any{"publish": "*\u009b\u202e"}})
	if r, err = runWith(t, nil, faulty, "--decode", "-"); err != nil || !strings.Contains(r.out.String(), "PROBLEM   what it grants cannot be read: mercure.publish must be a list") || strings.ContainsAny(r.out.String(), "\u009b\u202e") {
		t.Errorf("a faulty token: %v %s", err, r.out.String())
	}
	if _, err := runWith(t, nil, "", "--decode", token, "--publish", "*"); err == nil || !strings.Contains(err.Error(), "leave --publish out") {
		t.Errorf("--decode with --publish: %v", err)
	}
	if _, err := runWith(t, nil, "x.y", "--decode", "-"); err == nil || !strings.Contains(err.Error(), "three parts") {
		t.Errorf("no token: %v", err)
	}
}

// The examples of --help work as they stand.
func TestHelpHasExamplesThatWork(t *testing.T) {
	ec := newPair(t, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("private.pem", []byte(ec.private), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := runWith(t, testEnv, "", "--help")
	if err == nil || r.out.Len() > 0 {
		t.Fatalf("--help: %v, printed %q", err, r.out.String())
	}
	help := strings.ReplaceAll(r.err.String(), "\\\n", " ")
	tried := 0
	for line := range strings.Lines(help) {
		_, command, ok := strings.Cut(line, "amalgam token --")
		if !ok || !strings.HasPrefix(line, "  ") {
			continue
		}
		command, _, _ = strings.Cut("--"+command, " < ")
		var args []string
		for _, a := range strings.Fields(strings.TrimRight(command, ")\n")) {
			args = append(args, strings.Trim(a, "'"))
		}
		tried++
		if _, err := runWith(t, testEnv, hubtest.SubscriberToken(t, "*"), args...); err != nil {
			t.Errorf("amalgam token %q: %v", args, err)
		}
	}
	if tried != 4 {
		t.Errorf("%d examples were tried, want 4", tried)
	}
}
