// Command sdk is the module that the npm package amalgam-sdk ships: the client
// with the events of payload/messages.
package main

import (
	"amalgam/payload/messages/schema"
	"amalgam/wasm/engine"
)

func main() { engine.Serve(schema.Payloads()) }
