package payload

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/google/jsonschema-go/jsonschema" // has the suite in its testdata
)

// suiteFolder is where the official JSON Schema test suite lies in the module
// cache.
func suiteFolder(t testing.TB) string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/google/jsonschema-go").Output()
	if err != nil {
		if folder := os.Getenv("JSON_SCHEMA_SUITE"); folder != "" {
			return folder // in wasm, where nothing can be executed
		}
		t.Fatalf("the module github.com/google/jsonschema-go, which has the suite: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "jsonschema", "testdata", "draft2020-12")
}

// suiteGroups are the files of the suite for the keywords that are understood.
var suiteGroups = []string{"additionalProperties", "allOf", "anchor", "anyOf", "boolean_schema", "const", "default",
	"defs", "enum", "exclusiveMaximum", "exclusiveMinimum", "if-then-else", "infinite-loop-detection", "items", "maxItems",
	"maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum", "multipleOf",
	"not", "oneOf", "pattern", "patternProperties", "prefixItems", "properties", "ref", "required", "type", "uniqueItems"}

// excluded are the cases that are not for us, each with the reason. A reason
// that ParseSchema itself gives must be found in its error.
var excluded = map[string]string{
	// Keywords that are not among the understood ones.
	"additionalProperties: additionalProperties with propertyNames":           "/propertyNames is a keyword that is not understood",
	"additionalProperties: dependentSchemas with additionalProperties":        "/dependentSchemas is a keyword that is not understood",
	"not: collect annotations inside a 'not', even if collection is disabled": "/not/unevaluatedProperties is a keyword that is not understood",
	"ref: ref creates new scope when adjacent to keywords":                    "/$defs/A/unevaluatedProperties is a keyword that is not understood",
	// Schemas in other documents: a hub fetches nothing.
	"defs: validate definition against metaschema": outside,
	"ref: remote ref, containing refs itself":      outside,
	// Documents within a document, each with an address ($id) of its own.
	"anchor: Location-independent identifier with absolute URI":                   outside,
	"anchor: Location-independent identifier with base URI change in subschema":   outside,
	"anchor: same $anchor with different base uri":                                outside,
	"ref: Recursive references between schemas":                                   outside,
	"ref: refs with relative uris and defs":                                       outside,
	"ref: relative refs with absolute uris and defs":                              outside,
	"ref: $id must be resolved against nearest parent, not just immediate parent": outside,
	"ref: order of evaluation: $id and $ref":                                      outside,
	"ref: URN ref with nested pointer ref":                                        outside,
	"ref: ref to if":                                                              outside,
	"ref: ref to then":                                                            outside,
	"ref: ref to else":                                                            outside,
	"ref: ref with absolute-path-reference":                                       outside,
}

const outside = "leads out of the document"

type suiteGroup struct {
	Description string
	Schema      json.RawMessage
	Tests       []struct {
		Description string
		Data        json.RawMessage
		Valid       bool
	}
}

// parseOne reads one schema, which is the whole document.
func parseOne(data []byte) (*node, error) {
	root, issues := readDocument(data)
	if len(issues) > 0 {
		return nil, &pathError{issues[0]}
	}
	r := newReader(root)
	n := r.schema(root)
	return n, r.finish()
}

type pathError struct{ Issue }

func (e *pathError) Error() string { return e.Path + " " + e.Message }

func TestTheOfficialSuiteOfJSONSchema(t *testing.T) {
	folder := suiteFolder(t)
	left := map[string]bool{}
	for name := range excluded {
		left[name] = true
	}
	passed, leftOut := 0, 0
	for _, file := range suiteGroups {
		data, err := os.ReadFile(filepath.Join(folder, file+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var groups []suiteGroup
		if err := json.Unmarshal(data, &groups); err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			name := file + ": " + g.Description
			reason, out := excluded[name]
			delete(left, name)
			n, err := parseOne(g.Schema)
			if out {
				leftOut += len(g.Tests)
				if err == nil || !strings.Contains(err.Error(), reason) {
					t.Errorf("%s is left out because of %q; its error is %v", name, reason, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for _, c := range g.Tests {
				if issues := validate(n, c.Data); (len(issues) == 0) != c.Valid {
					t.Errorf("%s: %s: %s by %s: want valid %v, got %v", name, c.Description, c.Data, g.Schema, c.Valid, issues)
				} else {
					passed++
				}
			}
		}
	}
	for name := range left {
		t.Errorf("%s is to be left out, and is not in the suite", name)
	}
	t.Logf("%d cases passed, %d are left out in %d groups", passed, leftOut, len(excluded))
}
