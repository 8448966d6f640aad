package hub_test

import (
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"amalgam/hub"
	"amalgam/hub/fanout"
	"amalgam/hub/hubtest"
	"amalgam/hub/stat"
)

// rulesInSources are the rules that the sources of the hub refuse by.
func rulesInSources(t *testing.T) []string {
	named := regexp.MustCompile(`(?:Refuse\([^,"]+, |BadToken\(|Insufficient\(|Rule: +|\brule :?= )"([a-z0-9-]+)"`)
	suffixed := regexp.MustCompile(`Rule: field \+ "(-[a-z0-9]+)"`)
	field := regexp.MustCompile(`(?:CheckTopic|checkText)\("([a-z]+)"`)
	var rules, suffixes, fields []string
	all := func(re *regexp.Regexp, text []byte, to *[]string) {
		for _, m := range re.FindAllSubmatch(text, -1) {
			*to = append(*to, string(m[1]))
		}
	}
	for _, dir := range []string{".", "dialect", "update", "auth"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if d.IsDir() && dir == "." && path != "." {
				return fs.SkipDir
			}
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			all(named, text, &rules)
			all(suffixed, text, &suffixes)
			all(field, text, &fields)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range fields {
		for _, s := range suffixes {
			rules = append(rules, f+s)
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

func TestTheListOfRulesIsThatOfTheSources(t *testing.T) {
	found := rulesInSources(t)
	if len(found) < 60 {
		t.Fatalf("only %d rules were found in the sources: %v", len(found), found)
	}
	for _, r := range found {
		if !slices.Contains(hub.Rules, r) {
			t.Errorf("hub.Rules lacks %q", r)
		}
	}
	for _, r := range hub.Rules {
		if !slices.Contains(found, r) {
			t.Errorf("hub.Rules has %q, which no source refuses by", r)
		}
	}
}

// eventually waits until ok, which something that has happened makes so.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(hubtest.Patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after %v it is still not so that %s", hubtest.Patience, what)
		}
	}
}

func TestStatsTellWhatHasHappened(t *testing.T) {
	h := hubtest.Start(t, nil)
	s := h.Subscribe(t, "topic=a", nil)
	h.Send(t, "topic", "a", "data", "one")
	h.Send(t, "topic", "b", "data", "nobody's")
	s.Next(t)
	resp, _ := h.Do(t, http.MethodPost, h.URL, nil, "topic=a")
	if resp.StatusCode != http.StatusUnauthorized {
		t.Fatalf("publishing without a token: %s", resp.Status)
	}
	st := h.Stats()
	if st.Updates != 2 || st.Publishes.Count() != 2 || st.Publishes.Sum == 0 {
		t.Errorf("%d updates, %d publishes in %d ns, want 2 and 2 and some time", st.Updates, st.Publishes.Count(), st.Publishes.Sum)
	}
	if st.Refusals["token-missing"] != 1 || st.Refusals[stat.Other] != 0 {
		t.Errorf("refusals %v, want one for token-missing", st.Refusals)
	}
	if st.Streams.Subscribers != 1 || st.Streams.Attached != 1 || st.Streams.Offered != 1 || st.Streams.Queued != 0 {
		t.Errorf("streams %+v, want one, with one event that is not queued any more", st.Streams)
	}
	if st.History == nil || st.History.Events != 2 || st.History.Oldest == 0 {
		t.Errorf("history %+v, want 2 events", st.History)
	}
	s.Close()
	eventually(t, "the stream has ended", func() bool { return h.Stats().Streams.Ended[fanout.EndedByClient] == 1 })
	if n := h.Stats().Streams.Subscribers; n != 0 {
		t.Errorf("%d subscribers after the only one has gone", n)
	}

	s = h.Subscribe(t, "topic=a&topic=b", http.Header{"Last-Event-ID": {"earliest"}})
	s.Next(t)
	s.Next(t)
	eventually(t, "the replay is counted", func() bool { return h.Stats().Streams.Replays.Count() == 1 })
	if d := h.Stats().Streams.Replays; d.Sum != 2 {
		t.Errorf("a replay of %d events, want 2", d.Sum)
	}
}

// Whoever embeds a hub chooses what watches it.
func TestTheHubKnowsNothingOfWhatWatchesIt(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "amalgam/hub").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, dep := range strings.Fields(string(out)) {
		if strings.Contains(dep, "prometheus") || strings.Contains(dep, "opentelemetry") {
			t.Errorf("hub imports %s", dep)
		}
	}
}
