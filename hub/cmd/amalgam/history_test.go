package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalgam/hub/eventlog/bolt"
	"amalgam/hub/update"
)

func historyOf(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hub.db")
	l, err := bolt.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		u := &update.Update{Topics: []string{"t", "<b>"}, ID: fmt.Sprint("id", i), Data: "one\ntwo", Private: i%2 == 0, Type: "chat", Retry: "5"}
		if _, err := l.Append(context.Background(), u); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func export(t *testing.T, path string) string {
	t.Helper()
	var b bytes.Buffer
	if err := historyExport(&b, path); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnExportIsImportedAsItWas(t *testing.T) {
	text := export(t, historyOf(t, 20))
	if strings.Count(text, "\n") != 20 || !strings.Contains(text, `"topics":["t","<b>"],"private":true,"type":"chat","retry":"5","data":"one\ntwo"`) {
		t.Fatalf("exported %s", text)
	}
	into := filepath.Join(t.TempDir(), "new", "hub.db")
	if err := historyImport(strings.NewReader(text), into); err != nil {
		t.Fatal(err)
	}
	if got := export(t, into); got != text {
		t.Errorf("imported\n%s\nwant\n%s", got, text)
	}
	l, err := bolt.Open(into, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if seq, found, err := l.Find(context.Background(), "id7"); seq != 8 || !found || err != nil {
		t.Errorf("Find after the import = %d, %v, %v, want 8", seq, found, err)
	}
}

func TestABadLineIsNamedAndNothingIsTaken(t *testing.T) {
	path := historyOf(t, 3)
	before := export(t, path)
	for line, want := range map[string]string{
		`{`:                             "line 2",
		`{"topics":[],"data":""}`:       "line 2: topic",
		`{"topics":["a"],"extra":1}`:    "unknown field",
		`{"topics":["a"],"time":"now"}`: "RFC 3339",
	} {
		err := historyImport(strings.NewReader("{\"topics\":[\"a\"],\"data\":\"good\"}\n"+line+"\n"), path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: %v, want an error with %q and the line", line, err, want)
		}
		if got := export(t, path); got != before {
			t.Errorf("%s: the history has changed:\n%s", line, got)
		}
		if left, _ := filepath.Glob(path + ".new*"); left != nil {
			t.Errorf("left behind: %v", left)
		}
	}
}

func TestCompactRefusesAFileInUseAndDamageUnlessItIsToSalvage(t *testing.T) {
	path := historyOf(t, 50)
	l, err := bolt.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := historyCompact(os.Stderr, path, false); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("compacting a file in use: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before := export(t, path)
	if err := historyCompact(&bytes.Buffer{}, path, false); err != nil || export(t, path) != before {
		t.Errorf("compacting: %v, or the history has changed", err)
	}
	i := bytes.Index(data, []byte("one\ntwo"))
	for j := i; j >= 0 && j < len(data); {
		data[j] ^= 1 // in every copy of the page
		k := bytes.Index(data[j+1:], []byte("id3\x015\x07one\ntwo"))
		if k < 0 {
			break
		}
		j += 1 + k
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := historyCompact(os.Stderr, path, false); err == nil || !strings.Contains(err.Error(), "--salvage --path "+path) {
		t.Errorf("compacting a damaged file: %v, want the command to salvage", err)
	}
	var said bytes.Buffer
	if err := historyCompact(&said, path, true); err != nil || !strings.Contains(said.String(), "left out") {
		t.Errorf("salvaging: %v, %s", err, said.String())
	}
	var stat bytes.Buffer
	if err := historyStat(&stat, path, true); err != nil || !strings.Contains(stat.String(), `"damaged": 0`) || strings.Contains(stat.String(), `"events": 50`) {
		t.Errorf("stat after salvaging: %v, %s", err, stat.String())
	}
}

func TestAnImportSaysThatItsFolderCannotBeMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file", "hub.db")
	if err := os.WriteFile(filepath.Dir(path), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, "/proc/none/hub.db"} {
		if err := historyCommand([]string{"import", "--path", path}); err == nil || !strings.Contains(err.Error(), "the folder for the history cannot be made: name another with --path") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
