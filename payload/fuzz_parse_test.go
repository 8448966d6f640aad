package payload_test

import (
	"encoding/json"
	"testing"

	"amalgam/payload"
)

// FuzzSchemaAndData reads any bytes as a document and judges any bytes by it:
// nothing panics, what is not JSON never holds, and a document that was read is
// written so that it reads the same.
func FuzzSchemaAndData(f *testing.F) {
	set := threads(f)
	for _, d := range documents {
		f.Add(set.JSONSchema(), []byte(d.data))
	}
	for _, schema := range []string{
		`{"properties":{"thread":{"if":{"type":"object"},"then":{"required":["a"]},"else":{"not":{"enum":[1,"a",null,[{}]]}}}}}`,
		`{"$defs":{"thread":{"oneOf":[{"$ref":"#/$defs/a"},{"const":{"b":[1.0]}}],"patternProperties":{"^x":false}},"a":{"prefixItems":[true,{}],"items":false,"uniqueItems":true}}}`,
		`{"properties":{"thread":{"$ref":"#/properties/thread"}}}`,
		`{"properties":{"thread":{"allOf":[{"$ref":"#/properties/thread"}]}}}`,
		`{"properties":{"\\":{"type":"x"},"thread":{"$ref":"#/x/0/~1%22"}},"x":[{"/\"":{"$anchor":"a","items":{"$ref":"#a"}}}]}`,
		`{"$defs":{"thread":{"oneOf":[{"$ref":"#/$defs/a"},{"$ref":"#b"}]},"a":{"type":"object","properties":{"kind":{"enum":["a","\u0062"]}},"required":["kind"]},"b":{"$anchor":"b","type":"object","required":["kind"],"properties":{"kind":{"const":"c"}}}}}`,
	} {
		f.Add([]byte(schema), []byte(`{"kind":"a","x":[1,1.0,"\u0061"]}`))
	}
	f.Fuzz(func(t *testing.T, schema, data []byte) {
		set, err := payload.ParseSchema(schema)
		if err != nil {
			return
		}
		written := set.JSONSchema()
		again, err := payload.ParseSchema(written)
		if err != nil {
			t.Fatalf("%s\nis written as\n%s\nwhich is refused: %v", schema, written, err)
		}
		for i := range set.Names() {
			issues, same := set.ValidateAt(i, data), again.ValidateAt(i, data)
			if len(issues) == 0 && !json.Valid(data) {
				t.Errorf("%q is not JSON and holds to %s", data, schema)
			}
			if (len(issues) == 0) != (len(same) == 0) {
				t.Errorf("%s: %v by\n%s\nand %v by\n%s", data, issues, schema, same, written)
			}
		}
	})
}
