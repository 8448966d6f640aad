package main

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/hubtest"
)

// mistakes reads the table of docs/troubleshooting.md: mistake → message.
func mistakes(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| ([^|]+) \\| [^|]+ \\| ``(.+?) ?`` \\|$").FindAllStringSubmatch(string(page), -1) {
		rows[m[1]] = m[2]
	}
	return rows
}

// says reports whether text has a message, whose … stand for anything.
func says(text, message string) bool {
	var parts []string
	for _, p := range strings.Split(message, "…") {
		parts = append(parts, regexp.QuoteMeta(p))
	}
	return regexp.MustCompile(strings.Join(parts, `[^\n]*?`)).MatchString(text)
}

// Each mistake of the page is made; its message, word for word, is found where
// the page says, and has what mends it.
func TestTheTenMistakesHaveTheMessagesOfThePage(t *testing.T) {
	bin := binary(t)
	table := mistakes(t)
	seen := map[string]bool{}
	check := func(mistake, got string, mends ...string) {
		t.Helper()
		want, ok := table[mistake]
		if !ok {
			t.Errorf("the page has no row for %q", mistake)
			return
		}
		seen[mistake] = true
		if !says(got, want) {
			t.Errorf("%s: the page says\n  %s\nand the hub\n  %s", mistake, want, got)
		}
		for _, mend := range mends {
			if !strings.Contains(want, mend) {
				t.Errorf("%s: the message does not name the mend %q: %s", mistake, mend, want)
			}
		}
	}
	starts := func(change ...string) string { return failedStart(t, bin, 0, change...) }

	check("missing key", starts("MERCURE_PUBLISHER_JWT_KEY="), "set it to", "openssl rand")
	check("short key", starts("MERCURE_PUBLISHER_JWT_KEY=too short"), "make one with `openssl rand")
	check("PEM as HMAC", starts("MERCURE_PUBLISHER_JWT_KEY=-----BEGIN PUBLIC KEY-----\nMIIB…\n-----END PUBLIC KEY-----\n"), "MERCURE_PUBLISHER_JWT_ALG", "set the algorithm to")
	check("unknown directive", starts("MERCURE_EXTRA_DIRECTIVES=anonymous\ncors_origin https://a.example"), `did you mean "cors_origins"`)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	check("port in use", starts("SERVER_NAME="+l.Addr().String()), "stop it", "choose another")
	data, uid := unwritable(t)
	check("unwritable data folder", failedStart(t, readable(t, bin), uid, "AMALGAM_DATA="+data), "chown", "AMALGAM_DATA")

	p := runHub(t, bin, t.TempDir(), "cors_origins https://listed.example")
	h := &hubtest.Hub{URL: p.url, Base: p.base, Client: p.client(t)}
	// refused is the reason in the log of a request that must get a status.
	publish := func(secret string, claims jwt.MapClaims) string {
		claims["mercure"] = map[string]any{"publish": []string{"*"}}
		resp, body := h.Post(t, hubtest.Sign(t, secret, claims), url.Values{"topic": {"a"}})
		return loggedOf(t, p, resp, body, http.StatusUnauthorized)
	}
	now := time.Now()
	check("wrong key", publish(hubtest.SubscriberSecret, jwt.MapClaims{}), "sign with that one")
	check("clock an hour behind", publish(hubtest.PublisherSecret, jwt.MapClaims{"exp": now.Add(-45 * time.Minute).Unix()}), "compare its clock")
	check("clock an hour ahead", publish(hubtest.PublisherSecret, jwt.MapClaims{"nbf": now.Add(time.Hour).Unix()}), "compare the clock")
	resp, body := h.Do(t, http.MethodGet, p.url+"?topic=a", http.Header{"Origin": {"https://listed.example"}}, "")
	check("cookie not sent", loggedOf(t, p, resp, body, http.StatusUnauthorized), "withCredentials: true", "cookie")
	resp, body = h.Do(t, http.MethodOptions, p.url, http.Header{"Origin": {"https://app.example"}, "Access-Control-Request-Method": {"GET"}}, "")
	if resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("an origin that is not listed may read")
	}
	check("origin missing", loggedOf(t, p, resp, body, http.StatusNoContent), "add it to cors_origins")

	for mistake := range table {
		if !seen[mistake] {
			t.Errorf("nobody makes the mistake %q of the page", mistake)
		}
	}
	if len(seen) != 11 {
		t.Errorf("%d mistakes were made, want 11", len(seen))
	}
}

// failedStart runs `amalgam run`, which must exit with 1, and returns what it
// says.
func failedStart(t *testing.T, bin string, uid uint32, change ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hubtest.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, "run")
	cmd.Env = append([]string{"SERVER_NAME=127.0.0.1:0", "AMALGAM_DATA=" + t.TempDir(),
		"MERCURE_PUBLISHER_JWT_KEY=" + hubtest.PublisherSecret, "MERCURE_SUBSCRIBER_JWT_KEY=" + hubtest.SubscriberSecret}, change...)
	cmd.Dir = "/"
	runAs(cmd, uid)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("with %q the hub ends with %v, want exit 1:\n%s", change, err, out)
	}
	return string(out)
}

// unwritable makes a folder that the user uid cannot write.
func unwritable(t *testing.T) (dir string, uid uint32) {
	t.Helper()
	dir = openFolder(t)
	if os.Getuid() == 0 {
		return dir, 65534
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	return dir, 0
}

// readable copies the binary to where every user can run it.
func readable(t *testing.T, bin string) string {
	t.Helper()
	content, err := os.ReadFile(bin)
	file := filepath.Join(openFolder(t), "amalgam")
	if err == nil {
		err = os.WriteFile(file, content, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// openFolder is a folder of the test that all may read.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "amalgam-test-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// loggedOf returns what the log says of a request, unquoted.
func loggedOf(t *testing.T, p *process, resp *http.Response, body string, status int) string {
	t.Helper()
	id := resp.Header.Get("X-Request-Id")
	if resp.StatusCode != status || id == "" || status >= 400 && !strings.Contains(body, "(request "+id+")") {
		t.Errorf("%s %q, want %d and the request's id %q", resp.Status, body, status, id)
	}
	if err := p.AwaitLog("request="+id, 1); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(p.Log(), "\n") {
		if strings.Contains(line, "request="+id) {
			return strings.ReplaceAll(line, `\"`, `"`)
		}
	}
	return ""
}
