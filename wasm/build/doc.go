// Package build makes the WebAssembly module of an SDK: it compiles a main
// package with a Go toolchain and a safejs from which what a browser never
// needs has been taken, and then packs the module's data. It runs natively.
//
// What is taken away, and what that gives, is in
// docs/decisions/0010-how-the-module-is-made-small.md.
package build
