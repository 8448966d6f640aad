package wasm_test

import (
	"fmt"

	"amalgam/payload"
	"amalgam/wasm"
)

// Order is what this page's hub sends under the name order.
type Order struct {
	ID    string `json:"id" minLength:"1"`
	Total int    `json:"total" minimum:"0"`
}

// A page written in Go, with its own types.
func ExampleNewClient() {
	client, err := wasm.NewClient(wasm.Config{
		URL:      "/.well-known/mercure?topic=orders",
		Payloads: payload.MustSet(payload.Event[Order]("order")),
		OnState:  func(s wasm.Status) { fmt.Println(s.State, s.Reason) },
	})
	if err != nil {
		panic(err)
	}
	client.Open()
	defer client.Close()
	for event := range client.Events() {
		if event.Issues != nil {
			fmt.Println(event.Name, "does not hold:", event.Issues)
			continue
		}
		fmt.Println(event.Name, string(event.Data))
	}
}
