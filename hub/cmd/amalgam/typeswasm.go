package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"amalgam/wasm/build"
)

// makeModule builds the SDK's module with the set of the package, and what is
// served beside it.
func (r *typesRequest) makeModule(ctx context.Context, p *goPackage) ([]file, error) {
	r.progress("%s: compiling it for the browser (some seconds, a minute the first time)", p.ImportPath)
	module, err := p.module(ctx, r.build)
	if err != nil {
		return nil, err
	}
	integrity, err := withIntegrity(r.out, module)
	if err != nil {
		return nil, err
	}
	files := []file{{moduleName, module}, {integrityName, integrity}}
	if r.check {
		return files, nil
	}
	r.progress("%s: gzip and brotli (some ten seconds)", moduleName)
	packed, err := pack(ctx, module)
	if err != nil {
		return nil, err
	}
	brotli := "no brotli, because there is no node on the PATH"
	if packed.brotli != nil {
		brotli = kilobytes(packed.brotli) + " with brotli"
	}
	r.progress("%s: %s, %s with gzip, %s", moduleName, kilobytes(module), kilobytes(packed.gzip), brotli)
	return append(files, file{moduleName + ".gz", packed.gzip}, file{moduleName + ".br", packed.brotli}), nil
}

func kilobytes(b []byte) string { return fmt.Sprintf("%.1f KB", float64(len(b))/1000) }

// module compiles the set of the package into the SDK's module.
func (p *goPackage) module(ctx context.Context, o build.Options) ([]byte, error) {
	work, err := os.MkdirTemp("", "amalgam-types-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	// The main of wasm/cmd/sdk, for another set.
	main, err := p.program(ctx, work, `package main

import (
	"amalgam/wasm/engine"
	set %q
)

func main() { engine.Serve(set.Payloads) }
`)
	if err != nil {
		return nil, err
	}
	o.Dir, o.Package, o.Overlay = p.from, main.folder, main.overlay
	module, err := build.Build(ctx, o)
	return module, p.explainBrowser(err)
}

// explainBrowser says what keeps a package that compiles here from compiling for
// the browser.
func (p *goPackage) explainBrowser(err error) error {
	var said *build.GoError
	if !errors.As(err, &said) {
		return err
	}
	if mend := ofModules(said.Text); mend != "" {
		return fmt.Errorf("%s%w", mend, err)
	}
	const browser = "for the browser (GOOS=js GOARCH=wasm)"
	switch who := culprit(said.Text); {
	case strings.Contains(said.Text, "set.Payloads"):
		return fmt.Errorf("%s has no Payloads %s: take it out of files with build constraints", p.ImportPath, browser)
	case who == p.ImportPath:
		return fmt.Errorf("%s does not compile %s: move what needs an operating system to a package of its own: %w", p.ImportPath, browser, err)
	case who != "":
		return fmt.Errorf("%s, which %s imports, does not compile %s: take the types from a package that does, or move what needs it out of %[2]s: %[4]w", who, p.ImportPath, browser, err)
	}
	return err
}
