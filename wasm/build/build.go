package build

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Options says what to build. Only Package is needed.
type Options struct {
	Package string // the main package, as the go command takes it
	Dir     string // where the go command runs; "" is the current folder
	Go      string // the go command; "" is the one on the PATH
	Stock   bool   // leave safejs as it is: 80 KB more once compressed
	Plain   bool   // leave the toolchain as it is: 65 KB more once compressed
}

// Build compiles a main package and returns the finished module.
func Build(o Options) ([]byte, error) {
	work, err := os.MkdirTemp("", "amalgam-wasm-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)

	out := filepath.Join(work, "out.wasm")
	// No -buildvcs: a commit alone must not change the module.
	// What is inlined stands in the module many times: 17 KB of it, compressed.
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-gcflags=amalgam/...=-l", "-o", out}
	replaced, err := o.replace(work)
	if err != nil {
		return nil, err
	}
	if len(replaced) > 0 {
		list := filepath.Join(work, "overlay.json")
		text, err := json.Marshal(map[string]any{"Replace": replaced})
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(list, text, 0o600); err != nil {
			return nil, err
		}
		args = append(args, "-overlay="+list)
	}
	if _, err := o.run(append(args, o.Package)...); err != nil {
		return nil, err
	}
	module, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	return Flatten(module)
}

// replace writes the patched files to work and returns what they stand for.
func (o Options) replace(work string) (map[string]string, error) {
	replaced := map[string]string{}
	if !o.Stock {
		if err := o.replaceSafejs(work, replaced); err != nil {
			return nil, err
		}
	}
	if !o.Plain {
		root, err := o.run("env", "GOROOT")
		if err != nil {
			return nil, err
		}
		if err := overlay(runtimePatches, filepath.Join(root, "src", "runtime"), work, replaced); err != nil {
			version, _ := o.run("env", "GOVERSION")
			return nil, fmt.Errorf("the runtime of %s is not the one that this build knows how to make small; build with --plain, or adapt wasm/build/patch_runtime.go: %w", version, err)
		}
	}
	return replaced, nil
}

// run runs the go command for the browser and returns what it prints.
func (o Options) run(args ...string) (string, error) {
	name := o.Go
	if name == "" {
		name = "go"
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = o.Dir
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if !o.Plain {
		// Go 1.26's new collector is larger, and faster only with several threads.
		cmd.Env = append(cmd.Env, "GOEXPERIMENT=nogreenteagc")
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && strings.Contains(stderr.String(), "GOEXPERIMENT"):
		return "", fmt.Errorf("this Go is not the one that this build knows how to make small; build with --plain: %s", bytes.TrimSpace(stderr.Bytes()))
	case errors.As(err, &exit):
		return "", fmt.Errorf("%s %s: %s", name, strings.Join(args, " "), bytes.TrimSpace(stderr.Bytes()))
	case err != nil:
		return "", fmt.Errorf("the build needs Go 1.26 or later (https://go.dev/dl/): %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
