package payload_test

import (
	"strings"
	"testing"

	"amalgam/payload"
)

// What is wrong with a document is told with its place, however the names in the
// document are spelt.
func TestWhatIsWrongWithADocumentIsTold(t *testing.T) {
	long := strings.Repeat("long", 100)
	for _, c := range []struct{ name, document, want string }{
		{"half a document", `{`, "the schema is not JSON: byte 1: "},
		{"a name that is a backslash", `{"properties":{"\\":{"type":"text"}}}`, `/properties/\/type is not a type`},
		{"a name that looks like an escape", `{"properties":{"\\u":{"type":"text"}}}`, `/properties/\u/type is not a type`},
		{"a name with a slash and a tilde", `{"properties":{"a/~b\"\né":{"type":"text"}}}`, "/properties/a~1~0b\"\né/type is not a type"},
		{"an item", `{"properties":{"a":{"allOf":[true,{"anyOf":[{"type":1}]}]}}}`, `/properties/a/allOf/1/anyOf/0/type is not a type`},
		{"long names", `{"properties":{"` + long + `":{"properties":{"` + long + `":{"type":"text"}}}}}`, "/properties/" + long + "/properties/" + long + " is not a type"},
		{"a reference to nothing", `{"properties":{"a":{"$ref":"#/$defs/b"}},"$defs":{"a":{}}}`, `/properties/a/$ref refers to "#/$defs/b", which is not in the document`},
		{"a reference to nothing at great length", `{"properties":{"a":{"$ref":"#/` + strings.Repeat("é", 1000) + `"}}}`, `é…", which is not in the document`},
		{"a reference to a list", `{"properties":{"a":{"$ref":"#/$defs"},"b":{"$ref":"#/required"}},"required":["a"]}`, `/required is not a schema`},
		{"a reference to what is no schema", `{"properties":{"a":{"$ref":"#/$defs/a/type"}},"$defs":{"a":{"type":"string"}}}`, `/$defs/a/type is not a schema`},
		{"a reference to itself", `{"properties":{"a":{"$ref":"#/properties/a"}}}`, `/properties/a refers to itself: let it end`},
		{"a circle of references", `{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/c"},"c":{"$ref":"#/$defs/b"}}}`, `/$defs/b refers to itself: let it end`},
		{"a circle of references behind other keywords", `{"$defs":{"a":{"minLength":1,"$ref":"#/$defs/b"},"b":{"anyOf":[{},{"$ref":"#/$defs/a"}]}}}`, `/$defs/a refers to itself for the same value`},
		{"a circle that another schema leads to", `{"$defs":{"a":{"not":{"$ref":"#/$defs/b"}},"b":{"if":{"$ref":"#/$defs/b"},"then":true}}}`, `refers to itself for the same value`},
		{"an anchor that is not there", `{"$defs":{"a":{"$ref":"#b"},"b":{"const":{"$anchor":"b"}}}}`, `/$defs/a/$ref refers to "#b", which is not`},
		{"a format at great length", `{"properties":{"a":{"format":"` + strings.Repeat("a", 1000) + `"}}}`, `a…", which is not understood`},
		{"a byte order mark", "\ufeff{}", `the schema is not JSON: byte 0: expected no byte order mark`},
		{"a name twice", `{"properties":{"a":{},"a":{}}}`, `the schema is not JSON: /properties/a stands twice in its object: keep one`},
		{"properties of the document by pattern", `{"properties":{"a":{}},"patternProperties":{"^b":{}}}`, `the document says something of all events at once, by $ref, allOf, patternProperties or the like: say it in the schema of each`},
		{"properties of the document by a reference", `{"properties":{"a":{}},"$ref":"#/$defs/b","$defs":{"b":{}}}`, `the document says something of all events at once`},
		{"events that are not listed", `{"properties":{"a":{}},"additionalProperties":{"type":"string"}}`, `the document says something of all events at once`},
		{"a keyword of the document that is not understood", `{"properties":{"a":{}},"propertyNames":{"minLength":1}}`, `/propertyNames is a keyword that is not understood`},
		{"a keyword of the document that is misspelt", `{"propertis":{"a":{}},"$defs":{"b":{}}}`, `/propertis is not a keyword: did you mean properties?`},
		{"a keyword of draft 3", `{"properties":{"a":{"divisibleBy":2}}}`, `/properties/a/divisibleBy is a keyword that is not understood: use multipleOf`},
		{"another keyword of draft 3", `{"properties":{"a":{"disallow":["string"]}}}`, `/properties/a/disallow is a keyword that is not understood: use not`},
		{"a third keyword of draft 3", `{"properties":{"a":{"extends":{"type":"string"}}}}`, `/properties/a/extends is a keyword that is not understood: use allOf`},
		{"too many large patterns", `{"properties":{"a":{"patternProperties":{` + many(1100, func(i string) string { return `"^[^` + i + `]{1000}":{}` }) + `}}}}`, `is one pattern too many`},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, err := payload.ParseSchema([]byte(c.document))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want %s", err, c.want)
			}
			if set != nil {
				t.Error("there is a set besides")
			}
		})
	}
}

