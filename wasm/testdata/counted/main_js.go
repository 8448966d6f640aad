// Command counted is the module that ships, with counts() for tests and
// benchmarks: how often Go has collected, and the bytes in its heap.
package main

import (
	"runtime"

	"amalgam/payload/messages/schema"
	"amalgam/wasm/engine"

	"github.com/hack-pad/safejs"
)

func main() {
	counts, err := safejs.FuncOf(func(safejs.Value, []safejs.Value) any {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return []any{float64(m.NumGC), float64(m.HeapAlloc), float64(m.Sys)}
	})
	if err != nil {
		panic(err)
	}
	if err := safejs.Global().Set("counts", counts); err != nil {
		panic(err)
	}
	engine.Serve(schema.Payloads())
}
