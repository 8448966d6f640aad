// Command size prints as JSON which Go package takes how much of modules that
// wasm/cmd/build has made. jsdist/build/size.mjs makes a table of it.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"amalgam/wasm/build"
)

func main() {
	all := map[string]*build.Weights{}
	for _, file := range os.Args[1:] {
		module, err := os.ReadFile(file)
		if err == nil {
			all[file], err = build.Weigh(module)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			os.Exit(1)
		}
	}
	json.NewEncoder(os.Stdout).Encode(all)
}