// No more is told of a document than a person reads.
func TestTheFaultsOfADocumentAreBounded(t *testing.T) {
	long := strings.Repeat(`\"/~`, 10_000)
	_, err := payload.ParseSchema([]byte(`{"properties":{"` + long + `":{"properties":{` + many(1000, func(i string) string {
		return `"` + i + long[:100] + `":{"type":"` + long + `","$ref":"#` + long + `","format":"` + long + `","pattern":"["}`
	}) + `}}}}`))
	if err == nil {
		t.Fatal("there is no error")
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 20 || len(err.Error()) > 20*2048 {
		t.Errorf("%d faults in %d bytes", n, len(err.Error()))
	}
}

// A reference may lead to what stands behind it, through others, by a pointer or
// an anchor, and to where it stands itself.
func TestReferencesLeadToTheirSchemas(t *testing.T) {
	chain := `{"$id":"https://example.com/schema","$defs":{` + many(255, func(i string) string {
		return `"d` + i + `":{"minLength":1,"$ref":"#d` + next(i) + `","$anchor":"d` + i + `"}`
	}) + `,"last":{"$anchor":"d255","$ref":"https://example.com/schema#/$defs/a~1~0%62"},"a/~b":{"$ref":"#/x/0"}},"x":[{"type":"string"}],"properties":{"e":{"$ref":"#d0"},"t":{"items":{"$ref":"#/properties/t"},"type":"array"}}}`
	set, err := payload.ParseSchema([]byte(chain))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ event, data, want string }{
		{"e", `"a"`, ""},
		{"e", `1`, "type"},
		{"e", `""`, "minLength"},
		{"t", `[[[]]]`, ""},
		{"t", `[[[1]]]`, "type"},
	} {
		got := ""
		if issues := set.Validate(c.event, []byte(c.data)); len(issues) > 0 {
			got = issues[0].Keyword
		}
		if got != c.want {
			t.Errorf("%s of %s fails by %q, want %q", c.data, c.event, got, c.want)
		}
	}
	if _, err := payload.ParseSchema([]byte(strings.Replace(chain, `"x":[{`, `"x":[{"not":{},`, 1))); err == nil || !strings.Contains(err.Error(), "256 schemas in a row") {
		t.Errorf("one more in a row: %v", err)
	}
}

// What is wrong is told once, and what a document says of the set of events is
// nothing to a payload.
func TestADocumentThatDescribesAllEvents(t *testing.T) {
	_, err := payload.ParseSchema([]byte(`{"properties":{"a":{"minItems":"1"}}}`))
	if err == nil || err.Error() != "payload: schema: /properties/a/minItems is not a number" {
		t.Errorf("the error is %v", err)
	}
	if _, err := payload.ParseSchema([]byte(`{"type":"object","title":"Events","properties":{"a":{}},"required":["a"],"additionalProperties":false,"$defs":{"b":{}}}`)); err != nil {
		t.Error(err)
	}
}
