package settings_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"amalgam/hub/settings"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

const page = "../../docs/configuration.md"

// What stands between the marks of the page comes from the table.
const begin, end = "<!-- from hub/settings/table.go, by `go generate ./hub/settings` -->\n", "<!-- end of the table -->\n"

func TestTheReferencePageIsWhatTheTableSays(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s lacks its marks %q and %q", page, begin, end)
	}
	want := before + begin + "\n" + settings.Reference() + "\n" + end + after
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("%s is not what the table says: run `go generate ./hub/settings`", page)
	}
}

func TestEverySettingIsWhole(t *testing.T) {
	seen := map[string]string{}
	once := func(kind, name, of string) {
		if name == "" {
			return
		}
		if other := seen[kind+name]; other != "" {
			t.Errorf("%s and %s have the same %s %s", other, of, kind, name)
		}
		seen[kind+name] = of
	}
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	for _, s := range settings.Table {
		once("name", s.Name, s.Name)
		once("variable", s.Env, s.Name)
		once("flag", s.Flag, s.Name)
		if !name.MatchString(s.Name) {
			t.Errorf("%q is not a name in snake case", s.Name)
		}
		if s.Instead != "" {
			if s.Apply != nil || s.Doc != "" {
				t.Errorf("%s is not used, and yet has an Apply or a Doc", s.Name)
			}
			continue
		}
		if s.Apply == nil || s.Type == "" || !strings.HasSuffix(s.Doc, ".") {
			t.Errorf("%s lacks its Apply, its Type, or a Doc of whole sentences", s.Name)
		}
	}
}

func TestTheHelpFitsATerminal(t *testing.T) {
	for _, line := range strings.Split(settings.Help(), "\n") {
		if utf8.RuneCountInString(line) > 80 && strings.HasPrefix(line, "      ") {
			t.Errorf("%d columns: %q", utf8.RuneCountInString(line), line)
		}
	}
}
