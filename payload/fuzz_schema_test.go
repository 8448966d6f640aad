package payload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// FuzzAgainstAnotherValidator makes schemas and documents of a seed, and holds
// our verdict against that of another validator.
func FuzzAgainstAnotherValidator(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		for _, one := range disagreements(seed, 20) {
			t.Error(one)
		}
	})
}

func TestAnotherValidatorAgrees(t *testing.T) {
	schemas := 3000
	if testing.Short() {
		schemas = 300
	}
	for seed := range uint64(schemas) {
		for _, one := range disagreements(seed, 10) {
			t.Error(one)
		}
	}
}

// disagreements makes one schema and some documents.
func disagreements(seed uint64, documents int) (list []string) {
	m := maker{rand.New(rand.NewPCG(seed, 1)), 0}
	schema := m.document()
	text, err := json.Marshal(schema)
	if err != nil {
		return []string{err.Error()}
	}
	ours, err := parseOne(text)
	if err != nil {
		if strings.Contains(err.Error(), "refers to itself") {
			return nil // the other one goes round in circles
		}
		return []string{fmt.Sprintf("%s: %v", text, err)}
	}
	theirs, err := otherValidator(text)
	if err != nil {
		return []string{fmt.Sprintf("%s: the other validator: %v", text, err)}
	}
	for range documents {
		data, err := json.Marshal(m.like(schema, schema, 8))
		if err != nil {
			return []string{err.Error()}
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			return []string{err.Error()}
		}
		issues, other := validate(ours, data), theirs.Validate(value)
		if (len(issues) == 0) != (other == nil) {
			list = append(list, fmt.Sprintf("seed %d: %s by %s: we say %v, the other says %v", seed, data, text, issues, other))
		}
	}
	return list
}

func otherValidator(schema []byte) (*jsonschema.Schema, error) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:///schema.json", value); err != nil {
		return nil, err
	}
	return c.Compile("mem:///schema.json")
}

// maker makes schemas and documents of few names, strings and numbers, so that
// they often meet.
type maker struct {
	*rand.Rand
	defs int
}

func (m *maker) one(of ...any) any { return of[m.IntN(len(of))] }

func (m *maker) name() string { return m.one("a", "b", "c", "ab").(string) }

func (m *maker) document() map[string]any {
	m.defs = m.IntN(3)
	schema := m.object(3 + m.IntN(3))
	defs := map[string]any{}
	for i := range m.defs {
		defs[fmt.Sprint("d", i)] = m.schema(2)
	}
	schema["$defs"] = defs
	return schema
}

func (m *maker) schema(depth int) any {
	if m.IntN(12) == 0 {
		return m.IntN(3) > 0
	}
	return m.object(depth)
}

func (m *maker) list(depth int) []any {
	list := make([]any, 1+m.IntN(3))
	for i := range list {
		list[i] = m.schema(depth)
	}
	return list
}

func (m *maker) schemas(depth int, names ...string) map[string]any {
	all := map[string]any{}
	for range 1 + m.IntN(2) {
		all[names[m.IntN(len(names))]] = m.schema(depth)
	}
	return all
}

func (m *maker) types() any {
	names := []any{"string", "integer", "number", "boolean", "array", "object", "null"}
	if m.IntN(3) > 0 {
		return m.one(names...)
	}
	m.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names[:1+m.IntN(3)]
}

func (m *maker) object(depth int) map[string]any {
	s := map[string]any{}
	if m.IntN(2) == 0 {
		s["type"] = m.types()
	}
	for range 1 + m.IntN(3) {
		m.keyword(s, depth-1)
	}
	return s
}

