package build

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// smallGlue says for itself what it is.
//
//go:embed glue.js
var smallGlue []byte

// original is the SHA-256 of the wasm_exec.js that glue.js was made from.
const original = "0c949f4996f9a89698e4b5c586de32249c3b69b7baadb64d220073cc04acba14"

// Glue returns what JavaScript needs to run a module of [Build]: glue.js, or
// where o.Plain, the wasm_exec.js of the toolchain.
func Glue(ctx context.Context, o Options) ([]byte, error) {
	root, err := o.run(ctx, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, "lib", "wasm", "wasm_exec.js"))
	if err != nil || o.Plain {
		return text, err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != original {
		version, _ := o.run(ctx, "env", "GOVERSION")
		return nil, fmt.Errorf("the wasm_exec.js of %s is not the one that wasm/build/glue.js was made from; build with --plain, "+
			"or carry over what has changed in it and put its SHA-256, %x, into wasm/build/glue.go", version, sum)
	}
	return smallGlue, nil
}
