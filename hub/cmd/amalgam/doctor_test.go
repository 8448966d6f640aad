package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"go.uber.org/goleak"

	"amalgam/hub"
	"amalgam/hub/doctor"
	"amalgam/hub/hubtest"
)

// examine runs amalgam doctor.
func examine(t *testing.T, env map[string]string, in string, args ...string) (*doctor.Report, *run, error) {
	t.Helper()
	var r run
	report, err := runDoctor(context.Background(), args, terminal{strings.NewReader(in), &r.out, &r.err, func(name string) string { return env[name] }, false})
	return report, &r, err
}

func TestDoctorPrintsAReportToRead(t *testing.T) {
	others := goleak.IgnoreCurrent() // pebble, in TestADomain…, never ends its own
	t.Cleanup(func() { goleak.VerifyNone(t, others) })
	h := hubtest.Start(t, nil)
	token := mintWith(t, testEnv, "", "--subscribe", "https://example.com/books/{id}")
	report, r, err := examine(t, nil, token+"\n", "--token-file", "-", h.URL, "--topic", "https://example.com/books/1", "--topic=other")
	if err != nil || report.Problems != 1 {
		t.Fatalf("%v, %+v", err, report)
	}
	out := r.out.String()
	for _, want := range []string{
		h.URL + "\n\nReachability\n  ok        Port ",
		"\n\nHub\n  ok        It is a hub",
		"\n  PROBLEM   It may not read private updates of \"other\": no selector of its subscribe list\n            matches.\n            → Mint it with --subscribe 'other'.\n",
		"\n\n1 problem.\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	for line := range strings.Lines(out) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > lineWidth {
			t.Errorf("a line has %d columns: %s", n, line)
		}
	}
	if strings.Contains(out, "\x1b") || strings.Contains(out, token) || r.err.Len() > 0 {
		t.Errorf("colour, the token or errors: %s%s", out, r.err.String())
	}
}

func TestDoctorInColour(t *testing.T) {
	var b strings.Builder
	r := &doctor.Report{Examined: "http://h/", Verdict: doctor.Warning, Warnings: 2, Findings: []doctor.Finding{{Group: "tls", Status: doctor.Warning, Text: "Old.", Mend: "Renew."}}}
	if err := printReport(&b, r, true); err != nil {
		t.Fatal(err)
	}
	const want = "\x1b[1mhttp://h/\x1b[0m\n\n\x1b[1mTLS\x1b[0m\n  \x1b[33mwarning   \x1b[0mOld.\n            → Renew.\n\n\x1b[33mNo problem, 2 warnings.\x1b[0m\n"
	if b.String() != want {
		t.Errorf("printed %q, want %q", b.String(), want)
	}
}

func TestDoctorForScripts(t *testing.T) {
	h := hubtest.Start(t, nil)
	token := mintWith(t, testEnv, "", "--subscribe", "*")
	_, r, err := examine(t, map[string]string{envToken: token}, "", h.Base, "--json")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		URL, Examined, Verdict string
		Problems, Warnings     int
		Findings               []map[string]any
	}
	if err := json.Unmarshal(r.out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.URL != h.Base || got.Examined != h.URL || got.Verdict != "ok" || got.Problems != 0 || got.Warnings != 0 {
		t.Errorf("the report is %+v", got)
	}
	measured := false
	for _, f := range got.Findings {
		values, _ := f["values"].(map[string]any)
		_, ms := values["first_byte_ms"].(float64)
		measured = measured || f["check"] == "stream-first-byte" && f["group"] == "stream" && f["status"] == "ok" && ms
		if f["check"] == "token-subscribe" && f["status"] != "ok" {
			t.Errorf("the token of %s was not presented: %v", envToken, f)
		}
	}
	if !measured || strings.Contains(r.out.String(), token) {
		t.Errorf("no first byte was measured, or the token is there: %s", r.out.String())
	}
}

func TestDoctorTrustsTheAuthorityInCAFile(t *testing.T) {
	h := hubtest.Start(t, nil)
	s := httptest.NewTLSServer(h.Hub)
	defer s.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if report, r, err := examine(t, nil, "", s.URL+hub.DefaultPath, "--ca-file", file); err != nil || report.Problems > 0 {
		t.Errorf("with --ca-file: %v\n%s", err, r.out.String())
	}
	if report, r, err := examine(t, nil, "", s.URL+hub.DefaultPath); err != nil || report.Problems == 0 {
		t.Errorf("without: %v\n%s", err, r.out.String())
	}
}

func TestDoctorCalledWronglySaysHow(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		args       []string
	}{
		{"no URL", "give one URL", nil},
		{"two URLs", "not 2", []string{"http://a", "http://b"}},
		{"an unknown flag", "did you mean --token-file?", []string{"http://a", "--tocken-file", "x"}},
		{"no such file", "nonexistent", []string{"http://a", "--token-file", "/nonexistent"}},
		{"an empty file", "no token in", []string{"http://a", "--token-file", empty}},
		{"no certificate", "BEGIN CERTIFICATE", []string{"http://a", "--ca-file", empty}},
		{"an origin that is none", "not an origin", []string{"http://a", "--origin", "app"}},
		{"a query", "--topic", []string{"http://a?topic=b"}},
	} {
		report, r, err := examine(t, nil, "", c.args...)
		if !errors.Is(err, errUsage) || report != nil || !strings.Contains(r.err.String(), c.want) || r.out.Len() > 0 {
			t.Errorf("%s: %v, %q, want usage and %q", c.name, err, r.err.String(), c.want)
		}
	}
	if _, r, err := examine(t, nil, "", "--help"); !errors.Is(err, flag.ErrHelp) || !strings.Contains(r.err.String(), "Exit status: 0") {
		t.Errorf("--help: %v %s", err, r.err.String())
	}
}

func TestDoctorFindsABrokenFront(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }))
	defer s.Close()
	report, r, err := examine(t, nil, "", s.URL+hub.DefaultPath)
	if err != nil || report.Problems != 1 || !strings.Contains(r.out.String(), "PROBLEM   A proxy in front answers 502") {
		t.Errorf("%v\n%s", err, r.out.String())
	}
}
