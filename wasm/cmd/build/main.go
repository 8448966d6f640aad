// Command build makes the WebAssembly module of an SDK:
//
//	go run ./wasm/cmd/build -o sdk.wasm ./wasm/cmd/sdk
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"amalgam/wasm/build"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("build", flag.ExitOnError)
	var o build.Options
	out := flags.String("o", "sdk.wasm", "where the module goes")
	glue := flags.String("glue", "", "where the JavaScript that runs it goes: glue.js, or with -plain the toolchain's wasm_exec.js")
	flags.BoolVar(&o.Stock, "stock", false, "leave safejs as it is")
	flags.BoolVar(&o.Plain, "plain", false, "leave the Go toolchain as it is")
	flags.StringVar(&o.Go, "go", os.Getenv("GO"), "the go command")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return fmt.Errorf("usage: build [flags] <main package>; it has %d arguments instead of 1", flags.NArg())
	}
	o.Package = flags.Arg(0)
	module, err := build.Build(ctx, o)
	if err != nil {
		return err
	}
	if err := write(*out, module); err != nil || *glue == "" {
		return err
	}
	script, err := build.Glue(ctx, o)
	if err != nil {
		return err
	}
	return write(*glue, script)
}

// write renames into place: nobody reads half a module.
func write(name string, content []byte) error {
	temporary := fmt.Sprintf("%s.%d.tmp", name, os.Getpid())
	defer os.Remove(temporary) // where something failed
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}
