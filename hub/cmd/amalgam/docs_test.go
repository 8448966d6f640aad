package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"amalgam/hub/hubtest"
)

// Every shell command of docs/authorization.md is run, in order, in one shell,
// against the binary. What differs from the page: the port, the secrets, which
// the issuer block needs as well, and an end for the streams.
func TestTheCommandsOfTheAuthorizationPageWork(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binary; not with -short")
	}
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the page uses %s, which is not on this machine", tool)
		}
	}
	page, err := os.ReadFile("../../../docs/authorization.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "amalgam"), ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()

	const secret = "a secret of this test, long enough for HS256"
	var script strings.Builder
	script.WriteString("set -eu\ntrap 'kill %1; wait' EXIT\n")
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	commands := 0
	for _, b := range blocks {
		text := strings.NewReplacer(
			"http://localhost:3000", "http://"+address,
			"$(openssl rand -base64 32)", "'"+secret+"'",
			"curl -N", "stream",
			"curl -d", "curl -sS --fail-with-body -d",
			"amalgam run &", "amalgam run 2>"+filepath.Join(dir, "log")+" &\nuntil curl -sf http://"+address+"/readyz; do sleep 0.05; done",
		).Replace(b[1])
		commands += strings.Count(b[1], "curl")
		fmt.Fprintf(&script, "%s\necho\n", text)
	}
	if len(blocks) < 5 || commands < 4 {
		t.Fatalf("the page has %d blocks with %d requests: have they moved?", len(blocks), commands)
	}
	// A stream is fine when it is granted and stays open.
	prelude := `stream() { code=0; curl -sS -N --fail-with-body --max-time 1 "$@" || code=$?; [ $code = 28 ] || { echo "the stream ended with $code" >&2; exit 1; }; }` + "\n"

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", prelude+script.String())
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "SERVER_NAME="+address, "AMALGAM_DATA="+dir,
		"MERCURE_EXTRA_DIRECTIVES=explain\nstop_spread 0\nissuer https://app.example.com {\npublisher {\njwt \""+secret+"\"\n}\n}")
	out, err := cmd.CombinedOutput()
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		t.Fatalf("%v\n%s\nthe hub's log:\n%s", err, out, log)
	}
	if n := strings.Count(string(out), "urn:uuid:"); n != 3 {
		t.Errorf("%d updates were taken, the page publishes 3:\n%s", n, out)
	}
}

// Whoever looks for a thing finds its room on the page of the architecture.
func TestTheArchitectureNamesEveryRoom(t *testing.T) {
	page := read(t, "docs/architecture.md")
	folders, err := filepath.Glob("../../*")
	if err != nil {
		t.Fatal(err)
	}
	rooms := 0
	for _, f := range folders {
		if goFiles, _ := filepath.Glob(filepath.Join(f, "*.go")); len(goFiles) == 0 {
			continue
		}
		rooms++
		if room := "`hub/" + filepath.Base(f) + "`"; !strings.Contains(page, room) {
			t.Errorf("docs/architecture.md says nothing of %s", room)
		}
	}
	if rooms < 15 {
		t.Errorf("only %d rooms were found", rooms)
	}
}

// What the home page says can be followed, word for word.
func TestTheCommandsOfTheHomePageWork(t *testing.T) {
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the page uses %s, which is not on this machine", tool)
		}
	}
	p, _ := configured(t, binary(t), oldKey, "subscriber_jwt "+strconv.Quote(newKey)+"\nanonymous")
	resp, err := http.Get(p.base + "/")
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, m := range regexp.MustCompile("(?s)<pre><code>(curl .*?)</code>").FindAllStringSubmatch(string(page), -1) {
		plain := regexp.MustCompile("<[^>]*>").ReplaceAllString(m[1], "")
		commands = append(commands, strings.ReplaceAll(html.UnescapeString(plain), "this server", p.base))
	}
	if len(commands) != 2 {
		t.Fatalf("the page has the commands %q, want one to subscribe and one to publish", commands)
	}
	token, err := mintToken("HS256", []byte(oldKey), []string{"*"}, nil, nil, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), hubtest.Patience)
	defer cancel()
	out := filepath.Join(t.TempDir(), "stream")
	wait := func(line string) string { return "until grep -q '" + line + "' " + out + "; do sleep 0.05; done\n" }
	cmd := exec.CommandContext(ctx, "bash", "-ec", "trap 'kill %1' EXIT\n"+commands[0]+" -s --max-time 10 >"+out+" &\n"+wait("^:")+commands[1]+" -sS --fail-with-body\n"+wait("^data: hello"))
	cmd.Env, cmd.WaitDelay = append(os.Environ(), "TOKEN="+token), time.Second
	if said, err := cmd.CombinedOutput(); err != nil {
		stream, _ := os.ReadFile(out)
		t.Errorf("%v\n%s\nthe stream: %s", err, said, stream)
	}
}

// A flag that a page names is one that the command has.
func TestTheFlagsOfThePagesExist(t *testing.T) {
	bin := binary(t)
	pages, err := filepath.Glob("../../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, "../../../README.md", "../../../CONTRIBUTING.md", "../../../demo/README.md", "../../../demo/symfony/README.md")
	help := map[string]string{} // of each command
	command := regexp.MustCompile("amalgam (run|demo|token|doctor|types|bench|health|history [a-z]+|bench [a-z]+)((?: [^`|&;\n]*(?:\\\\\n)?)*)")
	option := regexp.MustCompile(`(?:^| )--([a-z][a-z0-9-]*)`)
	seen := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range command.FindAllStringSubmatch(string(text), -1) {
			for _, o := range option.FindAllStringSubmatch(m[2], -1) {
				if _, ok := help[m[1]]; !ok {
					out, err := exec.Command(bin, append(strings.Fields(m[1]), "--help")...).CombinedOutput()
					if err != nil {
						t.Fatalf("amalgam %s --help: %v\n%s", m[1], err, out)
					}
					help[m[1]] = string(out) + "\n  -help\n"
				}
				seen++
				if !regexp.MustCompile(`(?m)^\s+-` + o[1] + `\b( |$)`).MatchString(help[m[1]]) {
					t.Errorf("%s: amalgam %s has no flag --%s", filepath.Base(page), m[1], o[1])
				}
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d flags were found on %d pages", seen, len(pages))
	}
}
