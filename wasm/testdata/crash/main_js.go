// Command crash is a module for tests: it has an event of its own, and it ends
// in a panic when the page calls boom().
package main

import (
	"amalgam/payload"
	"amalgam/wasm/engine"

	"github.com/hack-pad/safejs"
)

// Order is an event that the shipped module does not know.
type Order struct {
	Total int `json:"total" minimum:"1"`
}

func main() {
	boom, err := safejs.FuncOf(func(safejs.Value, []safejs.Value) any {
		go panic("boom")
		return nil
	})
	if err != nil {
		panic(err)
	}
	if err := safejs.Global().Set("boom", boom); err != nil {
		panic(err)
	}
	engine.Serve(payload.MustSet(payload.Event[Order]("order")))
}
