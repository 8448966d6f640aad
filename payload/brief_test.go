package payload

import (
	"fmt"
	"slices"
	"testing"
)

// briefSchemas judge what brief may settle, at the edges of it.
var briefSchemas = []string{
	`{}`,
	`{"type":"string"}`,
	`{"type":"string","minLength":2,"maxLength":3}`,
	`{"enum":["ab","","back",1,2.5,null]}`,
	`{"type":["string","null"],"enum":["a"]}`,
	`{"const":"ab"}`,
	`{"type":"string","pattern":"^a"}`,
	`{"type":"string","format":"date"}`,
	`{"type":"number"}`,
	`{"type":"integer"}`,
	`{"type":"integer","minimum":-2,"maximum":2}`,
	`{"type":"number","minimum":-2,"maximum":2}`,
	`{"type":"number","exclusiveMinimum":-2,"exclusiveMaximum":2}`,
	`{"type":"number","exclusiveMinimum":0}`,
	`{"type":"number","exclusiveMaximum":0}`,
	`{"type":"number","minimum":0,"maximum":0}`,
	`{"type":"number","minimum":-1.5,"maximum":1e2}`,
	`{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807}`,
	`{"type":"integer","minimum":9223372036854775807}`,
	`{"type":"integer","maximum":-9223372036854775808}`,
	`{"type":"integer","minimum":999999999999999999,"maximum":999999999999999999}`,
	`{"type":"number","multipleOf":2}`,
	`{"type":["integer","string"],"minimum":1,"maxLength":1}`,
	`{"type":"boolean"}`,
	`{"type":"object","properties":{"a":{"type":"integer","minimum":1},"b":{"type":"string","maxLength":1},"c":true,"d\"":{"type":"null"}},"required":["a","b"]}`,
	`{"type":"object","properties":{"a":{"enum":["x"]},"b":{"type":"object","properties":{"c":{"type":"string"}},"required":["c"]}},"additionalProperties":{"maximum":2},"maxProperties":2,"minProperties":1}`,
	`{"type":"array","items":{"type":"integer","maximum":3},"maxItems":2,"uniqueItems":true}`,
}

var briefValues = []string{
	``, `"`, `""`, `"a"`, `"ab"`, `"abcd"`, `"back"`, `"\u0061b"`, `"é"`, `"éé"`, `"éééé"`, `"ab`, "\"a\tb\"", "\"a\xffb\"", `"2026-01-02"`,
	`"exactly8"`, `"seven 7"`, `"quote at the edge of a word"`, `"sixteen and more"`, `"a backslash \\ late"`, "\"a control\x01\"", "\"not \xc0 UTF-8\"",
	`0`, `-0`, `-0.0`, `0.0`, `00`, `-`, `-01`, `1`, `1.`, `1.0`, `1.5`, `-1.5`, `-1.0`, `-2`, `-2.0`, `-2.5`, `2`, `2.0`, `2.00001`, `1.99999`, `3`, `0.5`, `-0.5`, `1e0`, `1e400`, `1.5E1`, `-1e-400`, `1.2.3`, `1a`,
	`999999999999999999`, `-999999999999999999`, `999999999999999999.5`, `1000000000000000000`, `-9223372036854775808`, `-9223372036854775809`, `9223372036854775807`, `9223372036854775808`, `18446744073709551617`,
	`{}`, `{ }`, `{"a":1,"b":"x"}`, `{"a":1,"b":"x"`, `{"a":1,"b":"x",}`, `{"a":1,"b":"x", }`, `{"a":1,"b":"x" ,"c":[]}`, `{"a":0,"b":"xy"}`, `{"b":"x","a":1}`, `{"a":1,"a":1,"b":"x"}`, `{"a":1,"b":"x","b":"x"}`,
	`{ "a" : 1 , "b" : "x" }`, `{"a":1,"b":"x","d\"":null}`, `{"a":"x","b":{"c":"y"}}`, `{"a":"x","b":{"c":1},"e":3}`, `{"a":"x","b":{}}`, `{"a":"x","b":{"c":"y"},"e":2}`, `{"a"}`, `{"a":}`, `{"a":1 "b"}`, `{"a":1,b}`, `{"\u0061":1,"b":"x"}`, `{"a":1;"b":"x"}`,
	`[]`, `[1]`, `[1,2]`, `[1,1]`, `[1,4]`, `[1, 2]`, `[1,]`, `[1,2,3]`, `[1;2]`, `true`, `null`,
}

// without returns the same schema for a validator that has no shortcuts.
func without(n *node, made map[*node]*node) *node {
	if n == nil || made[n] != nil {
		return made[n]
	}
	c := *n
	made[n] = &c
	c.brief = brief{}
	c.items, c.values = without(n.items, made), without(n.values, made)
	c.properties = slices.Clone(n.properties)
	for i := range c.properties {
		c.properties[i].written = ""
		c.properties[i].node = without(n.properties[i].node, made)
	}
	return &c
}

// briefSame compares both ways to judge a value, as an item: the outermost value
// of a payload has no shortcut.
func briefSame(t *testing.T, schema string, n *node, data []byte) {
	data = slices.Concat([]byte{'['}, data, []byte{']'})
	n = &node{types: typeArray, maxItems: -1, items: n}
	slow := validate(without(n, map[*node]*node{nil: nil}), data)
	if quick := validate(n, data); !slices.Equal(quick, slow) {
		t.Errorf("%s by %s: %v, and %v without shortcuts", data, schema, quick, slow)
	}
}

func briefNode(t testing.TB, schema string) *node {
	set, err := ParseSchema(fmt.Appendf(nil, `{"properties":{"e":%s}}`, schema))
	if err != nil {
		t.Fatal(err)
	}
	return set.events[0].schema
}

func TestShortcutsChangeNoVerdict(t *testing.T) {
	settled := 0
	for _, schema := range briefSchemas {
		n := briefNode(t, schema)
		for _, value := range briefValues {
			briefSame(t, schema, n, []byte(value))
			v := validator{data: []byte(value)}
			if end := v.brief(0, n); end != unsettled {
				settled++
			}
		}
	}
	if settled < 100 {
		t.Errorf("only %d values are settled in short: this test says little", settled)
	}
}

func FuzzShortcutsChangeNoVerdict(f *testing.F) {
	nodes := make([]*node, len(briefSchemas))
	for i, schema := range briefSchemas {
		nodes[i] = briefNode(f, schema)
		for _, value := range briefValues {
			f.Add(uint8(i), []byte(value))
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, data []byte) {
		at := int(i) % len(nodes)
		briefSame(t, briefSchemas[at], nodes[at], data)
	})
}
