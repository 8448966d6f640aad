package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"amalgam/payload/typescript"
)

// goPackage is a user's package with a set, as the go command describes it.
type goPackage struct {
	Dir, ImportPath, Name string
	GoFiles, CgoFiles     []string
	Standard              bool
	Error                 *struct{ Err string }
	Module                *struct{ Main bool } // nil for packages of Go itself
	pattern, from         string               // how it is named, and where the go command runs
}

const declare = "add `var Payloads = payload.MustSet(payload.Event[Chat](\"chat\"))` to it"

// findPackage finds a package by how the go command names it. A folder may be
// that of another module.
func findPackage(ctx context.Context, pattern string) (*goPackage, error) {
	p := goPackage{pattern: pattern}
	named := pattern
	if info, err := os.Stat(pattern); err == nil && info.IsDir() && (filepath.IsAbs(pattern) || strings.HasPrefix(pattern, ".")) {
		p.from, pattern = pattern, "."
	}
	found, err := p.list(ctx, "-e", "--", pattern)
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%s names %d packages: name the one that declares Payloads", named, len(found))
	}
	one := found[0]
	switch {
	case one.Standard:
		return nil, fmt.Errorf("%s is a package of Go itself: a package of your own begins with ./, as in ./%s", named, named)
	case one.Error != nil && strings.Contains(one.Error.Err, excluded):
		return nil, fmt.Errorf("%s has no file that is compiled here: take the types and Payloads out of files with build constraints: %s", named, strings.TrimSpace(one.Error.Err))
	case one.Error != nil:
		return nil, fmt.Errorf("there is no package %s: name its folder, beginning with ./, or its import path: %s", named, strings.TrimSpace(one.Error.Err))
	case one.Name == "main":
		return nil, fmt.Errorf("%s is a main package, which cannot be imported: move the types and Payloads to a package of their own", named)
	}
	one.pattern, one.from = p.pattern, p.from
	return one, nil
}

// program is the main of a program of ours that imports the package. It stands
// inside of the package, for the go command only, so that it may import what is
// internal; nothing is written there. Where the package is one of a dependency,
// the program is in the user's module.
type program struct {
	folder  string            // what go build is to build
	overlay map[string]string // what it takes as an overlay
}

// program writes text to work, which has %q for the package.
func (p *goPackage) program(ctx context.Context, work, text string) (program, error) {
	beside := p.Dir
	if p.Module != nil && !p.Module.Main {
		root, err := p.run(ctx, "go", "list", "-m", "-f", "{{.Dir}}")
		if err != nil {
			return program{}, err
		}
		beside, _, _ = strings.Cut(string(root), "\n") // a workspace has several
	}
	one := program{folder: filepath.Join(beside, "amalgam-types-main")}
	source := filepath.Join(work, "main.go")
	one.overlay = map[string]string{filepath.Join(one.folder, "main.go"): source}
	return one, os.WriteFile(source, fmt.Appendf(nil, text, p.ImportPath), 0o600)
}

// printer is a program that prints the schema of the package's set, and of which
// Go types its definitions are.
const printer = `package main

import (
	"encoding/json"
	"os"

	"amalgam/payload"
	set %q
)

var all *payload.Set = set.Payloads

func main() {
	if all == nil {
		panic("it is nil")
	}
	types := map[string][2]string{}
	for name, of := range all.GoTypes() {
		types[name] = [2]string{of.PkgPath(), of.Name()}
	}
	text, err := json.Marshal(map[string]any{"Schema": all.JSONSchema(), "Types": types})
	if err == nil {
		err = os.WriteFile(os.Args[1], text, 0o600)
	}
	if err != nil {
		panic(err)
	}
}
`

// printed is what [printer] prints.
type printed struct {
	Schema []byte
	Types  map[string][2]string // definition → import path and name
}

