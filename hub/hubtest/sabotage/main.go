// Command sabotage proves that the tests can fail: it breaks one rule at a
// time in a copy of the tree and expects the named tests to notice. It exits
// with 1 if a broken rule went unseen, or if a text to break has moved. With
// arguments it breaks only the rules whose names contain one of them.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A breakage replaces one text in one file; test must fail after it.
type breakage struct {
	rule, file, old, new string
	test                 []string
}

// browser runs the tests of the whole way, which every part has a share in.
var browser = []string{"bash", "-c", "make build && cd jsdist && node --test --test-force-exit --test-timeout=60000 test/browser/hub.test.mjs"}

// schemas runs the tests of schemas loaded at run time that need no browser.
var schemas = []string{"bash", "-c", "make sdk && cd jsdist && node --test --test-force-exit --test-timeout=60000 test/schemas.test.mjs"}

// faults runs one test of the real binary under faults.
func faults(test string) []string {
	return []string{"go", "test", "-short", "-run", test, "./hub/faults"}
}

const commits = "if err := l.journals[0].Write(&l.frame); err != nil {"

var breakages = []breakage{
	{"validation in the browser", "wasm/engine/batch.go", "if issues := b.judge(set, index, data); len(issues) > 0 {", "if issues := b.judge(set, index, data); len(issues) > 1<<20 {", browser},
	{"schemas are a stream's own", "wasm/engine/served_js.go", "batch.add(v.set, ", "batch.add(v.server.sets[0], ", schemas},
	{"schemas part tabs that share", "jsdist/src/tabs.ts", "options.renewable, options.schemas]", "options.renewable]", schemas},
	{"validation in the hub", "hub/publish.go", "refused := h.payloads.judge(r.Context(), u); refused != nil", "refused := h.payloads.judge(r.Context(), u); refused != nil && len(refused.Issues) > 1<<20", []string{"go", "test", "-run", "DoesNotHold|AfterTheGrant", "./hub/"}},
	{"Validate methods are called", "payload/payload.go", "if issues == nil && s.types != nil {", "if issues != nil && s.types != nil {", []string{"go", "test", "-run", "ValidateMethods", "./payload/"}},
	{"decoded names are exact", "payload/plan.go", "property{name: f.name}", "property{name: f.goName}", []string{"go", "test", "-run", "Decode", "./payload/"}},
	{"re-dispatch on document", "jsdist/src/dispatch.ts", "new CustomEvent(`mercure-${name}`", "new CustomEvent(`${name}`", browser},
	{"private filtering", "hub/fanout/subscriber.go", "if !u.Private {\n\t\treturn true\n\t}\n\tif s.MayRead == nil {\n\t\treturn false\n\t}", "if true || s.MayRead == nil {\n\t\treturn true\n\t}", []string{"go", "test", "./hub/"}},
	{"replay after a restart", "hub/eventlog/bolt/store.go", "seq = binary.BigEndian.Uint64(k)", "_ = binary.BigEndian.Uint64(k)", []string{"go", "test", "-short", "-run", "Contract", "./hub/eventlog/bolt"}},
	{"ends spread over a stop", "hub/fanout/drain.go", "rand.Float64()) * slice", "rand.Float64()) * slice * 0", []string{"go", "test", "-run", "DrainEnds", "./hub/"}},
	{"idle HTTP/2 streams live", "hub/subscribe.go", "c.rc.SetWriteDeadline(time.Time{})", "error(nil)", []string{"go", "test", "-run", "IdleStream", "./hub/"}},
	{"only trusted proxies are believed", "hub/forwarded/resolve.go", "case !p.TrustsRemote(r.RemoteAddr):", "case false:", []string{"go", "test", "./hub/forwarded", "./hub", "-run", "Proxy|Proxies|Streams"}},
	{"a body has its time", "hub/listen/body.go", "SetReadDeadline(time.Now().Add(within))", "SetReadDeadline(time.Now().Add(99 * within))", []string{"go", "test", "-run", "ABody", "./hub/listen"}},
	{"an answer has its time", "hub/listen/body.go", "SetWriteDeadline(time.Now().Add(within))", "SetWriteDeadline(time.Now().Add(99 * within))", []string{"go", "test", "-run", "NobodyTakes", "./hub/listen"}},
	{"who has no token is not kept", "hub/presence.go", `p.grace <= 0 || who == "" {`, `p.grace <= 0 {`, []string{"go", "test", "-run", "Anonymous", "./hub/"}},
	{"what cannot be read shows no secret", "hub/settings/effective.go", "case e.Secret && s.faulty[t.Name]:", "case false:", []string{"go", "test", "-run", "NoSecret", "./hub/settings"}},
	{"the admin listener has its own names", "hub/cmd/amalgam/admin.go", "if ip.IsLoopback() {", "if false {", []string{"go", "test", "-run", "TheAdminListener", "./hub/cmd/amalgam"}},
	{"connections of an address are counted", "hub/listen/cap.go", "if a.n[who] >= a.max {", "if false {", []string{"go", "test", "-run", "Address|TakenOver", "./hub/listen"}},
	{"answers arrive before HTTP/3 closes", "hub/listen/quic.go", "timer := time.NewTimer(linger)", "timer := time.NewTimer(0)", []string{"go", "test", "-count=5", "-run", "Shutdown/HTTP3", "./hub/listen"}},
	{"challenges over HTTP are answered", "hub/listen/serve.go", "if s.certs != nil && p.kind != secure {", "if s.certs != nil && p.kind > redirect {", []string{"go", "test", "-run", "ADomain.*/HTTP", "./hub/cmd/amalgam"}},
	{"HTTP/3 gets no Connection header", "hub/cmd/amalgam/stop.go", "srv.stopping.Load() && r.ProtoMajor < 3", "srv.stopping.Load()", []string{"go", "test", "-run", "StopUnder.*/HTTP3", "./hub/cmd/amalgam"}},
	// The two that follow are early by a moment that a kill can hit.
	{"stored, then answered", "hub/eventlog/bolt/commit.go", commits, "answer(batch, nil)\n\tbatch = nil\n\ttime.Sleep(2 * time.Millisecond)\n\t" + commits, faults("Killed")},
	{"stored, then shown", "hub/eventlog/bolt/commit.go", commits, "l.Send(entries)\n\ttime.Sleep(2 * time.Millisecond)\n\t" + commits, faults("Killed")},
	{"the journal is read at the start", "hub/eventlog/bolt/load.go", "if len(entries) == 0 {", "if true {", faults("Killed")},
	{"all of a commit is delivered", "hub/fanout/fanout.go", "for _, e := range entries {\n\t\t\tf.deliver(e)", "for i, e := range entries {\n\t\t\tif i == 1 {\n\t\t\t\tcontinue\n\t\t\t}\n\t\t\tf.deliver(e)", faults("Killed")},
	{"every queued event goes out", "hub/fanout/subscriber.go", "case s.behind:", "case s.behind || q.seq%13 == 0:", faults("ComeBack")},
	{"a cursor is where a stream begins", "hub/fanout/fanout.go", "answer, after = cursor, seq", "answer, after = cursor, seq+1", faults("ComeBack")},
	{"a slow reader has its own writer", "hub/fanout/pool.go", "go p.f.slow(s, unsent, work{queue: rest, behind: w.behind})\n\tcase len(rest) > 0 || w.behind:\n\t\tgo p.f.slow(", "p.f.slow(s, unsent, work{queue: rest, behind: w.behind})\n\tcase len(rest) > 0 || w.behind:\n\t\tp.f.slow(", faults("Stalled")},
	{"queues are bounded", "hub/fanout/subscriber.go", "case s.bytes+len(q.event) > max && len(s.queue) > 0:", "case false:", faults("Stalled")},
	{"nginx is told not to hold back", "hub/subscribe.go", `"X-Accel-Buffering", "no"`, `"X-Accel-Buffering", "yes"`, []string{"go", "test", "-run", "Proxies/nginx", "./demo/deploy"}},
	{"HAProxy waits for a heartbeat", "demo/deploy/haproxy.cfg", "timeout server 120s", "timeout server 30s", []string{"go", "test", "-run", "Proxies/haproxy", "./demo/deploy"}},
	{"the image's user owns its volume", "Dockerfile", "--chown=65532:65532 .build", ".build", []string{"go", "test", "-run", "Image", "./demo/deploy"}},
	{"an upgrade finds every cursor", "hub/fanout/fanout.go", "answer, after = cursor, seq", "answer, after = cursor, seq+1", faults("Upgrade")},
	{"Reload forgets remembered tokens", "hub/reload.go", "a := newAccess(next)\n", "a := newAccess(next)\n\ta.grants.known = h.access.Load().grants.known\n", []string{"go", "test", "-run", "ReloadForgets", "./hub/"}},
	{"secrets are masked", "hub/settings/format.go", "if slices.Contains(secrets, d.Name) &&", "if false &&", []string{"go", "test", "-run", "NoSecret", "./hub/settings/"}},
	{"a flag before the environment", "hub/settings/given.go", "if g.rank < last[g.Name] {", "if g.rank > last[g.Name] {", []string{"go", "test", "-run", "AFlagComes", "./hub/settings/"}},
	{"a check looks at the folders", "hub/cmd/amalgam/check.go", "s.CheckHistory(), ", "", []string{"go", "test", "-run", "TestCheckLooks", "./hub/cmd/amalgam/"}},
	{"a faulty reload changes nothing", "hub/cmd/amalgam/reload.go", "if err == nil {\n\t\terr = r.hub.Reload", "if err == nil || true {\n\t\terr = r.hub.Reload", []string{"go", "test", "-run", "SIGHUP", "./hub/cmd/amalgam/"}},
	{"tokens stay out of the log", "hub/accesslog.go", "path: clip(r.URL.Path)", "path: clip(r.URL.String())", []string{"go", "test", "-run", "NoToken", "./hub/"}},
	{"tokens stay out of traces", "hub/trace.go", "clip(r.URL.Path)", "clip(r.URL.String())", []string{"go", "test", "-run", "Refusal", "./hub/tracing"}},
	{"refusals are counted", "hub/refuse.go", "h.counts.refusals.Add(why.Rule)", "", []string{"go", "test", "-run", "StatsTell", "./hub/"}},
	{"lost webhooks are counted", "hub/webhook/deliver.go", "s.counts.givenUp.Add(1)", "", []string{"go", "test", "-run", "GivenUp", "./hub/webhook"}},
	{"no GPL in the binary", "hub/licenses/collect/notices.go", `hit != ""`, `hit == "nothing"`, []string{"go", "test", "./hub/licenses/collect"}},
	{"ends are counted", "hub/fanout/fanout.go", "f.counts.ended.Add(string(why))", "", []string{"go", "test", "-run", "StatsTell", "./hub/"}},
	{"a write has a deadline", "hub/fanout/line.go", "writeWithin(l.conn, p, l.timeout)", "writeWithin(l.conn, p, 99*l.timeout)", faults("Stalled")},
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "sabotage:", err)
		os.Exit(1)
	}
}

