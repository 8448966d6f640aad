package settings_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"amalgam/hub"
)

func TestTheSchemasOfPayloadsAreReadFromTheirFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := write("a schema.json", `{"properties":{"chat":{"type":"object","required":["text"]},"typing":true}}`)
	quoted := `payloads "` + file + `"`
	for text, mode := range map[string]hub.PayloadsMode{
		quoted:              hub.PayloadsEnforce,
		quoted + " enforce": hub.PayloadsEnforce,
		quoted + " warn":    hub.PayloadsWarn,
	} {
		s, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": text}))
		if err != nil || s.Hub.PayloadsMode != mode || s.Hub.Payloads == nil || !slices.Equal(s.Hub.Payloads.Names(), []string{"chat", "typing"}) {
			t.Errorf("%q is read as %+v, %v", text, s, err)
		}
	}
	if s, err := load(keys(nil)); err != nil || s.Hub.Payloads != nil {
		t.Errorf("without the directive: %+v, %v", s, err)
	}

	missing := filepath.Join(dir, "missing.json")
	broken := write("broken.json", `{"properties":{"chat":`)
	unknown := write("unknown.json", `{"properties":{"chat":{"$dynamicRef":"#a"},"read":{"type":"strin"}}}`)
	empty := write("empty.json", `{}`)
	for text, wants := range map[string][]string{
		"payloads":                         {"takes the file of a JSON Schema"},
		quoted + " warn twice":             {"takes the file of a JSON Schema"},
		quoted + " {\nwarn\n}":             {"takes no block"},
		quoted + " bogus":                  {`"bogus" is not known here: there are enforce, warn`},
		quoted + " enforced":               {`"enforced" is not known here`, `did you mean "enforce"?`},
		quoted + "\n" + quoted + " warn":   {"line 2", "is set already in line 1", "once"},
		"payload " + file:                  {`did you mean "payloads"?`},
		"payloads " + missing:              {"line 1: payloads: there is no file " + missing, "write the schemas there"},
		"payloads " + dir:                  {dir, "cannot be read", "name another"},
		"payloads " + broken:               {broken, "is not a JSON Schema", "is not JSON"},
		"payloads " + unknown:              {unknown, "/properties/chat/$dynamicRef", "/properties/read/type"},
		"payloads " + empty:                {empty, "has no events", "properties"},
		"payloads hub-settings-no-such.js": {"there is no file /", "hub-settings-no-such.js"},
	} {
		for _, want := range wants {
			if _, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": text})); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want an error with %q", text, err, want)
			}
		}
	}
}
