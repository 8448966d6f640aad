package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"amalgam/hub/conformance"
)

func TestListNamesEveryCheckWithItsSection(t *testing.T) {
	var out, errs bytes.Buffer
	if failed, err := run([]string{"--list"}, &out, &errs); failed || err != nil {
		t.Fatal(failed, err, errs.String())
	}
	for _, c := range conformance.Checks() {
		if !strings.Contains(out.String(), c.Name+"  ["+c.Section+"]\n") {
			t.Errorf("%s is not listed", c.ID())
		}
	}
}

func TestAHubThatFailsIsReported(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	t.Setenv("PUBLISHER_KEY", "secret")
	var out, errs bytes.Buffer
	failed, err := run([]string{"--hub", server.URL + "/.well-known/mercure", "--anonymous", "--dialect", "classic", "--texts-only", "--json", "--patience", "1s"}, &out, &errs)
	if !failed || err != nil {
		t.Errorf("failed is %v, err %v; want true, nil", failed, err)
	}
	for _, want := range []string{`"status": "fail"`, `"status": "skip"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the results lack %s", want)
		}
	}
	if !strings.Contains(errs.String(), " failed, ") || strings.Contains(out.String(), "protocol.md") {
		t.Errorf("the summary is missing, or checks that are not of the texts ran:\n%s", errs.String())
	}
}

func TestWrongFlagsAreSaid(t *testing.T) {
	for _, args := range [][]string{{}, {"--dialect", "latin"}, {"--check", "("}, {"stray"}, {"--hub", "http://127.0.0.1:1/", "--check", "no such check"}, {"--publisher-key-file", "/does/not/exist"}} {
		var out, errs bytes.Buffer
		if _, err := run(args, &out, &errs); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
