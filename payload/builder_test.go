package payload

import (
	"reflect"
	"strings"
	"testing"
)

// These declarations are ones go vet would not let stand in a file.
func TestTagsThatGoVetWouldRefuseAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		tags       []reflect.StructTag
	}{
		{"a tag without quotes", `.A: tag is not a list of key:"value" parted by spaces, at "minLength:1"`, []reflect.StructTag{`minLength:1`}},
		{"a tag without a colon", `at "minLength"`, []reflect.StructTag{`json:"a" minLength`}},
		{"a tag with a space behind its colon", `at "minLength: \"1\""`, []reflect.StructTag{`minLength: "1"`}},
		{"a long tag is not told whole", `at "maximum_length_of_the_st…"`, []reflect.StructTag{`maximum_length_of_the_string=12`}},
		{"a tag without its closing quote", `.A: tag minLength has a value without a closing quote`, []reflect.StructTag{`minLength:"1`}},
		{"a tag that ends in a backslash", `.A: tag minLength has a value without a closing quote`, []reflect.StructTag{`minLength:"1\`}},
		{"a tag with an escape that JSON does not know", `.A: tag pattern has a value with an escape or a character that a JSON string cannot have`, []reflect.StructTag{`pattern:"\d"`}},
		{"a tag with half of a surrogate pair", `.A: tag enum has a value with an escape`, []reflect.StructTag{`enum:"\ud83d"`}},
		{"a name twice in one struct", `.B: has the name "x" of `, []reflect.StructTag{`json:"x"`, `json:"x"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var fields []reflect.StructField
			for i, tag := range c.tags {
				fields = append(fields, reflect.StructField{Name: "AB"[i : i+1], Type: reflect.TypeFor[string](), Tag: tag})
			}
			b := &builder{}
			b.node(reflect.StructOf(fields), "e")
			if len(b.errs) != 1 || !strings.Contains(b.errs[0].Error(), c.want) {
				t.Errorf("got %v, want %s", b.errs, c.want)
			}
		})
	}
}

// FuzzTagsAgreeWithReflect holds the reading of tags against
// reflect.StructTag, which is more forgiving.
func FuzzTagsAgreeWithReflect(f *testing.F) {
	for _, seed := range []string{``, `json:"a,omitempty" minLength:"1"`, `pattern:"\\d\"\u00e9" xml:"a b"`, ` doc:"é" `, `doc:"`, `a b`, `enum:"a""b"`, `doc:"a"json:"b"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		tags, problem := readTags(raw)
		for _, tag := range tags {
			value, ok := reflect.StructTag(raw).Lookup(tag.key)
			switch {
			case !isOurTag(tag.key):
			case !ok && problem == "" && !strings.Contains(raw, `\/`):
				t.Errorf("%q: reflect finds no %s", raw, tag.key)
			case ok && value != tag.value:
				t.Errorf("%q: %s is %q, and reflect says %q", raw, tag.key, tag.value, value)
			}
			_ = unknownTag(tag.key)
		}
		if value, ok := reflect.StructTag(raw).Lookup("doc"); ok && problem == "" {
			for _, tag := range tags {
				if tag.key == "doc" {
					return
				}
			}
			t.Errorf("%q: reflect finds doc:%q", raw, value)
		}
	})
}
