package conformance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"amalgam/hub/conformance"
	"amalgam/hub/hubtest/process"
)

// A sabotage takes one rule out of the hub by replacing one text in one of its
// source files. Exactly the checks that name the rule must fail then; with a
// dialect, those of that dialect.
type sabotage struct {
	rule, dialect  string
	file, old, new string
}

var sabotages = []sabotage{
	{"private-filter", "", "fanout/subscriber.go",
		"if !u.Private {\n\t\treturn true\n\t}",
		"if true {\n\t\treturn true\n\t}"},
	{"private-replay", "", "fanout/serve.go",
		"_, ok := w.s.wants(e.Update)",
		"shown := *e.Update\n\t\tshown.Private = shown.Private && w.s.mayRead(e.Update)\n\t\t_, ok := w.s.wants(&shown)"},
	{"private-presence", "", "dialect/dialect.go",
		`_, u.Private = form.Get("private")`,
		"private, _ := form.Get(\"private\")\n\tu.Private = private == \"on\" || private == \"1\" || private == \"true\""},
	{"publish-every-topic", conformance.Draft1, "dialect/draft1/publish.go",
		"for _, t := range u.Topics {\n\t\tif !grant.MayPublish(t) {",
		"for _, t := range u.Topics[:1] {\n\t\tif !grant.MayPublish(t) {"},
	{"reserved-encoded", "", "topic/reserved.go",
		"if strings.IndexByte(path, '%') < 0 {\n\t\treturn path\n\t}",
		"if path != \"\" {\n\t\treturn path\n\t}"},
	{"reserved-resolved", "", "topic/reserved.go",
		"u, err := url.ParseRef(n.base, topic)",
		"if !strings.HasPrefix(topic, \"/\") || strings.HasPrefix(topic, \"//\") {\n\t\treturn false\n\t}\n\tu, err := url.ParseRef(n.base, topic)"},
	{"control-characters", "", "update/update.go",
		"if r < 0x20 || (r >= 0x7f && r <= 0x9f) {",
		"if false {"},
	{"format-characters", "", "update/update.go",
		"if strict && unicode.Is(unicode.Cf, r) {",
		"if false && unicode.Is(unicode.Cf, r) {"},
	{"data-lines", "", "update/encode.go",
		`i := strings.IndexAny(data, "\r\n")`,
		`i := min(strings.IndexAny(data, "\r\n"), -1)`},
	{"dialect-both", "", "subscribe.go",
		"case hasTopic && isDraft1:",
		"case false:"},
	{"match-namespace", "", "dialect/draft1/subscribe.go",
		"if !Reserves(p.Name) {\n\t\t\tcontinue",
		"if _, known := parameters[p.Name]; !known {\n\t\t\tcontinue"},
	{"token-aud", "", "dialect/draft1/token.go",
		", jwt.WithAudience(resource)", ""},
	{"token-exp-required", "", "dialect/draft1/token.go",
		"jwt.WithExpirationRequired(), ", ""},
	{"token-exp-stream", "", "hub.go",
		"if !grant.Expires.IsZero() && (",
		"if false && ("},
	{"details-whole", "", "dialect/draft1/details.go",
		"d, err := parseDetail(o, limits, base)\n",
		"d, err := parseDetail(o, limits, base)\n\t\tif err != nil {\n\t\t\tcontinue\n\t\t}\n"},
	{"no-downgrade", "", "authorize.go",
		"c.grant, refusal = judge.JudgeToken(token, header, publisher, h.resource(r), h.baseURL(r))",
		"c.grant, refusal = judge.JudgeToken(token, header, publisher, h.resource(r), h.baseURL(r))\n\t\t\tkeys := access.classicKeys(publisher, header.Kid)\n\t\t\tif refusal != nil {\n\t\t\t\tc.grant, refusal = classic.JudgeToken(token, keys)\n\t\t\t}"},
	{"token-refused", "", "subscribe.go",
		"who, refusal := h.identify(r, query, isDraft1, false)",
		"who, refusal := h.identify(r, query, isDraft1, false)\n\tif refusal != nil && h.cfg.Anonymous {\n\t\twho, refusal = caller{}, nil\n\t}"},
	{"token-precedence", "", "auth/present.go",
		`if h := r.Header.Values("Authorization"); len(h) > 0 {`,
		`if h := r.Header.Values("Authorization"); len(h) > 0 && places.Query == nil && r.Header.Get("Cookie") == "" {`},
	{"csrf", "", "authorize.go",
		"case source == \"\":",
		"case true:\n\t\treturn nil\n\tcase source == \"\":"},
	{"origin-label", "", "auth/origin.go",
		"sameLabels(p.labels, labels) {",
		`(sameLabels(p.labels, labels) || strings.HasSuffix(host, strings.TrimPrefix(strings.Join(p.labels, "."), "*."))) {`},
	{"cors-wildcard", "", "cors.go",
		`header.Set("Access-Control-Allow-Origin", "*")`,
		"header.Set(\"Access-Control-Allow-Origin\", origin)\n\t\t\t\theader.Set(\"Access-Control-Allow-Credentials\", \"true\")"},
	{"subscription-event-type", "", "subscriptions.go",
		"u.Type = draft1.EventType",
		`u.Type = ""`},
	{"subscription-private", "", "subscriptions.go",
		"u := &update.Update{Private: true, Topics",
		"u := &update.Update{Private: false, Topics"},
	{"cursor-unknown", "", "fanout/fanout.go",
		"answer, after = update.Earliest, 0",
		"answer, after = cursor, 0"},
	{"cursor-position", "", "fanout/fanout.go",
		"answer, after = cursor, seq",
		"answer, after = cursor, seq-1"},
	{"replay-to-live", "", "fanout/fanout.go",
		// A position read before the subscriber is registered, however little
		// before, loses what is delivered in between.
		"s.wake = make(chan struct{}, 1)\n\tf.mu.Lock()\n\tdefer f.mu.Unlock()\n",
		"s.wake = make(chan struct{}, 1)\n\tfor last, _ := f.log.Last(); f.Position() < last; {\n\t\ttime.Sleep(time.Millisecond)\n\t}\n\tearly := f.Position()\n\ttime.Sleep(50 * time.Millisecond)\n\tf.mu.Lock()\n\tdefer f.mu.Unlock()\n\tdefer func() { s.live = early }()\n"},
	{"topics-privacy", "", "fanout/subscriber.go",
		"if !u.Private {\n\t\treturn strings.Join(",
		"if true {\n\t\treturn strings.Join("},
	{"topics-each", "", "fanout/fanout.go",
		"s.by = append(s.by, by)\n\t\t\t}",
		"}"},
}

