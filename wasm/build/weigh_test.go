//go:build !js

package build

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

func TestThePackageInASymbol(t *testing.T) {
	for symbol, want := range map[string]string{
		"main.main":                         "main",
		"runtime.(*mspan).sweep":            "runtime",
		"amalgam/wasm.(*client).open.func1": "amalgam/wasm",
		"internal/sync.(*HashTrieMap[go.shape.interface {},amalgam/a.B]).Load": "internal/sync",
		"type:.eq.amalgam/payload.rule":                                        "amalgam/payload",
		"gopkg.in/yaml%2ev3.Marshal":                                           "gopkg.in/yaml.v3",
		"github.com/hack-pad/safejs.Value.Get":                                 "github.com/hack-pad/safejs",
		"go:buildid":                                                           "(made by compiler and linker)",
		"type:.eq.struct { a/b.x int }":                                        "(made by compiler and linker)",
		"_rt0_wasm_js":                                                         "(made by compiler and linker)",
	} {
		if got := packageOf(symbol); got != want {
			t.Errorf("%s: %q, want %q", symbol, got, want)
		}
	}
}

// The linker's own names, which it writes when it is not told -s, are the judge.
func TestFunctionsAreFoundUnderTheNamesTheLinkerGaveThem(t *testing.T) {
	out := filepath.Join(t.TempDir(), "named.wasm")
	if _, err := (Options{Dir: "../.."}).run(t.Context(), "build", "-ldflags=-w", "-o", out, "./wasm/testdata/trials"); err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if module, err = Flatten(module); err != nil {
		t.Fatal(err)
	}
	sections, err := split(module)
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	var segments []segment
	for _, s := range sections {
		r := reader{rest: s.body}
		switch {
		case s.id == sectionData:
			if segments, err = segmentsOf(s.body, 1<<32); err != nil {
				t.Fatal(err)
			}
		case s.id == 0 && bytes.HasPrefix(s.body, []byte("\x04name")):
			r.vector()
			r.byte()
			r = reader{rest: r.vector()}
			for n := r.u32(); n > 0; n-- {
				r.u32()
				named = append(named, string(r.vector()))
			}
		}
	}
	table, err := findFuncs(segments)
	if err != nil {
		t.Fatal(err)
	}
	if len(table) < 1000 || len(named) < len(table) {
		t.Fatalf("%d functions in the table, %d names", len(table), len(named))
	}
	mangled := regexp.MustCompile(`[^\w.]`)
	plain := regexp.MustCompile(`\[.*\]`) // the table shortens type arguments to [...]
	for _, f := range table {
		if plain.MatchString(f.name) {
			continue
		}
		if got, want := named[f.body], mangled.ReplaceAllString(f.name, "_"); got != want {
			t.Fatalf("body %d is %s, the linker named it %s", f.body, want, got)
		}
	}
}

func TestAllBytesAreAccountedFor(t *testing.T) {
	module := build(t, "trials", Options{})
	w, err := Weigh(module)
	if err != nil {
		t.Fatal(err)
	}
	sum := w.Lookup + w.Data + w.Other
	for name, p := range w.Packages {
		sum += p.Code + p.Tables
		if p.Code < 0 || p.Tables <= 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if sum != len(module) || w.Data <= 0 || w.Other <= 0 || w.Other > 20_000 {
		t.Errorf("%d of %d bytes; data %d, other %d", sum, len(module), w.Data, w.Other)
	}
	if w.Packages["runtime"].Code < 500_000 || w.Packages[safejsPackage].Code == 0 {
		t.Errorf("runtime %+v, safejs %+v", w.Packages["runtime"], w.Packages[safejsPackage])
	}
	if fmt, found := w.Packages["fmt"]; found {
		t.Errorf("fmt is there: %+v", fmt)
	}
}
