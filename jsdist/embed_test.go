package jsdist_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"testing"

	"amalgam/jsdist"
)

func TestTheFolderIsThereWithOrWithoutABuild(t *testing.T) {
	files := jsdist.Files()
	if _, err := fs.Stat(files, "NOT-BUILT.txt"); err != nil {
		t.Fatalf("NOT-BUILT.txt keeps go build working before Node.js has run: %v", err)
	}
	_, err := fs.Stat(files, "sdk.wasm.gz")
	if jsdist.Built() != (err == nil) {
		t.Errorf("Built() = %v, but sdk.wasm.gz: %v", jsdist.Built(), err)
	}
	if _, err := fs.Stat(files, "sdk.wasm"); err == nil {
		t.Error("sdk.wasm is in the binary as well as sdk.wasm.gz")
	}
}

func TestEncodingsHoldTheSameBytes(t *testing.T) {
	if !jsdist.Built() {
		t.Skip("the SDK is not built: run make build")
	}
	files := jsdist.Files()
	for _, name := range []string{"index.js", "sdk.wasm"} {
		want, err := os.ReadFile("dist/" + name)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := fs.ReadFile(files, name+".gz")
		if err != nil {
			t.Fatal(err)
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s.gz does not hold %s (%v)", name, name, err)
		}
		if _, err := fs.Stat(files, name+".br"); err != nil {
			t.Error(err)
		}
	}
}
