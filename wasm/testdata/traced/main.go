// Command traced asks for what wasm/build takes out of the runtime.
package main

import (
	"io"
	"runtime/trace"
)

func main() {
	println(1.5, float32(1.5), 1.5i)
	if err := trace.Start(io.Discard); err != nil {
		println(err.Error())
		return
	}
	trace.Stop()
	println("traced")
}