func run() error {
	top, err := exec.Command("git", "rev-parse", "--show-toplevel").Output()
	if err != nil {
		return fmt.Errorf("not in a git checkout: %w", err)
	}
	root := strings.TrimSpace(string(top))
	unseen := 0
	for _, b := range breakages {
		if !chosen(b.rule) {
			continue
		}
		start := time.Now()
		fmt.Printf("%-32s ", b.rule)
		output, failed, err := try(root, b)
		if err != nil {
			return fmt.Errorf("%s: %w", b.rule, err)
		}
		if failed {
			fmt.Printf("seen      %5.1fs\n", time.Since(start).Seconds())
			continue
		}
		unseen++
		fmt.Printf("NOT SEEN  %5.1fs\n%s\n", time.Since(start).Seconds(), output)
	}
	if unseen > 0 {
		return fmt.Errorf("%d broken rules went unseen", unseen)
	}
	return nil
}

func chosen(rule string) bool {
	return len(os.Args) < 2 || slices.ContainsFunc(os.Args[1:], func(part string) bool { return strings.Contains(rule, part) })
}

// try runs the breakage's test in a broken copy and reports whether it failed.
func try(root string, b breakage) (output []byte, failed bool, err error) {
	dir, err := os.MkdirTemp("", "amalgam-sabotage-")
	if err != nil {
		return nil, false, err
	}
	defer os.RemoveAll(dir)
	if err := copyTree(root, dir); err != nil {
		return nil, false, err
	}
	if b.test[0] != "go" {
		if err := copyModules(root, dir); err != nil {
			return nil, false, err
		}
	}
	path := filepath.Join(dir, b.file)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, false, err
	}
	if n := bytes.Count(text, []byte(b.old)); n != 1 {
		return nil, false, fmt.Errorf("%s: the text to break occurs %d times, want once", b.file, n)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte(b.old), []byte(b.new), 1), 0o600); err != nil {
		return nil, false, err
	}
	cmd := exec.Command(b.test[0], b.test[1:]...)
	cmd.Dir = dir
	output, err = cmd.CombinedOutput()
	if err != nil && strings.Contains(string(output), "[build failed]") {
		return nil, false, fmt.Errorf("the broken copy does not compile:\n%s", output)
	}
	return output, err != nil, nil
}

// copyTree copies what git knows, changed or not.
func copyTree(from, to string) error {
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = from
	names, err := list.Output()
	if err != nil {
		return err
	}
	for _, name := range strings.Split(strings.TrimRight(string(names), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(from, name))
		if os.IsNotExist(err) {
			continue // deleted, not committed yet
		} else if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(target, data, 0o700); err != nil {
			return err
		}
	}
	return nil
}

// copyModules copies what was installed for the browser.
func copyModules(from, to string) error {
	cp := exec.Command("cp", "-a", filepath.Join(from, "jsdist", "node_modules"), filepath.Join(to, "jsdist"))
	if out, err := cp.CombinedOutput(); err != nil {
		return fmt.Errorf("copying node_modules (run `make sdk` first): %s", out)
	}
	return nil
}
