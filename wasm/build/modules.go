package build

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// The module that is built may never have heard of what only the browser needs:
// its go.mod and go.sum lack it, and belong to somebody else. So the go command
// works with copies of them, to which it may add. They begin with our own
// checksums, so that nothing is taken on trust that has not been looked at.

// copyModules makes the copies, and has the go command use them from now on.
func (j *job) copyModules() error {
	at := j.where
	if at.GOWORK != "" && at.GOWORK != "off" {
		return j.copyWorkspace(at.GOWORK)
	}
	if at.GOMOD == "" || at.GOMOD == os.DevNull {
		return errors.New("the main package is not in a module: run go mod init")
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(at.GOMOD), "vendor", safejsPackage)); err == nil {
		return nil // all is there
	}
	copied := filepath.Join(j.work, "go.mod")
	if err := copyFile(at.GOMOD, copied); err != nil {
		return err
	}
	j.modules = []string{"-modfile=" + copied, "-mod=mod"}
	return j.copySums(strings.TrimSuffix(at.GOMOD, ".mod")+".sum", filepath.Join(j.work, "go.sum"))
}

// copyWorkspace does the same for a module in a workspace, in which the go
// command takes neither another go.mod nor one that lacks something.
func (j *job) copyWorkspace(file string) error {
	text, err := j.Options.run(j.ctx, "work", "edit", "-json", file)
	if err != nil {
		return err
	}
	var w struct {
		Use     []struct{ DiskPath string }
		Replace []struct {
			Old, New struct{ Path, Version string }
		}
	}
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return err
	}
	copied := filepath.Join(j.work, "go.work")
	if err := copyFile(file, copied); err != nil {
		return err
	}
	// What is told relative to the file is elsewhere for the copy.
	absolute := func(path string) (string, bool) {
		path = filepath.FromSlash(path)
		return filepath.ToSlash(filepath.Join(filepath.Dir(file), path)), !filepath.IsAbs(path)
	}
	edit := []string{"work", "edit"}
	for _, use := range w.Use {
		if path, relative := absolute(use.DiskPath); relative {
			edit = append(edit, "-dropuse="+use.DiskPath, "-use="+path)
		}
	}
	for _, r := range w.Replace {
		path, relative := absolute(r.New.Path)
		if r.New.Version != "" || !relative {
			continue
		}
		old := r.Old.Path
		if r.Old.Version != "" {
			old += "@" + r.Old.Version
		}
		edit = append(edit, "-replace="+old+"="+path)
	}
	if len(edit) > 2 {
		if _, err := j.Options.run(j.ctx, append(edit, copied)...); err != nil {
			return err
		}
	}
	j.Options.env = append(j.Options.env, "GOWORK="+copied)
	return j.copySums(file+".sum", copied+".sum")
}

// copySums adds our checksums to those of the module that is built, which may
// have none.
func (j *job) copySums(from, to string) error {
	theirs, err := os.ReadFile(from)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	folder, err := j.run("list", "-m", "-f", "{{.Dir}}", "amalgam")
	if err != nil {
		return err
	}
	ours, err := os.ReadFile(filepath.Join(folder, "go.sum"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.WriteFile(to, append(append(theirs, '\n'), ours...), 0o600)
}

// replaceModule adds a replacement to the copies, and returns the folder that
// its path begins at.
func (j *job) replaceModule(module, path string) (string, error) {
	edit, file, root := "mod", filepath.Join(j.work, "go.mod"), filepath.Dir(j.where.GOMOD)
	if len(j.modules) == 0 {
		edit, file, root = "work", filepath.Join(j.work, "go.work"), j.work
	}
	_, err := j.Options.run(j.ctx, edit, "edit", "-replace="+module+"="+path, file)
	return root, err
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}
