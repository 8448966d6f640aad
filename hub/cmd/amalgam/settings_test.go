package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/hubtest"
	hubprocess "amalgam/hub/hubtest/process"
	"amalgam/hub/tracing"
)

const (
	oldKey = "the old secret, for tests only, 0123456789"
	newKey = "the new secret, for tests only, 0123456789"
)

// configured starts a hub whose settings are in files, and returns what writes
// these: the key of publishers, and the directives.
func configured(t *testing.T, bin, key, directives string) (p *process, write func(key, directives string)) {
	t.Helper()
	dir := t.TempDir()
	write = func(key, directives string) {
		t.Helper()
		for name, text := range map[string]string{"key": key + "\n", "amalgam.conf": directives} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(key, directives)
	h, err := hubprocess.Start(hubprocess.Options{Bin: bin, Data: filepath.Join(dir, "data"),
		Args: []string{"--config", filepath.Join(dir, "amalgam.conf")},
		Env:  []string{"MERCURE_PUBLISHER_JWT_KEY_FILE=" + filepath.Join(dir, "key")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Kill)
	return &process{Hub: h, base: "http://" + h.Address(), url: h.URL()}, write
}

func (p *process) hangUp(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(p.PID(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

func TestSIGHUPChangesKeysAndOriginsAndNoStreamEnds(t *testing.T) {
	directives := "subscriber_jwt " + "\"" + oldKey + "\"\nanonymous\ncors_origins https://old.example\nstop_spread 0"
	p, write := configured(t, binary(t), oldKey, directives)
	h := &hubtest.Hub{URL: p.url, Base: p.base, Client: p.client(t)}
	publish := func(key string, want int) {
		t.Helper()
		token := hubtest.Sign(t, key, jwt.MapClaims{"mercure": map[string]any{"publish": []string{"*"}}})
		if resp, body := h.Post(t, token, url.Values{"topic": {"a"}, "private": {"on"}, "data": {key}}); resp.StatusCode != want {
			t.Errorf("publishing with %q: %s %s, want %d", key, resp.Status, body, want)
		}
	}
	reader := hubtest.Bearer(hubtest.Sign(t, oldKey, jwt.MapClaims{"mercure": map[string]any{"subscribe": []string{"*"}}}))
	stream := h.Subscribe(t, "topic=a", reader)
	publish(oldKey, 200)
	stream.Want(t, oldKey)

	// A mistake changes nothing.
	write(newKey, directives+"\ncors_origin https://new.example")
	p.hangUp(t)
	if err := p.AwaitLog(`line 5: cors_origin: there is no such directive; did you mean \"cors_origins\"?`, 1); err != nil {
		t.Fatal(err)
	}
	publish(newKey, 401)
	publish(oldKey, 200)
	stream.Want(t, oldKey)

	write(newKey, strings.NewReplacer(oldKey, newKey, "old.example", "new.example").Replace(directives)+"\nheartbeat 7s")
	p.hangUp(t)
	for _, line := range []string{`msg="the settings were reloaded" changed="[publisher_jwt subscriber_jwt cors_origins]"`, `hold only after a restart" settings=[heartbeat]`} {
		if err := p.AwaitLog(line, 1); err != nil {
			t.Fatal(err)
		}
	}
	publish(oldKey, 401)
	publish(newKey, 200)
	stream.Want(t, newKey) // with a token of the old key
	if resp, _ := h.Do(t, http.MethodGet, p.url+"?topic=a", reader, ""); resp.StatusCode != 401 {
		t.Errorf("subscribing with the old key: %s, want 401", resp.Status)
	}
	for origin, want := range map[string]string{"https://old.example": "", "https://new.example": "https://new.example"} {
		resp, _ := h.Do(t, http.MethodHead, p.url+"?topic=a", http.Header{"Origin": {origin}}, "")
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("a page on %s may read for %q, want %q", origin, got, want)
		}
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

func TestAStopDoesNotWaitForAReload(t *testing.T) {
	asked := make(chan bool, 1)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- true
		<-r.Context().Done()
	}))
	defer silent.Close()
	directives := "subscriber_jwt \"" + oldKey + "\"\nstop_spread 0"
	p, write := configured(t, binary(t), oldKey, directives)
	write(oldKey, directives+"\npublisher_jwks_url "+silent.URL)
	p.hangUp(t)
	select {
	case <-asked:
	case <-time.After(hubtest.Patience):
		t.Fatal("the key set was not asked for")
	}
	p.wantExit0(t, p.signal(t), 5*time.Second)
	if log := p.Log(); strings.Contains(log, "were reloaded") || strings.Contains(log, "cannot be fetched") {
		t.Errorf("a hub that has stopped was reloaded:\n%s", p.notable())
	}
}

func TestCheckPrintsTheSettingsAndDisturbsNobody(t *testing.T) {
	bin := binary(t)
	p := runHub(t, bin, t.TempDir(), "anonymous")
	run := func(data string, args ...string) (out, complaint string, code int) {
		ctx, cancel := context.WithTimeout(context.Background(), hubtest.Patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, bin, append([]string{"run", "--check"}, args...)...)
		cmd.Env = []string{"SERVER_NAME=" + p.Address(), "AMALGAM_DATA=" + data, "MERCURE_EXTRA_DIRECTIVES=anonymous\nexplain",
			"MERCURE_PUBLISHER_JWT_KEY=" + hubtest.PublisherSecret, "MERCURE_SUBSCRIBER_JWT_KEY=" + hubtest.SubscriberSecret}
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		_ = cmd.Run()
		return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
	}
	data := filepath.Join(t.TempDir(), "new", "data")
	out, complaint, code := run(data)
	if code != 0 || complaint != "" || !strings.Contains(out, "A hub can start with these settings.") {
		t.Errorf("exit %d\n%s%s", code, out, complaint)
	}
	for _, want := range []string{p.Address() + "  ", "SERVER_NAME", "***", "MERCURE_EXTRA_DIRECTIVES, line 2", "heartbeat", "40s", "default"} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, hubtest.PublisherSecret) || strings.Contains(out, hubtest.SubscriberSecret) {
		t.Errorf("a secret is shown:\n%s", out)
	}
	if _, err := os.Stat(filepath.Dir(data)); err == nil {
		t.Error("a folder was made")
	}

	out, complaint, code = run(data, "--json", "--set", "heartbeat soon")
	var c checked
	if err := json.Unmarshal([]byte(out), &c); err != nil || code != 1 || c.OK || len(c.Faults) != 1 || !strings.Contains(c.Faults[0], `--set, line 1: heartbeat: "soon" is not a duration`) && !strings.Contains(c.Faults[0], `--set: heartbeat: "soon" is not a duration`) {
		t.Errorf("exit %d, %v\n%s%s", code, err, out, complaint)
	}
	if _, complaint, code = run(data, "--set", "server_name https://a.example:0", "--set", "tls "+data+".pem "+data+".key"); code != 1 || !strings.Contains(complaint, "tls: there is no such file") {
		t.Errorf("a certificate that is missing: exit %d, %s", code, complaint)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, complaint, code = run(file); code != 1 || !strings.Contains(complaint, "the data folder "+file+" cannot be written") {
		t.Errorf("a file for a folder: exit %d, %s", code, complaint)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

// The variables that are no settings are on the page and in --help.
func TestTheOtherVariablesAreDocumented(t *testing.T) {
	page, help := read(t, "docs/configuration.md"), strings.Join(strings.Fields(variablesHelp()), " ")
	all := map[string]bool{}
	want := func(names, doc string) {
		t.Helper()
		var quoted []string
		for _, name := range strings.Split(names, ", ") {
			all[name] = true
			quoted = append(quoted, "`"+name+"`")
		}
		if line := "| " + strings.Join(quoted, ", ") + " | " + doc + " |\n"; !strings.Contains(page, line) {
			t.Errorf("docs/configuration.md lacks the line:\n%s", line)
		}
		if !strings.Contains(help, names+" "+doc) {
			t.Errorf("--help lacks %s", names)
		}
	}
	for _, v := range tracing.Variables {
		want(v.Name, v.Doc)
	}
	for _, v := range goVariables {
		want(v.name, v.doc)
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(OTEL_[A-Z_]+)`").FindAllStringSubmatch(page, -1) {
		if !all[m[1]] {
			t.Errorf("docs/configuration.md has %s, which nobody reads", m[1])
		}
	}
}
