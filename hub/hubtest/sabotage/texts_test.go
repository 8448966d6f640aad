package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// `make sabotage` takes long, so a text that has moved is found here.
func TestEachTextToBreakIsThereOnce(t *testing.T) {
	for _, b := range breakages {
		text, err := os.ReadFile(filepath.Join("../../..", b.file))
		if err != nil {
			t.Errorf("%s: %v", b.rule, err)
			continue
		}
		if n := bytes.Count(text, []byte(b.old)); n != 1 {
			t.Errorf("%s: %s has the text to break %d times, want once", b.rule, b.file, n)
		}
	}
}
