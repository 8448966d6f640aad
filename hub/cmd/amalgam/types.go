package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"amalgam/payload"
	"amalgam/payload/typescript"
	"amalgam/wasm/build"
)

const typesHelp = `Writes the payloads of a Go package as a JSON Schema document and as TypeScript
declarations, schema.json and events.d.ts; with --wasm also the module of the
browser SDK with these types compiled in, sdk.wasm.

  amalgam types ./messages -o dist/
  amalgam types ./messages -o dist/ --wasm
  amalgam types ./messages -o dist/ --check     exit 1 when the files are stale

The package declares its events in a variable:

  var Payloads = payload.MustSet(payload.Event[Chat]("chat"))

What the schema does not describe is documented by the Go comments. A file that
ends in .json is read as a JSON Schema document instead, and needs no Go.

Imported once, anywhere, the declarations type the events on document, and
MercureClient.on refuses names that are not in the set. There is no script behind
them, so import a type:

  import type { Chat } from "./dist/events.js";`

// typesRequest is what `amalgam types` is to write.
type typesRequest struct {
	source, out   string
	schema, types string // names of files; "" for none
	module        string
	check         bool
	wasm          bool
	build         build.Options // Stock and Plain
	progress      func(format string, args ...any)
}

func typesCommand(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return runTypes(ctx, args, os.Stdout, os.Stderr)
}

// runTypes lists on out what it has written; what takes time is told on progress.
func runTypes(ctx context.Context, args []string, out, progress io.Writer) error {
	var r typesRequest
	r.progress = func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) }
	fs := newFlags("types", typesHelp)
	fs.StringVar(&r.out, "o", ".", "`folder` to write to")
	fs.StringVar(&r.schema, "schema", "schema.json", "`name` of the JSON Schema document; empty for none")
	fs.StringVar(&r.types, "types", "events.d.ts", "`name` of the TypeScript declarations; empty for none")
	fs.StringVar(&r.module, "module", "amalgam-sdk", "`module` that the declarations augment")
	fs.BoolVar(&r.check, "check", false, "write nothing; exit 1 when a file is missing or stale")
	fs.BoolVar(&r.wasm, "wasm", false, "build sdk.wasm, too: the option wasm of MercureClient names it")
	fs.BoolVar(&r.build.Plain, "plain", false, "with --wasm: leave the Go toolchain as it is, for a version that is not known here")
	fs.BoolVar(&r.build.Stock, "stock", false, "with --wasm: leave safejs as it is, for a version that is not known here")
	sources, err := parseAnywhere(fs, args)
	if err != nil {
		return err
	}
	if len(sources) != 1 {
		return fmt.Errorf("types: there are %d packages given: name one, as in `amalgam types ./messages -o dist/`", len(sources))
	}
	r.source = sources[0]
	if r.wasm && strings.HasSuffix(r.source, ".json") {
		return errors.New("types: --wasm compiles the types of a Go package: the module that ships reads a document by itself, see the option schemas of MercureClient")
	}
	if !r.wasm && (r.build.Plain || r.build.Stock) {
		return errors.New("types: --plain and --stock are about how a module is built: add --wasm")
	}
	files, err := r.make(ctx)
	if err != nil {
		return fmt.Errorf("types: %w", err)
	}
	if r.check {
		return r.compare(files)
	}
	return r.write(files, out)
}

// file is one of the files to write, or where text is nil, to remove.
type file struct {
	name string
	text []byte
}

func (r *typesRequest) make(ctx context.Context) ([]file, error) {
	var schema []byte
	comments := &typescript.Comments{}
	var module []file
	// Told in the file, and so the same however the source is spelt.
	name := filepath.Base(r.source)
	if strings.HasSuffix(r.source, ".json") {
		document, err := os.ReadFile(r.source)
		if err != nil {
			return nil, err
		}
		set, err := payload.ParseSchema(document)
		if err != nil {
			return nil, err
		}
		schema = set.JSONSchema()
	} else {
		p, err := findPackage(ctx, r.source)
		if err != nil {
			return nil, err
		}
		name = p.ImportPath
		all, err := p.print(ctx)
		if err != nil {
			return nil, err
		}
		schema = all.Schema
		if comments, err = p.comments(ctx, all.Types); err != nil {
			return nil, err
		}
		if r.wasm {
			if module, err = r.makeModule(ctx, p); err != nil {
				return nil, err
			}
		}
	}
	var files []file
	if r.schema != "" {
		files = append(files, file{r.schema, schema})
	}
	if r.types != "" {
		text, err := typescript.Declarations(schema, typescript.Options{Module: r.module, Command: "amalgam types " + name, Comments: comments})
		if err != nil {
			return nil, err
		}
		files = append(files, file{r.types, text})
	}
	return append(files, module...), nil
}

// compare reports the files on disk that are not what would be written.
func (r *typesRequest) compare(files []file) error {
	var stale []string
	for _, f := range files {
		path := filepath.Join(r.out, f.name)
		found, err := os.ReadFile(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			stale = append(stale, path+" is missing")
		case err != nil:
			return fmt.Errorf("types: %w", err)
		case !bytes.Equal(found, f.text):
			stale = append(stale, path+" is stale")
		}
	}
	if len(stale) > 0 {
		return fmt.Errorf("types: %s: run the same command without --check", strings.Join(stale, ", "))
	}
	return nil
}

func (r *typesRequest) write(files []file, out io.Writer) error {
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return fmt.Errorf("types: %w", err)
	}
	for _, f := range files {
		path := filepath.Join(r.out, f.name)
		if f.text == nil {
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("types: %w", err)
			}
			continue
		}
		if err := replaceFile(path, f.text); err != nil {
			return fmt.Errorf("types: %w", err)
		}
		fmt.Fprintln(out, path)
	}
	return nil
}

// replaceFile writes a file so that a compiler reading it meanwhile never sees
// half of it.
func replaceFile(path string, text []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