func (m *maker) keyword(s map[string]any, depth int) {
	simple := []func(){
		func() { s["enum"] = []any{m.value(1), m.value(1), m.value(0)} },
		func() { s["const"] = m.value(2) },
		func() { s["minLength"] = m.IntN(3) },
		func() { s["maxLength"] = m.IntN(4) },
		func() { s["pattern"] = m.one("^a", "b$", "[ab]+", "") },
		func() { s["minimum"] = m.number() },
		func() { s["maximum"] = m.number() },
		func() { s["exclusiveMinimum"] = m.number() },
		func() { s["exclusiveMaximum"] = m.number() },
		func() { s["multipleOf"] = m.one(1, 2, 0.5, 0.25, json.Number("1e1")) },
		func() { s["minItems"] = m.IntN(3) },
		func() { s["maxItems"] = m.IntN(3) },
		func() { s["uniqueItems"] = m.IntN(4) > 0 },
		func() { s["minProperties"] = m.IntN(3) },
		func() { s["maxProperties"] = m.IntN(3) },
		func() { s["required"] = []any{m.name()} },
	}
	if depth <= 0 {
		simple[m.IntN(len(simple))]()
		return
	}
	deep := []func(){
		func() { s["properties"] = m.schemas(depth, "a", "b", "c", "ab") },
		func() { s["patternProperties"] = m.schemas(depth, "a", "^b", "b$") },
		func() { s["additionalProperties"] = m.schema(depth) },
		func() { s["items"] = m.schema(depth) },
		func() { s["prefixItems"] = m.list(depth) },
		func() { s["allOf"] = m.list(depth) },
		func() { s["anyOf"] = m.list(depth) },
		func() { s["oneOf"] = m.list(depth) },
		func() { s["not"] = m.schema(depth) },
		func() { s["if"], s["then"] = m.schema(depth), m.schema(depth) },
		func() { s["if"], s["else"] = m.schema(depth), m.schema(depth) },
		func() { s["oneOf"] = []any{m.tagged(depth, "a"), m.tagged(depth, "b")} },
		func() {
			if m.defs > 0 {
				s["$ref"] = fmt.Sprint("#/$defs/d", m.IntN(m.defs))
			}
		},
		func() { s["properties"] = map[string]any{m.name(): map[string]any{"$ref": "#"}} },
	}
	if m.IntN(2) == 0 {
		simple = nil // schemas in each other are what is hard
	}
	all := append(deep, simple...)
	all[m.IntN(len(all))]()
}

// like makes a value that has what the schema speaks of, where that is a part of
// root: what is made without looking seldom gets to what lies deep.
func (m *maker) like(root map[string]any, schema any, depth int) any {
	s, ok := schema.(map[string]any)
	if !ok || depth == 0 || m.IntN(8) == 0 {
		return m.value(2)
	}
	var ways []func() any
	if v, ok := s["const"]; ok {
		ways = append(ways, func() any { return v })
	}
	for _, keyword := range []string{"properties", "items", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "additionalProperties", "prefixItems", "$ref"} {
		switch sub := s[keyword].(type) {
		case map[string]any:
			ways = append(ways, func() any { return m.likeOne(root, keyword, sub, depth-1) })
		case []any:
			ways = append(ways, func() any { return m.likeOne(root, keyword, sub[m.IntN(len(sub))], depth-1) })
		case string:
			if name, ok := strings.CutPrefix(sub, "#/$defs/"); ok && keyword == "$ref" {
				ways = append(ways, func() any { return m.like(root, root["$defs"].(map[string]any)[name], depth-1) })
			}
		}
	}
	if len(ways) == 0 {
		return m.value(2)
	}
	return ways[m.IntN(len(ways))]()
}

func (m *maker) likeOne(root map[string]any, keyword string, sub any, depth int) any {
	switch keyword {
	case "properties":
		all := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(sub.(map[string]any))) {
			if m.IntN(4) > 0 {
				all[name] = m.like(root, sub.(map[string]any)[name], depth)
			}
		}
		return all
	case "additionalProperties":
		return map[string]any{m.name(): m.like(root, sub, depth)}
	case "items", "prefixItems":
		list := make([]any, 1+m.IntN(2))
		for i := range list {
			list[i] = m.like(root, sub, depth)
		}
		return list
	}
	return m.like(root, sub, depth)
}

func (m *maker) tagged(depth int, tag string) map[string]any {
	return map[string]any{"type": "object", "required": []any{"a"}, "properties": map[string]any{"a": map[string]any{"const": tag}, "b": m.schema(depth)}}
}

func (m *maker) number() any {
	return m.one(-1, 0, 1, 2, 0.5, json.Number("1.0"), json.Number("1e1"), 3)
}

func (m *maker) value(depth int) any {
	kinds := 5
	if depth > 0 {
		kinds = 9
	}
	switch m.IntN(kinds) {
	case 0:
		return nil
	case 1:
		return m.IntN(2) == 0
	case 2:
		return m.number()
	case 3, 4:
		return m.one("", "a", "b", "ab", "é", "a\"b")
	case 5, 6:
		list := make([]any, m.IntN(4))
		for i := range list {
			list[i] = m.value(depth - 1)
		}
		return list
	}
	all := map[string]any{}
	for range m.IntN(4) {
		all[m.name()] = m.value(depth - 1)
	}
	return all
}
