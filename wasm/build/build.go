package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Options says what to build. Only Package is needed.
type Options struct {
	Package string // the main package, as the go command takes it
	Dir     string // where the go command runs; "" is the current folder
	Go      string // the go command; "" is the one on the PATH
	Stock   bool   // leave safejs as it is: 80 KB more once compressed
	Plain   bool   // leave the toolchain as it is: 65 KB more once compressed
	// Overlay are files that are read in place of others, or of none, as
	// go build -overlay takes them.
	Overlay map[string]string

	env []string // what the go command gets besides
}

// Build compiles a main package and returns the finished module. It may be one
// of any module that requires this one, and lacks what only the browser needs:
// no go.mod, go.sum or go.work is changed.
func Build(ctx context.Context, o Options) ([]byte, error) {
	work, err := os.MkdirTemp("", "amalgam-wasm-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	j := &job{Options: o, ctx: ctx, work: work, replaced: map[string]string{}}
	maps.Copy(j.replaced, o.Overlay)
	where, err := o.run(ctx, "env", "-json", "GOROOT", "GOMOD", "GOWORK", "GOMODCACHE")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(where), &j.where); err != nil {
		return nil, err
	}
	if err := j.resolve(); err != nil {
		return nil, err
	}
	if !o.Plain {
		if err := j.replaceRuntime(); err != nil {
			return nil, err
		}
	}
	out := filepath.Join(work, "out.wasm")
	if err := j.build(out); err != nil {
		return nil, err
	}
	module, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	return Flatten(module)
}

// job is one run of [Build].
type job struct {
	Options
	ctx      context.Context
	work     string            // a folder for it alone
	replaced map[string]string // Overlay, and what we replace
	where    struct{ GOROOT, GOMOD, GOWORK, GOMODCACHE string }
	modules  []string // flags that say which modules there are; none where the folder's files do
}

func (j *job) build(out string) error {
	// No -buildvcs: a commit alone must not change the module.
	// What is inlined stands in the module many times: 17 KB of it, compressed.
	args := []string{"-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-gcflags=amalgam/...=-l", "-o", out}
	if len(j.replaced) > 0 {
		list := filepath.Join(j.work, "overlay.json")
		text, err := json.Marshal(map[string]any{"Replace": j.replaced})
		if err != nil {
			return err
		}
		if err := os.WriteFile(list, text, 0o600); err != nil {
			return err
		}
		args = append(args, "-overlay="+list)
	}
	_, err := j.run("build", append(args, j.Package)...)
	return err
}

func (j *job) replaceRuntime() error {
	if err := overlay(runtimePatches, filepath.Join(j.where.GOROOT, "src", "runtime"), j.work, j.replaced); err != nil {
		version, _ := j.Options.run(j.ctx, "env", "GOVERSION")
		return fmt.Errorf("the runtime of %s is not the one that this build knows how to make small; build with --plain, or adapt wasm/build/patch_runtime.go: %w", version, err)
	}
	return nil
}

// run runs a command of go that looks into modules.
func (j *job) run(command string, args ...string) (string, error) {
	return j.Options.run(j.ctx, append(append([]string{command}, j.modules...), args...)...)
}

// run runs the go command for the browser and returns what it prints.
func (o Options) run(ctx context.Context, args ...string) (string, error) {
	name := o.Go
	if name == "" {
		name = "go"
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = o.Dir
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	cmd.Env = append(cmd.Env, o.env...)
	if !o.Plain {
		// Go 1.26's new collector is larger, and faster only with several threads.
		cmd.Env = append(cmd.Env, "GOEXPERIMENT=nogreenteagc")
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &exit) && strings.Contains(stderr.String(), "GOEXPERIMENT"):
		return "", fmt.Errorf("this Go is not the one that this build knows how to make small; build with --plain: %s", bytes.TrimSpace(stderr.Bytes()))
	case errors.As(err, &exit):
		return "", &GoError{Command: name + " " + strings.Join(args, " "), Text: strings.TrimSpace(stderr.String())}
	case err != nil:
		return "", fmt.Errorf("the build needs Go 1.26 or later (https://go.dev/dl/): %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// GoError is what the go command says of a program that it cannot build.
type GoError struct{ Command, Text string }

func (e *GoError) Error() string { return e.Command + ": " + e.Text }
