package payload_test

import (
	"bytes"
	"testing"

	"amalgam/payload"
)

type tree map[string]tree

type nested []nested

type branch []twig

type twig struct {
	Name   string `json:"name" minLength:"1"`
	Branch branch `json:"branch,omitempty" maxItems:"2"`
}

type chain []struct {
	Next *chain `json:"next" maxItems:"1" doc:"What follows."`
}

// What holds itself has a document, which says the same.
func TestTypesThatHoldThemselves(t *testing.T) {
	set, err := payload.NewSet(payload.Event[tree]("tree"), payload.Event[nested]("nested"), payload.Event[branch]("branch"), payload.Event[*chain]("chain"))
	if err != nil {
		t.Fatal(err)
	}
	read, err := payload.ParseSchema(set.JSONSchema())
	if err != nil {
		t.Fatalf("%v\n%s", err, set.JSONSchema())
	}
	for _, c := range []struct{ event, data, fault string }{
		{"tree", `{"a": {"b": {}}}`, ""},
		{"tree", `{"a": {"b": 1}}`, "/a/b"},
		{"nested", `[[], [[]]]`, ""},
		{"nested", `[[], [[0]]]`, "/1/0/0"},
		{"branch", `[{"name": "a", "branch": [{"name": "b"}]}]`, ""},
		{"branch", `[{"name": "a", "branch": [{"name": ""}]}]`, "/0/branch/0/name"},
		{"branch", `[{"name": "a", "branch": [{"name": "b", "branch": [1]}]}]`, "/0/branch/0/branch/0"},
		{"branch", `[{"name": "a", "branch": [{"name": "b"}, {"name": "c"}, {"name": "d"}]}]`, "/0/branch"},
		{"chain", `[{"next": [{"next": null}]}]`, ""},
		{"chain", `[{"next": [{"next": 1}]}]`, "/0/next/0/next"},
		{"chain", `[{"next": [{"next": null}, {"next": []}]}]`, "/0/next"},
	} {
		for name, s := range map[string]*payload.Set{"the types": set, "their document": read} {
			found := ""
			if issues := s.Validate(c.event, []byte(c.data)); len(issues) > 0 {
				found = issues[0].Path
			}
			if found != c.fault {
				t.Errorf("%s: by %s the fault of %s is at %q, and should be at %q", c.event, name, c.data, found, c.fault)
			}
		}
	}
}

type listed struct {
	First *link `json:"first"`
}

type link struct {
	Next *link `json:"next"`
}

// What holds itself by way of a type with a name needs none of its own.
func TestAPointerToWhatHoldsItselfIsWrittenInPlace(t *testing.T) {
	schema := payload.MustSet(payload.Event[listed]("list")).JSONSchema()
	if bytes.Contains(schema, []byte("Recursive")) {
		t.Errorf("there is a definition besides those of the types:\n%s", schema)
	}
	read, err := payload.ParseSchema(schema)
	if err != nil {
		t.Fatal(err)
	}
	if again := read.JSONSchema(); !bytes.Equal(again, schema) {
		t.Errorf("read and written again, the document differs:\n%s\n%s", schema, again)
	}
}

// A document may refer to a schema that has no name.
func TestADocumentThatRefersToItselfIsWritten(t *testing.T) {
	set, err := payload.ParseSchema([]byte(`{"properties": {"a": {"type": "array", "items": {"type": "object", "properties": {"again": {"$ref": "#/properties/a"}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	first := set.JSONSchema()
	read, err := payload.ParseSchema(first)
	if err != nil {
		t.Fatalf("%v\n%s", err, first)
	}
	if second := read.JSONSchema(); !bytes.Equal(first, second) {
		t.Errorf("read and written again, the document differs:\n%s\n%s", first, second)
	}
	if issues := read.Validate("a", []byte(`[{"again": [{"again": 1}]}]`)); len(issues) != 1 || issues[0].Path != "/0/again/0/again" {
		t.Errorf("the faults are %v", issues)
	}
}
