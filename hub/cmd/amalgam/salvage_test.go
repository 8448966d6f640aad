package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"amalgam/hub/eventlog/bolt"
	"amalgam/hub/update"
)

// killedHistory returns the files of a hub that was killed: 50 events in the
// file, and 20 in the first journal that has any.
func killedHistory(t *testing.T) (path, inUse string) {
	t.Helper()
	for range 20 { // a checkpoint may come in between
		from := historyOf(t, 50)
		l, err := bolt.Open(from, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 50; i < 70; i++ {
			u := &update.Update{Topics: []string{"t", "<b>"}, ID: fmt.Sprint("id", i), Data: "one\ntwo", Type: "chat", Retry: "5"}
			if _, err := l.Append(context.Background(), u); err != nil {
				t.Fatal(err)
			}
		}
		path = filepath.Join(t.TempDir(), "hub.db")
		for _, suffix := range []string{"", "-journal1", "-journal2"} {
			data, err := os.ReadFile(from + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path+suffix, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if suffix != "" && bytes.Contains(data, []byte("id69")) {
				inUse = path + suffix
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		var stat bytes.Buffer
		var s bolt.Stats
		if err := historyStat(&stat, path, true); err == nil && json.Unmarshal(stat.Bytes(), &s) == nil && s.InJournal == 20 && s.Events == 70 {
			return path, inUse
		}
	}
	t.Fatal("no history with 20 events in its journal")
	return "", ""
}

func flip(t *testing.T, file string, at func(data []byte) []int) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	places := at(data)
	if len(places) == 0 {
		t.Fatalf("nothing to damage in %s", file)
	}
	for _, i := range places {
		data[i] ^= 1
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// each returns every place of text.
func each(text string) func([]byte) []int {
	return func(data []byte) (places []int) {
		for from := 0; ; {
			i := bytes.Index(data[from:], []byte(text))
			if i < 0 {
				return places
			}
			places = append(places, from+i)
			from += i + 1
		}
	}
}

func at(places ...int) func([]byte) []int { return func([]byte) []int { return places } }

func TestSalvageKeepsAllThatIsSound(t *testing.T) {
	for name, c := range map[string]struct {
		journal bool
		damage  func([]byte) []int
		lost    []int
		starts  bool // it is found when it is read
	}{
		"a commit in the middle of the journal": {journal: true, damage: each("id60\x015\x07one"), lost: []int{60}},
		"the header of the journal":             {journal: true, damage: at(9)},
		"the seal of the journal":               {journal: true, damage: at(32)},
		"a record of the file":                  {damage: each("id7\x015\x07one"), lost: []int{7}, starts: true},
		"both heads of the file":                {damage: at(20, os.Getpagesize()+20)},
	} {
		t.Run(name, func(t *testing.T) {
			path, file := killedHistory(t)
			if !c.journal {
				file = path
			}
			flip(t, file, c.damage)
			command := "amalgam history compact --salvage --path " + path
			l, err := bolt.Open(path, nil)
			if err == nil {
				_ = l.Close()
			}
			if c.starts != (err == nil) || err != nil && (!strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), command)) {
				t.Errorf("start: %v; want a refusal that names %s and %q: %v", err, file, command, !c.starts)
			}
			if err := historyCommand([]string{"compact", "--path", path}); err == nil || !strings.Contains(err.Error(), command) {
				t.Errorf("compact: %v, want a refusal with %q", err, command)
			}
			if err := historyCommand([]string{"compact", "--salvage", "--path", path}); err != nil {
				t.Fatalf("%s: %v", command, err)
			}
			var got, want []string
			for line := range strings.Lines(export(t, path)) {
				var e historyLine
				if err := json.Unmarshal([]byte(line), &e); err != nil {
					t.Fatal(err)
				}
				got = append(got, e.ID)
			}
			for i := range 70 {
				if !slices.Contains(c.lost, i) {
					want = append(want, fmt.Sprint("id", i))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("kept %v, want %v", got, want)
			}
			if l, err = bolt.Open(path, nil); err != nil {
				t.Fatalf("start after the salvage: %v", err)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Whoever names the wrong file keeps it, whatever the errors before proposed.
func TestASalvageThatFindsNothingLeavesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwords")
	text := bytes.Repeat([]byte("nothing of a history\n"), 1000)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	err := historyCommand([]string{"compact", "--salvage", "--path", path})
	if err == nil || !strings.Contains(err.Error(), path+" holds no event") || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("compact --salvage: %v, want a refusal that says what is to be done", err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, text) {
		t.Errorf("the file has %d bytes now, %d before (%v)", len(now), len(text), err)
	}
	if left, _ := filepath.Glob(path + "?*"); len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
}
