package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const mit = "MIT License\n\nPermission is hereby granted, free of charge, to any person\n"

// folder writes files, named by their path below it.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// No module of the binary is without a licence, and none has one that would bind
// the whole of it.
func TestTheBinaryMayBePassedOn(t *testing.T) {
	for _, target := range [][]string{{"GOOS=linux", "GOARCH=amd64"}, {"GOOS=darwin", "GOARCH=arm64"}} {
		modules, err := compiledInto("../../cmd/amalgam", target...)
		if err != nil {
			t.Fatal(err)
		}
		text, err := notices(modules)
		if err != nil {
			t.Fatal(err)
		}
		if len(modules) < 20 || modules[0].name != "amalgam" || !strings.HasPrefix(modules[1].name, "Go go1.") {
			t.Fatalf("the modules are %d, the first two %s and %s", len(modules), modules[0].name, modules[1].name)
		}
		for _, m := range modules {
			if !strings.Contains(text, "\n"+m.name+"\n") {
				t.Errorf("%v: %s has no notice", target, m.name)
			}
		}
	}
}

func TestWhatMayNotBePassedOnIsRefusedWithAMend(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
		used  string // the package of the module that is compiled in
	}{
		"no licence":           {map[string]string{"a.go": "package a"}, []string{"a.example v1 has no licence that is known", "0 files", "do without this module"}, ""},
		"a licence of no name": {map[string]string{"LICENSE": "All rights reserved."}, []string{"no licence that is known", "1 files", "teach hub/licenses/collect"}, ""},
		"a folder, code":       {map[string]string{"LICENSE/a.txt": mit, "license.go": mit}, []string{"no licence that is known"}, ""},
		"GPL":                  {map[string]string{"LICENSE": "GNU GENERAL PUBLIC LICENSE\nVersion 3"}, []string{"is under the GNU GENERAL PUBLIC LICENSE: do without"}, ""},
		"AGPL":                 {map[string]string{"COPYING": "                    GNU AFFERO GENERAL PUBLIC LICENSE"}, []string{"is under the GNU AFFERO GENERAL PUBLIC LICENSE"}, ""},
		"LGPL beside MIT":      {map[string]string{"LICENSE": mit, "COPYING.LESSER": "GNU Lesser General Public License"}, []string{"COPYING.LESSER is under the GNU Lesser"}, ""},
		"GPL within":           {map[string]string{"LICENSE": mit, "inner/LICENSE.txt": "GNU  General\nPublic License"}, []string{"inner/LICENSE.txt is under the GNU General Public License"}, "inner"},
	} {
		root := folder(t, c.files)
		_, err := notices([]*module{{name: "a.example v1", root: root, folders: []string{filepath.Join(root, c.used)}}})
		if err == nil {
			t.Errorf("%s: is taken", name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
}

func TestEachTextStandsOnceAfterItsModules(t *testing.T) {
	a := folder(t, map[string]string{"LICENSE": mit, "NOTICE": "Made by A.", "used/within/LICENSE": "Redistribution and use in source and binary forms", "unused/LICENSE": "GNU GENERAL PUBLIC LICENSE"})
	b := folder(t, map[string]string{"LICENSE.md": strings.ReplaceAll(mit, "\n", "\r\n") + "\n"})
	text, err := notices([]*module{{name: "a v1", root: a, folders: []string{a, filepath.Join(a, "used", "within")}}, {name: "b v2", root: b, folders: []string{b}}})
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("=", 80)
	want := intro + "\n" + line + "\n\na v1\nb v2\n\n" + strings.TrimSpace(mit) + "\n" +
		"\n" + line + "\n\na v1\n\nMade by A.\n" +
		"\n" + line + "\n\na v1\n\nRedistribution and use in source and binary forms\n"
	if text != want {
		t.Errorf("the notices are\n%s\nwant\n%s", text, want)
	}
}

// What was there stays where something is wrong.
func TestAFaultLeavesTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notices.txt.gz")
	if err := os.WriteFile(file, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write("./no/such/package", file); err == nil || !strings.Contains(err.Error(), "no/such/package") {
		t.Errorf("a program that there is not: %v", err)
	}
	if content, err := os.ReadFile(file); err != nil || string(content) != "before" {
		t.Errorf("the file holds %q, %v", content, err)
	}
}
