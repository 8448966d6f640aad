// Package wasm is the Mercure client for the browser, in Go. It receives a
// hub's events, judges each by the schema of its name and hands on what holds.
//
// There are two ways to use it.
//
// The page is written in JavaScript or TypeScript: the npm package in jsdist
// loads a module whose main calls [amalgam/wasm/engine.Serve]. Package
// wasm/cmd/sdk is that module for the events of payload/messages. For events of
// your own, `amalgam types --wasm` builds one, to be named in the client's wasm
// option; its main is this:
//
//	func main() { engine.Serve(messages.Payloads) }
//
// The page is written in Go: [NewClient] gives it the stream as an iterator.
//
// In both, Go owns the connection's life, which package stream holds as plain
// Go: when to connect, with what, when to give up a silent connection, what was
// missed and what came twice. The browser only fetches. All JavaScript goes
// through github.com/hack-pad/safejs, and no panic leaves the package: it comes
// back as an error that says what happened.
//
// What touches the browser is in files that end in _js.go; the rest also builds
// and is tested natively.
package wasm
