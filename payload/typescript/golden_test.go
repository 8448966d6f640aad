package typescript_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalgam/payload"
	"amalgam/payload/typescript"
	"amalgam/payload/typescript/testdata/shapes"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The declarations are compiled by jsdist/test/generated.test.mjs.
func golden(t *testing.T, name string, schema []byte, o typescript.Options) {
	t.Helper()
	got, err := typescript.Declarations(schema, o)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run go test ./payload/typescript -update", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what is generated, which is below: run go test ./payload/typescript -update, and look at the difference\n%s", path, got)
	}
}

func TestGoTypesWithTheirComments(t *testing.T) {
	c := &typescript.Comments{}
	if err := c.Read("amalgam/payload/typescript/testdata/shapes", "testdata/shapes/shapes.go"); err != nil {
		t.Fatal(err)
	}
	if err := c.Read("amalgam/payload/typescript/testdata/shapes/board", "testdata/shapes/board/board.go"); err != nil {
		t.Fatal(err)
	}
	for name, of := range shapes.Payloads.GoTypes() {
		c.Define(name, of.PkgPath(), of.Name())
	}
	golden(t, "shapes.d.ts", shapes.Payloads.JSONSchema(), typescript.Options{Comments: c})
}

func TestEveryKeyword(t *testing.T) {
	document, err := os.ReadFile("testdata/keywords.json")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "keywords.d.ts", document, typescript.Options{})
	// What the set writes is what the command gets to read.
	set, err := payload.ParseSchema(document)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "keywords.set.d.ts", set.JSONSchema(), typescript.Options{})
}

func TestWhatCannotBeWrittenNamesTheMend(t *testing.T) {
	for _, c := range []struct{ name, schema, want string }{
		{"not JSON", `{"properties": `, "the schema is not JSON"},
		{"two documents", `{"properties": {}} {}`, "the schema is not JSON: more than one value"},
		{"no events", `{"$defs": {"A": {}}}`, "has no events: each should stand in properties"},
		{"a reference to nothing", `{"properties": {"a": {"$ref": "#/$defs/B"}}}`, `$ref "#/$defs/B" leads out of the document, or to nothing: copy what it means into $defs`},
		{"a reference out of the document", `{"properties": {"a": {"items": {"$ref": "https://example.com/b"}, "type": "array"}}}`, "copy what it means into $defs"},
		{"a schema that is none", `{"properties": {"a": {"type": "array", "items": "string"}}}`, "string is not a schema: make it an object, true or false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := typescript.Declarations([]byte(c.schema), typescript.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, and does not say %q", err, c.want)
			}
		})
	}
}

// Sixty levels, each of which refers twice to the next, are sixty types.
func TestASmallDocumentIsNoLargeFile(t *testing.T) {
	schema, end := `{"properties": {"a": {"$ref": "#/$defs/A/properties/n0"}}, "$defs": {"A": {"type": "object", "properties": {`, ""
	for i := range 60 {
		next := fmt.Sprintf(`{"$ref": "#/$defs/A/properties/n%d"}`, i+1)
		schema += fmt.Sprintf(`%s"n%d": {"allOf": [%s, %s], "anyOf": [%s]}`, end, i, next, next, next)
		end = ", "
	}
	schema += `, "n60": {"type": "array", "items": {"$ref": "#/$defs/A/properties/n60"}}}}}}`
	text, err := typescript.Declarations([]byte(schema), typescript.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 2*len(schema) || !bytes.Contains(text, []byte("export type N59 = N60;\n")) || !bytes.Contains(text, []byte("export type N60 = N60[];\n")) {
		t.Errorf("%d bytes become %d:\n%.2000s", len(schema), len(text), text)
	}
}

// A file of a program that is wrong must be an error, not a panic or a loop.
func FuzzDeclarations(f *testing.F) {
	document, err := os.ReadFile("testdata/keywords.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(document)
	f.Add(shapes.Payloads.JSONSchema())
	f.Add([]byte(`{"properties":{"a":{"$ref":"#"}},"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"allOf":[{"$ref":"#/$defs/a"}]}}}`))
	f.Fuzz(func(t *testing.T, schema []byte) {
		first, err := typescript.Declarations(schema, typescript.Options{})
		second, again := typescript.Declarations(schema, typescript.Options{})
		if (err == nil) != (again == nil) || !bytes.Equal(first, second) {
			t.Errorf("two runs differ: %v\n%s\n%v\n%s", err, first, again, second)
		}
	})
}

// Many types that refer to each other take no longer, each, than few.
func TestManyDefinitionsAreWrittenInTime(t *testing.T) {
	const many = 20_000
	var schema strings.Builder
	schema.WriteString(`{"properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": {`)
	for i := range many {
		fmt.Fprintf(&schema, `"d%d": {"type": "array", "items": {"$ref": "#/$defs/d%d"}}, `, i, i+1)
	}
	fmt.Fprintf(&schema, `"d%d": {"type": "array", "items": {"$ref": "#/$defs/d%d"}}}}`, many, many)
	text, err := typescript.Declarations([]byte(schema.String()), typescript.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte("export type D0 = D1[];\n")) || !bytes.Contains(text, []byte("export type D20000 = D20000[];\n")) {
		t.Errorf("the types are not as they should be:\n%.500s", text)
	}
}
