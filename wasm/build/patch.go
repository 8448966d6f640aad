package build

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// patch is what changes in one Go file. Only the differences are kept here: the
// rest comes from the toolchain or the module that is there, and when it reads
// otherwise than what was reviewed, the build fails.
type patch struct {
	file  string // below the folder of its package
	edits []edit
}

// edit replaces the one place that reads old.
type edit struct{ old, new string }

// apply keeps the numbers of the lines around an edit, so that tracebacks name
// the lines of the original.
func (p patch) apply(text string) (string, error) {
	for _, e := range p.edits {
		if n := strings.Count(text, e.old); n != 1 {
			return "", fmt.Errorf("%s has %d places, instead of 1, that read:\n%s", p.file, n, e.old)
		}
		lines := strings.Count(e.old, "\n") - strings.Count(e.new, "\n")
		text = strings.Replace(text, e.old, e.new+strings.Repeat("\n", max(lines, 0)), 1)
	}
	return text, nil
}

// overlay writes patched copies of files in folder to work, and adds them to
// replaced: the original's path → the copy's, as go build -overlay takes it.
func overlay(patches []patch, folder, work string, replaced map[string]string) error {
	for _, p := range patches {
		original := filepath.Join(folder, filepath.FromSlash(p.file))
		text, err := os.ReadFile(original)
		if err != nil {
			return err
		}
		patched, err := p.apply(string(text))
		if err != nil {
			return err
		}
		copied := filepath.Join(work, fmt.Sprintf("%d-%s", len(replaced), filepath.Base(original)))
		if err := os.WriteFile(copied, []byte(patched), 0o600); err != nil {
			return err
		}
		replaced[original] = copied
	}
	return nil
}
