package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Glue returns the wasm_exec.js of the toolchain that [Build] compiles with,
// made smaller unless o.Plain. What it sets on globalThis and what it offers to
// a module are the same; functions for files, which no browser has, are not
// spelled out one by one.
func Glue(o Options) ([]byte, error) {
	root, err := o.run("env", "GOROOT")
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, "lib", "wasm", "wasm_exec.js"))
	if err != nil || o.Plain {
		return text, err
	}
	small, err := shortenGlue(string(text))
	if err != nil {
		version, _ := o.run("env", "GOVERSION")
		return nil, fmt.Errorf("the wasm_exec.js of %s is not the one that this build knows how to make small; build with --plain, or adapt wasm/build/glue.go: %w", version, err)
	}
	return []byte(small), nil
}

func shortenGlue(text string) (string, error) {
	text, err := glueEdits.apply(text)
	if err != nil {
		return "", err
	}
	// From the stand-in for Node.js's fs to the checks for what each browser
	// that runs WebAssembly has. Too long to repeat here; the checksum is that
	// of the text which standIns was written for.
	const (
		from = "\tif (!globalThis.fs) {\n"
		to   = "\tconst encoder = new TextEncoder(\"utf-8\");\n"
		sum  = "b09450edf971ed0b9de61a44fa992504ebd688a4cd8f161b8c34a8d4b2b48fa6"
	)
	start, end := strings.Index(text, from), strings.Index(text, to)
	if start < 0 || end < start {
		return "", fmt.Errorf("wasm_exec.js has no text from %q to %q", from, to)
	}
	if got := sha256.Sum256([]byte(text[start:end])); hex.EncodeToString(got[:]) != sum {
		return "", fmt.Errorf("wasm_exec.js reads otherwise from %q to %q (SHA-256 %x)", from, to, got)
	}
	return text[:start] + standIns + text[end:], nil
}

// glueEdits take out what only the tests of Go itself import.
var glueEdits = patch{"wasm_exec.js", []edit{
	{`			const testCallExport = (a, b) => {
				this._inst.exports.testExport0();
				return this._inst.exports.testExport(a, b);
			}
`, ""},
	{`				_gotest: {
					add: (a, b) => a + b,
					callExport: testCallExport,
				},
`, ""},
}}

// standIns answer as the originals do: writes go to writeSync, which index.js
// brings, files and folders give ENOSYS, ids are -1.
const standIns = `	const otherwise = (own, value) => new Proxy(own, { get: (own, name) => own[name] ?? value });
	globalThis.fs = otherwise({
		constants: otherwise({}, -1),
		write(fd, buf, offset, length, position, callback) { callback(null, this.writeSync(fd, buf)); },
		fsync(fd, callback) { callback(null); },
	}, (...args) => args.pop()(enosys()));
	const id = () => -1;
	globalThis.process = otherwise({ getuid: id, getgid: id, geteuid: id, getegid: id, pid: -1, ppid: -1 }, () => { throw enosys(); });
	globalThis.path = { resolve: (...segments) => segments.join("/") };

`
