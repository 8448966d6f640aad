package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A module is part of the program. Its folders are those of its packages that
// are compiled in.
type module struct {
	name    string // path and version, apart by a space
	root    string
	folders []string
}

// compiledInto lists the modules of a program, first its own, then Go, then the
// others by name. target are variables for another system than this one.
func compiledInto(program string, target ...string) ([]*module, error) {
	out, err := list(target, "list", "-deps", "-f", `{{with .Module}}{{with .Replace}}{{.Path}} {{.Version}}	{{.Dir}}{{else}}{{.Path}} {{.Version}}	{{.Dir}}{{end}}	{{.Main}}	{{$.Dir}}{{end}}`, program)
	if err != nil {
		return nil, err
	}
	golang, err := goItself()
	if err != nil {
		return nil, err
	}
	var own *module
	byName := map[string]*module{}
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 4 {
			return nil, fmt.Errorf("go list says %q, which cannot be read", line)
		}
		m := byName[f[0]]
		if m == nil {
			m = &module{name: strings.TrimSpace(f[0]), root: f[1]}
			byName[f[0]] = m
		}
		m.folders = append(m.folders, f[3])
		if f[2] == "true" {
			own = m
		}
	}
	if own == nil {
		return nil, fmt.Errorf("%s is of no module", program)
	}
	others := make([]*module, 0, len(byName))
	for _, m := range byName {
		if m != own {
			others = append(others, m)
		}
	}
	slices.SortFunc(others, func(a, b *module) int { return strings.Compare(a.name, b.name) })
	return append([]*module{own, golang}, others...), nil
}

// goItself is Go's runtime and standard library. Distributions keep its licence
// elsewhere; golang.org/x/sys has the same.
func goItself() (*module, error) {
	out, err := list(nil, "env", "GOROOT", "GOVERSION")
	if err != nil {
		return nil, err
	}
	root, version, _ := strings.Cut(strings.TrimSpace(out), "\n")
	if _, err := os.Stat(filepath.Join(root, "LICENSE")); errors.Is(err, os.ErrNotExist) {
		if root, err = list(nil, "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys"); err != nil {
			return nil, err
		}
		root = strings.TrimSpace(root)
	}
	return &module{name: "Go " + version + ", its runtime and standard library", root: root}, nil
}

func list(env []string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	// The binary is built without cgo.
	cmd.Env = slices.Concat(os.Environ(), []string{"CGO_ENABLED=0"}, env)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w: %s", args[0], err, bytes.TrimSpace(complaint.Bytes()))
	}
	return string(out), nil
}
