package payload_test

import (
	"strconv"
	"strings"
	"testing"

	"amalgam/payload"
)

// Here the schema of event e grows together with the data, but where a schema
// of its own has to judge each value: what a schema has many of is looked up.
func TestJudgingTakesLinearTime(t *testing.T) {
	str := func(i string) string { return `"` + i + `"` }
	empty := func(i string) string { return `"` + i + `":{}` }
	zero := func(i string) string { return `"` + i + `":0` }
	list := func(n int, of func(i string) string) string { return `[` + many(n, of) + `]` }
	for _, c := range []struct {
		name  string
		size  int
		fault string // the keyword of the first issue, "" where the data holds
		of    func(n int) (schema, data string)
	}{
		{"strings of a large enum", 4000, "", func(n int) (string, string) {
			return `{"items":{"enum":` + list(n, str) + `}}`, list(n, str)
		}},
		{"strings of a large enum, one schema of several", 4000, "", func(n int) (string, string) {
			return `{"allOf":[{"items":{"enum":` + list(n, str) + `}}]}`, list(n, str)
		}},
		{"numbers of a large enum", 4000, "", func(n int) (string, string) {
			return `{"items":{"enum":` + list(n, func(i string) string { return `1` + i + `.5` }) + `}}`, list(n, func(i string) string { return `1` + i + `5e-1` })
		}},
		{"objects of a large enum", 4000, "", func(n int) (string, string) {
			of := func(i string) string { return `{"a":` + i + `,"b":0}` }
			return `{"items":{"enum":` + list(n, of) + `}}`, list(n, of)
		}},
		{"items that are all different", 4000, "", func(n int) (string, string) {
			return `{"uniqueItems":true}`, list(n, func(i string) string { return `{"b":` + i + `,"a":[` + i + `]}` })
		}},
		{"an item of many members, in the order of no alphabet", 4000, "", func(n int) (string, string) {
			return `{"uniqueItems":true}`, `[{` + many(n, func(i string) string { return `"` + reverse(i) + `x":0` }) + `}]`
		}},
		{"many names with escapes", 2000, "", func(n int) (string, string) {
			return `{"properties":{` + many(n, func(i string) string { return `"a` + i + `":{}` }) + `}}`, `{` + many(n, func(i string) string { return `"\u0061` + i + `":0` }) + `}`
		}},
		{"many names in the wrong order", 2000, "", func(n int) (string, string) {
			return `{"properties":{` + many(n, func(i string) string { return `"` + reverse(i) + `x":{}` }) + `}}`, `{` + many(n, func(i string) string { return `"` + i + `x":0` }) + `}`
		}},
		{"many required names, none there", 4000, "required", func(n int) (string, string) {
			return `{"required":` + list(n, str) + `}`, `{}`
		}},
		{"many values, in one of which everything is missing", 4000, "", func(n int) (string, string) {
			return `{"items":{"anyOf":[{"type":"object","minProperties":1,"required":` + list(n, str) + `},true]}}`, `[` + strings.Repeat(`[],`, n) + `{}]`
		}},
		{"one value that may be any of many things", 1000, "", func(n int) (string, string) {
			return `{"anyOf":` + list(n, func(i string) string { return `{"const":` + i + `}` }) + `}`, strconv.Itoa(n - 1)
		}},
		{"one value that has to be many things", 1000, "", func(n int) (string, string) {
			return `{"allOf":` + list(n, func(i string) string { return `{"minLength":` + i + `}` }) + `}`, `0`
		}},
		{"one item that may be any of many things", 1000, "", func(n int) (string, string) {
			return `{"anyOf":` + list(n, func(i string) string { return `{"items":{"const":` + i + `}}` }) + `}`, `[` + strconv.Itoa(n-1) + `]`
		}},
		{"one property that may be any of many things", 1000, "", func(n int) (string, string) {
			return `{"anyOf":` + list(n, func(i string) string { return `{"properties":{"a":{"const":` + i + `}}}` }) + `}`, `{"a":` + strconv.Itoa(n-1) + `}`
		}},
		{"values inside of each other that may be two things, over and over", 6, "", func(n int) (string, string) {
			return `{"anyOf":[{"properties":{"a":{"$ref":"#/properties/e"}},"required":["z"]},{"properties":{"a":{"$ref":"#/properties/e"}},"maxProperties":1}]}`, strings.Repeat(`{"a":`, 2*n) + `0` + strings.Repeat(`}`, 2*n)
		}},
		{"values inside of each other that are none of two things, over and over", 6, "anyOf", func(n int) (string, string) {
			return `{"anyOf":[{"properties":{"a":{"$ref":"#/properties/e"}},"type":"object"},{"properties":{"a":{"$ref":"#/properties/e"}},"type":"object","maxProperties":1}]}`, strings.Repeat(`{"a":`, 2*n) + `0` + strings.Repeat(`}`, 2*n)
		}},
		{"values inside of each other that hold to two things, over and over", 6, "oneOf", func(n int) (string, string) {
			return `{"oneOf":[{"properties":{"a":{"$ref":"#/properties/e"}}},{"properties":{"a":{"$ref":"#/properties/e"}}}]}`, strings.Repeat(`{"a":`, 2*n) + `0` + strings.Repeat(`}`, 2*n)
		}},
		{"what if and then say of what is inside, over and over", 15, "type", func(n int) (string, string) {
			again := `{"$ref":"#/properties/e"}`
			return `{"type":"object","properties":{"a":` + again + `},"if":{"type":"object"},"then":{"properties":{"a":` + again + `}}}`, strings.Repeat(`{"a":`, n) + `0` + strings.Repeat(`}`, n)
		}},
		{"what a choice is made by, last in each of many objects", 2000, "", func(n int) (string, string) {
			again := `"properties":{"a":{"items":{"$ref":"#/properties/e"}},"kind":{"const":"%"}}`
			one := func(kind string) string {
				return `{"type":"object","required":["kind"],` + strings.Replace(again, "%", kind, 1) + `}`
			}
			return `{"oneOf":[` + one("x") + `,` + one("y") + `]}`, strings.Repeat(`{"a":[`, 30) + many(n, func(string) string { return `{"a":[],"kind":"x"}` }) + strings.Repeat(`],"kind":"y"}`, 30)
		}},
		{"a long string by a pattern with many ways", 2000, "pattern", func(n int) (string, string) {
			return `{"pattern":"^(?:(?:a*)*|(?:aa|a){1,9})*$"}`, `"` + strings.Repeat("a", n) + `b"`
		}},
		{"many strings by a large pattern that they do not match", 1000, "", func(n int) (string, string) {
			return `{"items":{"anyOf":[{"pattern":"^[` + strings.Repeat("b", n) + `]{30}$"},true]}}`, list(n, func(string) string { return `"` + strings.Repeat("a", 40) + `"` })
		}},
		{"many names by a pattern", 2000, "", func(n int) (string, string) {
			return `{"patternProperties":{"^[0-9]+$":{"type":"integer"}}}`, `{` + many(n, zero) + `}`
		}},
		{"many objects of few members by a schema of many", 500, "", func(n int) (string, string) {
			return `{"items":{"properties":{` + many(n, empty) + `}}}`, list(n, func(i string) string { return `{"` + i + `":0}` })
		}},
		{"many objects of few members by a schema of many, one schema of several", 500, "", func(n int) (string, string) {
			return `{"items":{"allOf":[{"properties":{` + many(n, empty) + `}}]}}`, list(n, func(i string) string { return `{"` + i + `":0}` })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			growth(t, c.size, func(n int) func() {
				schema, text := c.of(n)
				set, err := payload.ParseSchema([]byte(`{"properties":{"e":` + schema + `}}`))
				if err != nil {
					t.Fatal(err)
				}
				data := []byte(text)
				return func() {
					issues := set.Validate("e", data)
					if (c.fault == "") != (issues == nil) || c.fault != "" && issues[0].Keyword != c.fault {
						t.Fatalf("%d issues, the first %v, want %q", len(issues), issues[:min(1, len(issues))], c.fault)
					}
					if size := len(payload.AppendIssues(nil, issues)); len(issues) > 64 || size > 64*1024 {
						t.Fatalf("%d issues of %d bytes", len(issues), size)
					}
				}
			})
		})
	}
}

func reverse(s string) string {
	b := []byte(s)
	for i := range len(b) / 2 {
		b[i], b[len(b)-1-i] = b[len(b)-1-i], b[i]
	}
	return string(b)
}
