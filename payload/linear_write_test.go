package payload_test

import (
	"strconv"
	"testing"

	"amalgam/payload"
)

// A document may say much in few bytes, by references: what is written of it must
// not be longer than that.
func TestWritingADocumentTakesLinearTime(t *testing.T) {
	for _, c := range []struct {
		name string
		size int
		of   func(n int) string
	}{
		{"many definitions, each used twice", 1000, func(n int) string {
			return `{"properties":{` + many(n, func(i string) string {
				return `"` + i + `":{"items":{"$ref":"#/$defs/` + i + `"},"additionalProperties":{"$ref":"#/$defs/` + i + `"}}`
			}) +
				`},"$defs":{` + many(n, func(i string) string { return `"` + i + `":{"type":"string"}` }) + `}}`
		}},
		{"definitions that lead from one to the next", 1000, func(n int) string {
			return `{"properties":{"e":{"$ref":"#/$defs/0"}},"$defs":{` + many(n, func(i string) string { return `"` + i + `":{"items":{"$ref":"#/$defs/` + next(i) + `"}}` }) + `,"` + strconv.Itoa(n) + `":{}}}`
		}},
		{"schemas without a name that lead from one to the next", 500, func(n int) string {
			return `{"properties":{"e":{"$ref":"#/x/0"}},"x":[` + many(n, func(i string) string { return `{"items":{"$ref":"#/x/` + next(i) + `"}}` }) + `,{}]}`
		}},
		{"schemas without a name, each used twice by the one before", 5, func(n int) string {
			return `{"properties":{"e":{"$ref":"#/x/0"}},"x":[` + many(n, func(i string) string {
				return `{"prefixItems":[{"$ref":"#/x/` + next(i) + `"},{"$ref":"#/x/` + next(i) + `"}]}`
			}) + `,{}]}`
		}},
		{"schemas of one name", 500, func(n int) string {
			return `{"properties":{` + many(n, func(i string) string { return `"` + i + `":{"$ref":"#/x/` + i + `/a"}` }) + `},"x":[` + many(n, func(i string) string { return `{"a":{"maxLength":` + i + `}}` }) + `]}`
		}},
		{"schemas of one name, many of which have that name with a number", 500, func(n int) string {
			return `{"properties":{` + many(n, func(i string) string {
				return `"` + i + `":{"$ref":"#/$defs/a` + i + `"},"x` + i + `":{"$ref":"#/x/` + i + `/a"}`
			}) +
				`},"$defs":{` + many(n, func(i string) string { return `"a` + i + `":{"type":"string"}` }) + `},"x":[` + many(n, func(i string) string { return `{"a":{"maxLength":` + i + `}}` }) + `]}`
		}},
		{"one schema that is used by many events", 1000, func(n int) string {
			return `{"properties":{` + many(n, func(i string) string { return `"` + i + `":{"$ref":"#/properties/e"}` }) + `,"e":{"items":{"$ref":"#"},"enum":[` + many(n, func(i string) string { return i }) + `]}}}`
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			growth(t, c.size, func(n int) func() {
				text := c.of(n)
				set, err := payload.ParseSchema([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				return func() {
					written := set.JSONSchema()
					if len(written) > 5*len(text)+10_000 {
						t.Fatalf("%d bytes of document are written in %d", len(text), len(written))
					}
					again, err := payload.ParseSchema(written)
					if err != nil {
						t.Fatal(err)
					}
					if string(again.JSONSchema()) != string(written) {
						t.Fatal("read and written again, the document differs")
					}
				}
			})
		})
	}
}
