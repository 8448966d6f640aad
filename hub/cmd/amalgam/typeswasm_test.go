package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// That what is built runs, and judges, is tested in jsdist/test/owntypes.test.mjs.

// typesProgress is types, and what is told meanwhile.
func typesProgress(t *testing.T, args ...string) (progress string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var out, told bytes.Buffer
	err = runTypes(ctx, args, &out, &told)
	return told.String(), err
}

const note = `package notes

import "amalgam/payload"

var Payloads = payload.MustSet(payload.Event[Note]("note"))

type Note struct {
	Text string ` + "`json:\"text\"`" + `
}
`

// needing is note with an import, whose package has V.
func needing(path string) string {
	return strings.Replace(note, `import "amalgam/payload"`, "import (\n\t\"amalgam/payload\"\n\n\t\""+path+"\"\n)\n\nvar _ = need.V", 1)
}

func TestTypesSaysWhatKeepsAPackageFromTheBrowser(t *testing.T) {
	module(t, map[string]string{
		"notes/notes.go":     note,
		"indirect/types.go":  needing("example.com/app/excluded/need"),
		"uncompiled/type.go": needing("example.com/app/system/need"),

		"excluded/need/need.go": "//go:build !js\n\npackage need\n\nconst V = 1\n",
		"system/need/need.go":   "package need\n\nimport \"syscall\"\n\nconst V = syscall.AF_UNIX\n\nvar _ syscall.RawSockaddrAny\n",

		"itself/itself.go": note + "\nvar _ syscall.RawSockaddrAny\n",
		"split/split.go":   "package split\n",
		"split/set.go":     "//go:build !js\n\n" + note,
	})
	for name, change := range map[string][2]string{
		"itself/itself.go": {`import "amalgam/payload"`, "import (\n\t\"syscall\"\n\n\t\"amalgam/payload\"\n)"},
		"split/set.go":     {"package notes", "package split"},
	} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, bytes.Replace(text, []byte(change[0]), []byte(change[1]), 1), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, source string
		want         []string
	}{
		{"it imports what is for other systems", "./indirect", []string{"example.com/app/excluded/need, which example.com/app/indirect imports, does not compile for the browser", "build constraints exclude all Go files", "take the types from a package that does"}},
		{"it imports what needs another system", "./uncompiled", []string{"example.com/app/system/need, which example.com/app/uncompiled imports, does not compile for the browser (GOOS=js GOARCH=wasm)", "undefined: syscall.RawSockaddrAny"}},
		{"it needs another system itself", "./itself", []string{"example.com/app/itself does not compile for the browser", "move what needs an operating system", "undefined: syscall.RawSockaddrAny"}},
		{"its set is for other systems", "./split", []string{"example.com/app/split has no Payloads for the browser", "take it out of files with build constraints"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := typesProgress(t, c.source, "-o", "native"); err != nil {
				t.Fatalf("without --wasm: %v", err)
			}
			_, err := typesProgress(t, c.source, "-o", "out", "--wasm")
			if err == nil {
				t.Fatal("there is no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q:\n%v", want, err)
				}
			}
			if strings.Contains(err.Error(), "%!") {
				t.Errorf("the error is not well formed: %v", err)
			}
			if _, err := os.Stat("out"); err == nil {
				t.Error("something is written all the same")
			}
		})
	}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"a document", []string{"native/schema.json", "--wasm"}, "--wasm compiles the types of a Go package: the module that ships reads a document by itself"},
		{"how, and not what", []string{"./notes", "--plain"}, "add --wasm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := typesProgress(t, append(c.args, "-o", "out")...); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, and does not say %q", err, c.want)
			}
		})
	}
}

