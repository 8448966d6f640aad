package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// standIn is where the patched safejs seems to be, below the main module. It is
// only in the overlay; the module's build information names it, so it is the
// same on every machine.
const standIn = "amalgam-safejs"

// replaceSafejs adds the patched safejs to the overlay. The go command lets
// nobody overlay its module cache, so there a copy takes the module's place,
// by a replace directive in an overlaid go.mod.
func (o Options) replaceSafejs(work string, replaced map[string]string) error {
	folder, err := o.run("list", "-find", "-f", "{{.Dir}}", safejsPackage)
	if err != nil {
		return err
	}
	patched := map[string]string{}
	if err := overlay(safejsPatches, folder, work, patched); err != nil {
		return fmt.Errorf("%s is not the version that this build knows how to make small; build with --stock, or adapt wasm/build/patch_safejs.go: %w", safejsPackage, err)
	}
	cache, err := o.run("env", "GOMODCACHE")
	if err != nil {
		return err
	}
	if below, err := filepath.Rel(cache, folder); err != nil || strings.HasPrefix(below, "..") { // vendored
		for original, copied := range patched {
			replaced[original] = copied
		}
		return nil
	}

	mod, err := o.run("env", "GOMOD")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(mod)
	if err != nil {
		return errors.New("the main package is not in a module: run go mod init")
	}
	text = append(text, "\nreplace "+safejsPackage+" => ./"+standIn+"\n"...)
	replaced[mod] = filepath.Join(work, "go.mod")
	if err := os.WriteFile(replaced[mod], text, 0o600); err != nil {
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
		replaced[filepath.Join(filepath.Dir(mod), standIn, below)] = from
		return nil
	})
}
