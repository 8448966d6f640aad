package build

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"strings"
)

// standIn is where the patched safejs seems to be, below the main module. It is
// only in the overlay; the module's build information names it, so it is the
// same on every machine.
const standIn = "amalgam-safejs"

// resolve finds the modules that are needed, and puts the patched safejs in the
// place of safejs, unless j.Stock.
func (j *job) resolve() error {
	if err := j.copyModules(); err != nil {
		return err
	}
	folder, err := j.run("list", "-find", "-f", "{{.Dir}}", safejsPackage)
	if err != nil {
		return fmt.Errorf("the module needs %s, which is neither in the module cache nor to be had: %w", safejsPackage, err)
	}
	if j.Stock {
		return nil
	}
	patched := map[string]string{}
	if err := overlay(safejsPatches, folder, j.work, patched); err != nil {
		return fmt.Errorf("%s is not the version that this build knows how to make small; build with --stock, or adapt wasm/build/patch_safejs.go: %w", safejsPackage, err)
	}
	if j.inCache(folder) {
		return j.replaceSafejs(folder, patched)
	}
	maps.Copy(j.replaced, patched) // it is vendored, or replaced by who builds
	return nil
}

// inCache reports whether a folder is in the module cache, in which the go
// command lets nobody overlay a file.
func (j *job) inCache(folder string) bool {
	below, err := filepath.Rel(j.where.GOMODCACHE, folder)
	return err == nil && !strings.HasPrefix(below, "..")
}

// replaceSafejs lets a patched copy take the module's place.
func (j *job) replaceSafejs(folder string, patched map[string]string) error {
	root, err := j.replaceModule(safejsPackage, "./"+standIn)
	if err != nil {
		return err
	}
	return filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		isSource := strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go")
		if err != nil || entry.IsDir() || !isSource && entry.Name() != "go.mod" {
			return err
		}
		below, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		from := file
		if copied, ok := patched[file]; ok {
			from = copied
		}
		j.replaced[filepath.Join(root, standIn, below)] = from
		return nil
	})
}
