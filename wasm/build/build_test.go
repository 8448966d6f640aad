//go:build !js

package build

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// build builds a main package below wasm/testdata.
func build(t *testing.T, name string, o Options) []byte {
	t.Helper()
	o.Package, o.Dir = "./wasm/testdata/"+name, "../.."
	module, err := Build(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// runner gives a module what a page gives it.
const runner = `import { readFileSync, writeSync } from "node:fs";
import make from "./glue.mjs";
const go = make(writeSync, {});
go.exit = process.exit;
const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), go.importObject);
await go.run(instance);
`

// execute runs a module in Node.js, with what [Glue] returns, and returns what
// it printed, and its exit code.
func execute(t *testing.T, module []byte, o Options) (string, int) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs Node.js, which is not on the PATH")
	}
	folder := t.TempDir()
	put := func(name string, content []byte) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	glue, err := Glue(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	script := put("run.mjs", []byte(runner))
	put("glue.mjs", glue)
	if o.Plain {
		root, err := Options{}.run(t.Context(), "env", "GOROOT")
		if err != nil {
			t.Fatal(err)
		}
		script = filepath.Join(root, "lib/wasm/wasm_exec_node.js") // which evaluates the same wasm_exec.js
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, node, "--stack-size=8192", script, put("module.wasm", module))
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if err != nil && cmd.ProcessState.ExitCode() < 0 {
		t.Fatalf("node: %v\n%s", err, out.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

const trials = `nil: runtime error: invalid memory address or nil pointer dereference
bounds: runtime error: index out of range [1] with length 1
division: runtime error: integer divide by zero
text: of its own
recursion: 20000
garbage: 49995000
goroutines: 4950
exception: true
ValueOf: ValueOf: invalid value
InstanceOf: invalid type for instanceof: object
Get: syscall/js: call of Value.Get on undefined
callback: 6
panic: runtime error: invalid memory address or nil pointer dereference
`

func TestAModuleWorksHoweverItIsBuilt(t *testing.T) {
	source, err := os.ReadFile("../testdata/trials/main_js.go")
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(source), "// the panic")
	place := "amalgam/wasm/testdata/trials/main_js.go:" + strconv.Itoa(1+strings.Count(before, "\n"))

	for name, o := range map[string]Options{
		"small":        {},
		"stock safejs": {Stock: true},
		"plain Go":     {Plain: true},
		"both":         {Stock: true, Plain: true},
	} {
		t.Run(name, func(t *testing.T) {
			out, code := execute(t, build(t, "trials", o), o)
			if !strings.HasPrefix(out, trials) {
				t.Errorf("it printed:\n%s\nwant:\n%s", out, trials)
			}
			if !strings.Contains(out, "main.main()") || !strings.Contains(out, place) {
				t.Errorf("the traceback does not name %s:\n%s", place, out)
			}
			if code != 2 {
				t.Errorf("exit code %d, want 2", code)
			}
		})
	}
}

func TestWhatIsTakenOutSaysSo(t *testing.T) {
	const small = `float64 bits 0x3ff8000000000000 float32 bits 0x3fc00000 float64 bits 0x0 float64 bits 0x3ff8000000000000
runtime error: tracing: this module was built without it
`
	if out, _ := execute(t, build(t, "traced", Options{}), Options{}); out != small {
		t.Errorf("small: it printed:\n%s\nwant:\n%s", out, small)
	}
	const plain = "1.5 1.5 (0+1.5i)\ntraced\n"
	if out, _ := execute(t, build(t, "traced", Options{Plain: true}), Options{Plain: true}); out != plain {
		t.Errorf("plain: it printed:\n%s\nwant:\n%s", out, plain)
	}
}

func TestAProgramThatAsksForFilesIsAnswered(t *testing.T) {
	const want = `slept: true true
file: open name: not implemented on js
folder: getwd: not implemented on js
user: -1 -1
arguments: [js] []
`
	if out, code := execute(t, build(t, "files", Options{}), Options{}); out != want || code != 3 {
		t.Errorf("it printed:\n%s\nand ended with %d; want 3 and:\n%s", out, code, want)
	}
}

func TestTheSameSourcesMakeTheSameModule(t *testing.T) {
	one, two := build(t, "trials", Options{}), build(t, "trials", Options{})
	if !bytes.Equal(one, two) {
		t.Error("two builds differ")
	}
	if cwd, _ := os.Getwd(); bytes.Contains(one, []byte(cwd)) || bytes.Contains(one, []byte(os.TempDir()+"/amalgam")) {
		t.Error("the module holds a path of this machine")
	}
}

func TestTheSmallModuleIsSmaller(t *testing.T) {
	small, stock, plain := build(t, "trials", Options{}), build(t, "trials", Options{Stock: true}), build(t, "trials", Options{Plain: true})
	if len(small) > len(stock)*8/10 || len(small) > len(plain)*95/100 {
		t.Errorf("small %d, stock safejs %d, plain Go %d bytes", len(small), len(stock), len(plain))
	}
}

func TestAFailureNamesTheFlag(t *testing.T) {
	t.Setenv("GOROOT", fakeRoot(t))
	_, err := Build(t.Context(), Options{Package: "./wasm/testdata/empty", Dir: "../..", Stock: true})
	if err == nil || !strings.Contains(err.Error(), "build with --plain") || !strings.Contains(err.Error(), "print.go has 0 places") {
		t.Errorf("another runtime: %v", err)
	}
}

func TestGlueIsRefusedForAnotherToolchain(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "lib/wasm"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "lib/wasm/wasm_exec.js"), []byte("(() => {})()"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOROOT", root)
	if _, err := Glue(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "build with --plain") || !strings.Contains(err.Error(), "wasm/build/glue.go") {
		t.Errorf("glue.js for another toolchain: %v", err)
	}
	if text, err := Glue(t.Context(), Options{Plain: true}); err != nil || string(text) != "(() => {})()" {
		t.Errorf("plain: %q, %v", text, err)
	}
}

// fakeRoot is a GOROOT in which one file of the runtime reads otherwise.
func fakeRoot(t *testing.T) string {
	t.Helper()
	real, err := Options{}.run(t.Context(), "env", "GOROOT")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	for _, p := range runtimePatches {
		text, err := os.ReadFile(filepath.Join(real, "src/runtime", p.file))
		if err != nil {
			t.Fatal(err)
		}
		if p.file == "print.go" {
			text = bytes.ReplaceAll(text, []byte("AppendFloat"), []byte("AppendFlout"))
		}
		to := filepath.Join(root, "src/runtime", p.file)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}
