package payload_test

import (
	"encoding/json"
	"strings"
	"testing"

	"amalgam/payload"
)

func TestJSONSchemaSaysEachConstraint(t *testing.T) {
	set := payload.MustSet(payload.Event[constrained](`a "quoted" event`), payload.Event[embedding]("b"))
	data := set.JSONSchema()
	if string(data) != string(set.JSONSchema()) {
		t.Error("two calls differ")
	}
	var document struct {
		Schema     string                     `json:"$schema"`
		Properties map[string]json.RawMessage `json:"properties"`
		Defs       map[string]json.RawMessage `json:"$defs"`
	}
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	if document.Schema != "https://json-schema.org/draft/2020-12/schema" || len(document.Properties) != 2 || !strings.Contains(string(document.Properties["b"]), `"#/$defs/embedding"`) {
		t.Errorf("%s", data)
	}
	var schema struct {
		Type       string
		Properties map[string]json.RawMessage
		Required   []string
	}
	if err := json.Unmarshal(document.Defs["constrained"], &schema); err != nil {
		t.Fatal(err)
	}
	if schema.Type != "object" || schema.Required != nil {
		t.Errorf("type %s, required %v", schema.Type, schema.Required)
	}
	for name, want := range map[string]string{
		"small":    `{"type":"integer","minimum":-5,"maximum":127}`,
		"count":    `{"type":"integer","minimum":0,"maximum":18446744073709551615}`,
		"score":    `{"type":"number","minimum":-0.5,"maximum":1e2}`,
		"code":     `{"type":"integer","enum":[1,20,300],"minimum":-9223372036854775808,"maximum":9223372036854775807}`,
		"ratio":    `{"type":"number","enum":[0.5,1]}`,
		"ok":       `{"type":"boolean"}`,
		"slug":     `{"type":"string","pattern":"^[a-z]+(-[a-z]+)*$"}`,
		"uuid":     `{"type":"string","format":"uuid"}`,
		"tags":     `{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":2}`,
		"labels":   `{"type":"object","additionalProperties":{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807}}`,
		"maybe":    `{"type":["string","null"],"minLength":1}`,
		"level":    `{"type":["string","null"],"enum":["low","high",null]}`,
		"deep":     `{"type":"object","additionalProperties":{"type":"array","items":{"type":"boolean"}}}`,
		"pointers": `{"type":"array","items":{"type":["integer","null"],"minimum":-9223372036854775808,"maximum":9223372036854775807}}`,
	} {
		if got := strings.Join(strings.Fields(string(schema.Properties[name])), ""); got != want {
			t.Errorf("%s\n got %s\nwant %s", name, got, want)
		}
	}
	if err := json.Unmarshal(document.Defs["embedding"], &schema); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(schema.Required, " "), "Kind shown Word named id"; got != want {
		t.Errorf("required %s, want %s", got, want)
	}
}

func TestASetOfNothingIsASchemaToo(t *testing.T) {
	if got, want := string(payload.MustSet().JSONSchema()), "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"type\": \"object\",\n  \"properties\": {}\n}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
