// Package jsdist holds the built npm package, so that one binary can serve the
// browser SDK along with the hub.
package jsdist

import (
	"embed"
	"io/fs"
)

// All but sdk.wasm: no other name ends in m. It is 2.6 MB that the binary does
// not have to hold, because sdk.wasm.gz has them.
//
//go:embed dist/*[^m]
var dist embed.FS

// Files returns the built package, as Node.js left it in dist: index.js, the
// types, and beside what a browser fetches the same with .br and .gz, encoded
// in brotli and gzip; of sdk.wasm only these. When the package has not been
// built, it holds no more than NOT-BUILT.txt, which says so; see [Built].
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // only for an invalid path
	}
	return files
}

// Built reports whether the package was built before this binary was.
func Built() bool {
	for _, name := range []string{"index.js", "sdk.wasm.gz"} {
		if info, err := fs.Stat(dist, "dist/"+name); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}
