package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// What jsdist/build.mjs writes beside a module, for one of a user's own.
const (
	moduleName    = "sdk.wasm" // where the SDK looks for it, beside its script
	integrityName = "integrity.json"
)

type encodings struct{ gzip, brotli []byte }

// brotliScript encodes the file that it is given. Node.js has brotli, Go has
// not, and an encoder in Go is 2.7 MB that every hub would carry.
const brotliScript = `const { brotliCompressSync, constants } = require("node:zlib");
const bytes = require("node:fs").readFileSync(process.argv[1]);
const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
require("node:fs").writeFileSync(process.argv[2], brotliCompressSync(bytes, { params }));`

// pack encodes a module as servers send it. Without Node.js there is no brotli.
func pack(ctx context.Context, module []byte) (encodings, error) {
	var e encodings
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return e, err
	}
	if _, err := w.Write(module); err != nil {
		return e, err
	}
	if err := w.Close(); err != nil {
		return e, err
	}
	e.gzip = b.Bytes()
	node, err := exec.LookPath("node")
	if err != nil {
		return e, nil
	}
	work, err := os.MkdirTemp("", "amalgam-types-")
	if err != nil {
		return e, err
	}
	defer os.RemoveAll(work)
	in, out := filepath.Join(work, "in"), filepath.Join(work, "out")
	if err := os.WriteFile(in, module, 0o600); err != nil {
		return e, err
	}
	cmd := exec.CommandContext(ctx, node, "-e", brotliScript, in, out)
	cmd.WaitDelay = 5 * time.Second
	if said, err := cmd.CombinedOutput(); err != nil {
		return e, errors.Join(ctx.Err(), fmt.Errorf("%s cannot make %s.br: %w: %s", node, moduleName, err, bytes.TrimSpace(said)))
	}
	e.brotli, err = os.ReadFile(out)
	return e, err
}

// withIntegrity is integrity.json of a folder with the module's hash (W3C
// Subresource Integrity) in it. The SDK's own files may lie there, too.
func withIntegrity(folder string, module []byte) ([]byte, error) {
	hashes := map[string]string{}
	path := filepath.Join(folder, integrityName)
	found, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		if err := json.Unmarshal(found, &hashes); err != nil {
			return nil, fmt.Errorf("%s is not what the SDK's build or this command has written there: remove it, or name another folder with -o: %w", path, err)
		}
	}
	sum := sha512.Sum384(module)
	hashes[moduleName] = "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
	text, err := json.MarshalIndent(hashes, "", "  ")
	return append(text, '\n'), err
}
