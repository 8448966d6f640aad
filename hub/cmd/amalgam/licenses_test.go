package main

import (
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"amalgam/hub/licenses"
	"amalgam/jsdist"
)

func TestTheLicencesOfTheSDKComeLast(t *testing.T) {
	var b strings.Builder
	if err := printLicenses(&b, "those of the hub\n", fstest.MapFS{"LICENSES.txt": {Data: []byte("those of the SDK\n")}}); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.HasPrefix(text, "those of the hub\n") || !strings.HasSuffix(text, "/sdk/, is made of:\n\nthose of the SDK\n") {
		t.Errorf("%s", text)
	}
}

// The binary of `make build` tells all; one of `go build` alone says what it
// lacks, and so does one whose licences were collected before its modules changed.
func TestTheBinaryHasItsLicencesOrSaysWhatItLacks(t *testing.T) {
	out, err := exec.Command(binary(t), "licenses").CombinedOutput()
	text := string(out)
	if _, missing := licenses.Notices(); missing != nil && err == nil {
		t.Errorf("this test has no licences (%v), and the binary has:\n%.300s", missing, text)
	}
	if err != nil {
		if !strings.Contains(text, "make build") {
			t.Errorf("%v: %s", err, text)
		}
		t.Log(strings.TrimSpace(text))
		return
	}
	for _, want := range []string{"\namalgam\n\nMIT License", "\nGo go1.", "\ngo.etcd.io/bbolt v", "\ngithub.com/caddyserver/certmagic v", "Apache License"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there", want)
		}
	}
	if jsdist.Built() && !strings.Contains(text, "github.com/hack-pad/safejs") {
		t.Error("the SDK is in the binary, and not its licences")
	}
}