// print runs [printer].
func (p *goPackage) print(ctx context.Context) (printed, error) {
	var all printed
	work, err := os.MkdirTemp("", "amalgam-types-")
	if err != nil {
		return all, err
	}
	defer os.RemoveAll(work)

	list, binary, out := filepath.Join(work, "overlay.json"), filepath.Join(work, "printer.exe"), filepath.Join(work, "out.json")
	main, err := p.program(ctx, work, printer)
	if err != nil {
		return all, err
	}
	text, err := json.Marshal(map[string]any{"Replace": main.overlay})
	if err == nil {
		err = os.WriteFile(list, text, 0o600)
	}
	if err != nil {
		return all, err
	}
	if _, err := p.run(ctx, "go", "build", "-buildvcs=false", "-overlay="+list, "-o", binary, main.folder); err != nil {
		return all, p.explain(err)
	}
	if _, err := p.run(ctx, binary, out); err != nil {
		return all, fmt.Errorf("the set of %s cannot be made: %w", p.ImportPath, err)
	}
	if text, err = os.ReadFile(out); err != nil {
		return all, err
	}
	return all, json.Unmarshal(text, &all)
}

// explain says what is wrong with a package that could not be built with a
// program of ours.
func (p *goPackage) explain(err error) error {
	text := err.Error()
	switch {
	case ofModules(text) != "":
		return err
	case strings.Contains(text, "undefined: set.Payloads"):
		return fmt.Errorf("%s has no exported Payloads: %s", p.ImportPath, declare)
	case strings.Contains(text, "set.Payloads"):
		return fmt.Errorf("Payloads of %s is not a *payload.Set: %s", p.ImportPath, declare)
	}
	return fmt.Errorf("%s does not compile: mend what `go build %s` says: %w", p.ImportPath, p.pattern, err)
}

// comments reads the doc comments of the package, and of those that it takes
// types from.
func (p *goPackage) comments(ctx context.Context, types map[string][2]string) (*typescript.Comments, error) {
	all, err := p.list(ctx, "-deps", "--", p.ImportPath)
	if err != nil {
		return nil, err
	}
	c := &typescript.Comments{}
	for _, one := range all {
		if one.Standard || one.ImportPath == "amalgam/payload" || strings.HasPrefix(one.ImportPath, "amalgam/payload/pattern") {
			continue
		}
		var files []string
		for _, name := range append(one.GoFiles, one.CgoFiles...) {
			files = append(files, filepath.Join(one.Dir, name))
		}
		if err := c.Read(one.ImportPath, files...); err != nil {
			return nil, err
		}
	}
	for definition, of := range types {
		c.Define(definition, of[0], of[1])
	}
	return c, nil
}

func (p *goPackage) list(ctx context.Context, args ...string) ([]*goPackage, error) {
	text, err := p.run(ctx, "go", append([]string{"list", "-json=Dir,ImportPath,Name,GoFiles,CgoFiles,Standard,Error,Module"}, args...)...)
	if err != nil {
		return nil, err
	}
	var found []*goPackage
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		one := &goPackage{}
		if err := d.Decode(one); err == io.EOF {
			return found, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		found = append(found, one)
	}
}

// run runs a command for this machine, whatever the environment builds for, and
// returns what it prints. Its error has what it says.
func (p *goPackage) run(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = p.from
	// With -mod=mod it would change the user's go.mod.
	flags := strings.ReplaceAll(os.Getenv("GOFLAGS"), "-mod=mod", "")
	cmd.Env = append(os.Environ(), "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "GOFLAGS="+flags)
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case err == nil:
		return stdout.Bytes(), nil
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("there is no go command on the PATH, which reads the package: install Go from https://go.dev/dl/, or give a JSON Schema document, a file that ends in .json")
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	said := strings.TrimSpace(stderr.String())
	if name == "go" {
		return nil, fmt.Errorf("%sgo %s: %w\n%s", ofModules(said), args[0], err, said)
	}
	// Of a panic the first line says it all.
	said, _, _ = strings.Cut(said, "\n\ngoroutine ")
	return nil, errors.New(strings.TrimPrefix(said, "panic: "))
}