func TestTypesLeavesModulesAsTheyAre(t *testing.T) {
	module(t, map[string]string{"notes/notes.go": note})
	t.Setenv("GOFLAGS", "-mod=mod") // would have the go command write go.mod
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) string {
		text := strings.Replace(string(mod), old, new, 1)
		if err := os.WriteFile("go.mod", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"a go.mod that lacks something", "go 1.26.0", "go 1.21", "go.mod or go.sum of the package's module lacks something: run `go mod tidy` there"},
		{"a Go that is too old", "go 1.26.0", "go 1.99", "this Go is too old: install a newer one from https://go.dev/dl/, or let the go command do that with GOTOOLCHAIN=auto"},
		{"a module that is not required", "require amalgam v0.0.0", "", "run `go mod tidy` there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("GOTOOLCHAIN", "local")
			written := change(c.old, c.new)
			for _, wasm := range []string{"--wasm=false", "--wasm"} {
				_, err := typesProgress(t, "./notes", "-o", "out", wasm)
				if err == nil || strings.Count(err.Error(), c.want) != 1 {
					t.Errorf("%s: the error is %v, and does not say %q once", wasm, err, c.want)
				}
			}
			if now, err := os.ReadFile("go.mod"); err != nil || string(now) != written {
				t.Errorf("go.mod is now (%v)\n%s", err, now)
			}
		})
	}

	t.Run("in a workspace", func(t *testing.T) {
		_, ours, _ := strings.Cut(strings.TrimSpace(string(mod)), "=> ")
		change("replace amalgam => "+ours, "")
		if err := os.Symlink(ours, "amalgam"); err != nil {
			t.Skip(err)
		}
		const work = "go 1.26.0\n\nuse .\n\nreplace amalgam v0.0.0 => ./amalgam\n"
		if err := os.WriteFile("go.work", []byte(work), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Setenv("GOFLAGS", "")
		if _, err := typesProgress(t, "./notes", "-o", "out", "--wasm"); err != nil {
			t.Fatal(err)
		}
		if now, err := os.ReadFile("go.work"); err != nil || string(now) != work {
			t.Errorf("go.work is now (%v)\n%s", err, now)
		}
	})
}

func TestTypesOfADependency(t *testing.T) {
	module(t, map[string]string{
		"notes/go.mod":   "module example.com/notes\n\ngo 1.26.0\n\nrequire amalgam v0.0.0\n",
		"notes/notes.go": note,
	})
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod = append(mod, "\nrequire example.com/notes v0.0.0\n\nreplace example.com/notes => ./notes\n"...)
	if err := os.WriteFile("go.mod", mod, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := typesProgress(t, "example.com/notes", "-o", "out", "--wasm"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("out/events.d.ts")
	if err != nil || !strings.Contains(string(text), "note: Note;") {
		t.Errorf("%v\n%s", err, text)
	}
	if found, err := filepath.Glob("amalgam-types*"); err != nil || len(found) > 0 {
		t.Errorf("there are %v, %v", found, err)
	}
}

func TestTypesWithAModule(t *testing.T) {
	module(t, map[string]string{"notes/notes.go": note,
		// The SDK's files may lie there, too.
		"dist/integrity.json": `{"index.js": "sha384-of-index", "sdk.wasm": "sha384-of-another"}`,
		"dist/sdk.wasm.br":    "of another module",
	})
	// Without Node.js there is no brotli; one that is stale would be sent.
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("bin", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(goCommand, "bin/go"); err != nil {
		t.Skip(err)
	}
	bin, err := filepath.Abs("bin")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	args := []string{"./notes", "-o", "dist", "--wasm"}
	if _, err := typesProgress(t, append(args, "--check")...); err == nil || !strings.Contains(err.Error(), "dist/sdk.wasm is missing, dist/integrity.json is stale") {
		t.Errorf("before anything is written, --check says %v", err)
	}
	told, err := typesProgress(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(told, "KB with gzip, no brotli, because there is no node on the PATH\n") {
		t.Errorf("it tells %s", told)
	}
	entries, err := os.ReadDir("dist")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"events.d.ts", "integrity.json", "schema.json", "sdk.wasm", "sdk.wasm.gz"}; !slices.Equal(names, want) {
		t.Errorf("there are %v, want %v", names, want)
	}
	if _, err := typesProgress(t, append(args, "--check")...); err != nil {
		t.Errorf("what was just written is not current: %v", err)
	}
	if text, err := os.ReadFile("dist/integrity.json"); err != nil || !strings.Contains(string(text), `"index.js": "sha384-of-index",`) || strings.Contains(string(text), "another") {
		t.Errorf("the hashes are (%v) %s", err, text)
	}
	if err := os.WriteFile("notes/more.go", []byte("package notes\n\nfunc (Note) Validate() error { return nil }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := typesProgress(t, append(args, "--check")...); err == nil || !strings.Contains(err.Error(), "dist/sdk.wasm is stale, dist/integrity.json is stale") || strings.Contains(err.Error(), "schema") {
		t.Errorf("of another Validate method --check says %v", err)
	}
	if err := os.WriteFile("dist/integrity.json", []byte("[]"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := typesProgress(t, args...); err == nil || !strings.Contains(err.Error(), "integrity.json is not what the SDK's build or this command has written there: remove it") {
		t.Errorf("of another file that is in the way it says %v", err)
	}
}