func TestEachRuleIsSeenByExactlyItsChecks(t *testing.T) {
	if testing.Short() || *flagHub != "" {
		t.Skip("it builds the hub once for every rule")
	}
	// What fails on the hub as it is says nothing about a sabotage; it is
	// TestTheHubConforms's to report.
	already := failing(t, buildHub(t))
	known := map[string]bool{}
	for _, c := range conformance.Checks() {
		for _, r := range c.Rules {
			known[r] = true
		}
	}
	// The next hub is built while the suite, which mostly waits, runs on this
	// one.
	type built struct {
		bin  string
		took time.Duration
		err  error
	}
	builds := make(chan built)
	dir := t.TempDir()
	go func() {
		for _, s := range sabotages {
			start := time.Now()
			bin, err := s.build(filepath.Join(dir, s.rule))
			builds <- built{bin, time.Since(start), err}
		}
	}()
	for _, s := range sabotages {
		delete(known, s.rule)
		b := <-builds
		t.Run(s.rule, func(t *testing.T) {
			if b.err != nil {
				t.Fatal(b.err)
			}
			defer os.Remove(b.bin)
			var want []string
			for _, c := range conformance.Checks() {
				if slices.Contains(c.Rules, s.rule) && (s.dialect == "" || c.Dialect == s.dialect) && already[c.ID()] == "" {
					want = append(want, c.ID())
				}
			}
			if len(want) == 0 {
				t.Fatalf("no check names the rule %q", s.rule)
			}
			start := time.Now()
			failed := failing(t, b.bin)
			for _, id := range want {
				if failed[id] == "" {
					t.Errorf("NOT SEEN by %s", id)
				}
			}
			for id, reason := range failed {
				if !slices.Contains(want, id) && already[id] == "" {
					t.Errorf("ALSO FAILS: %s: %s", id, reason)
				}
			}
			t.Logf("%d checks fail, as they should: built in %v, run in %v\n  %s", len(want), b.took.Round(time.Millisecond), time.Since(start).Round(time.Millisecond), strings.Join(want, "\n  "))
		})
	}
	for r := range known {
		t.Errorf("checks name the rule %q, which no sabotage takes out", r)
	}
}

// failing runs the suite against a binary and returns the checks that fail,
// with their reasons.
func failing(t *testing.T, bin string) map[string]string {
	t.Helper()
	target := startHubs(t, bin, "\ntransport local") // no disk: only the rules count here
	failed := map[string]string{}
	for _, r := range conformance.Run(t.Context(), target, nil, nil) {
		switch r.Status {
		case conformance.Fail:
			failed[r.Check.ID()] = r.Reason
		case conformance.Skip:
			t.Errorf("%s was skipped: %s", r.Check.ID(), r.Reason)
		}
	}
	return failed
}

// build builds the hub in dir with the sabotaged file, through an overlay, in
// the place of the real one.
func (s sabotage) build(dir string) (bin string, err error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module: %w", err)
	}
	file := filepath.Join(strings.TrimSpace(string(root)), "hub", filepath.FromSlash(s.file))
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(text), s.old); n != 1 {
		return "", fmt.Errorf("%s: the text to sabotage has moved; it occurs %d times, want once:\n%s", file, n, s.old)
	}
	broken, overlay := filepath.Join(dir, filepath.Base(file)), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{file: broken}})
	if err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(broken, []byte(strings.Replace(string(text), s.old, s.new, 1)), 0o600)
	}
	if err == nil {
		err = os.WriteFile(overlay, replace, 0o600)
	}
	if err != nil {
		return "", err
	}
	return process.Build(dir, "-overlay", overlay)
}

func TestASabotageWhoseTextHasMovedSaysSo(t *testing.T) {
	s := sabotage{rule: "x", file: "hub.go", old: "this text is not in the file", new: ""}
	if _, err := s.build(t.TempDir()); err == nil || !strings.Contains(err.Error(), "has moved") || !strings.Contains(err.Error(), s.old) {
		t.Errorf("err is %v, want the text that has moved", err)
	}
}
