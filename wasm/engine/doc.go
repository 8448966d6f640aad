// Package engine is the inside of the WebAssembly module that jsdist's
// MercureClient loads: [Serve] is all that its main calls.
//
// It does without fmt, time, context and net/url, and is not part of package
// wasm, which imports two of them: whatever a package imports is initialized,
// and so compiled in, even where nothing calls it. `make size` tells what each
// package weighs.
//
// # The hot path
//
// A js.Func costs about 10 µs before it does anything, an exported function
// 0.02 µs. The glue in jsdist therefore writes each piece of a stream, as it
// comes from the network, into a buffer inside Go's memory and enters Go once
// for it. Go parses it, judges what it finds and leaves all of it as one batch,
// whose layout batch.go describes. For events that hold this allocates nothing,
// so that Go's collector never runs.
package engine
