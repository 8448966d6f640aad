package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A text is a licence or notice, and whose it is.
type text struct {
	content string
	names   []string
}

const intro = `This program is made of what follows, under these licences, whose texts ask to be
passed on with it.
`

// notices writes each text once, after the names of the modules that have it.
// What has no licence, or one that must not be in this program, is an error.
func notices(modules []*module) (string, error) {
	var texts []*text
	var faults []error
	for _, m := range modules {
		files, err := m.files()
		if err != nil {
			faults = append(faults, err)
			continue
		}
		licensed := false
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			content := strings.TrimSpace(strings.ReplaceAll(string(raw), "\r\n", "\n"))
			if hit := forbidden.FindString(content); hit != "" {
				faults = append(faults, fmt.Errorf("%s: %s is under the %s: do without this module", m.name, file, strings.Join(strings.Fields(hit), " ")))
			}
			licensed = licensed || permissive.MatchString(content)
			texts = add(texts, content, m.name)
		}
		if !licensed {
			faults = append(faults, fmt.Errorf("%s has no licence that is known in %s (%d files of that kind): do without this module, or, if it may be passed on, teach hub/licenses/collect its licence", m.name, m.root, len(files)))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(intro)
	for _, t := range texts {
		fmt.Fprintf(&b, "\n%s\n\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(t.names, "\n"), t.content)
	}
	return b.String(), nil
}

func add(texts []*text, content, name string) []*text {
	for _, t := range texts {
		if t.content == content {
			if !slices.Contains(t.names, name) {
				t.names = append(t.names, name)
			}
			return texts
		}
	}
	return append(texts, &text{content, []string{name}})
}

// licence is how files of that kind are named, with any ending but .go.
var licence = regexp.MustCompile(`(?i)^(licen[cs]es?|copying|notice|patents|unlicense|third[-_]party.*)([.-].*)?$`)

// forbidden are the licences that would bind the whole program.
var forbidden = regexp.MustCompile(`(?i)GNU\s+(AFFERO\s+|LESSER\s+|LIBRARY\s+)?GENERAL\s+PUBLIC\s+LICENSE|SERVER\s+SIDE\s+PUBLIC\s+LICENSE|BUSINESS\s+SOURCE\s+LICENSE`)

// permissive has a sentence of each licence that may be passed on: MIT, BSD, ISC,
// Apache 2.0, CC0.
var permissive = regexp.MustCompile(`Permission\s+is\s+hereby\s+granted,\s+free\s+of\s+charge|` +
	`Redistribution\s+and\s+use\s+in\s+source\s+and\s+binary\s+forms|` +
	`Permission\s+to\s+use,\s+copy,\s+modify,\s+and(/or)?\s+distribute\s+this\s+software|` +
	`Apache\s+License\s+Version\s+2\.0|` +
	`CC0\s+1\.0\s+Universal`)

// files lists the licences and notices between the module's root and its
// packages that are compiled in: code that was copied in from elsewhere has its
// own beside it.
func (m *module) files() ([]string, error) {
	seen := map[string]bool{}
	var folders []string
	for _, dir := range append([]string{m.root}, m.folders...) {
		for ; strings.HasPrefix(dir, m.root) && !seen[dir]; dir = filepath.Dir(dir) {
			seen[dir] = true
			folders = append(folders, dir)
		}
	}
	slices.Sort(folders)
	var files []string
	for _, dir := range folders {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		for _, e := range entries {
			if name := e.Name(); !e.IsDir() && licence.MatchString(name) && filepath.Ext(name) != ".go" {
				files = append(files, filepath.Join(dir, name))
			}
		}
	}
	return files, nil
}
