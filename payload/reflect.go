package payload

import (
	"errors"
	"reflect"
)

// builder makes schemas of Go types. It is the only user of reflection: what it
// leaves behind are nodes, and the validator knows nothing else.
type builder struct {
	errs []error
	// done are the types seen, so that one used twice is built, and complained
	// about, once. A list, because hashing interfaces is dear in the browser.
	done []typeSchema
}

type typeSchema struct {
	typ    reflect.Type
	schema *node // nil while it is being built
}

// fail is kept whole, for the size of the browser's module.
//
//go:noinline
func (b *builder) fail(place, problem string) {
	b.errs = append(b.errs, errors.New("payload: "+place+": "+problem))
}

// node returns the schema of t, not to be changed by the caller. place names
// where t is used, for errors.
func (b *builder) node(t reflect.Type, place string) *node {
	for _, seen := range b.done {
		if seen.typ != t {
			continue
		}
		if seen.schema == nil {
			b.refersBack(place, t)
			return anything
		}
		return seen.schema
	}
	at := len(b.done)
	b.done = append(b.done, typeSchema{typ: t})
	n := b.build(t, place)
	b.done[at].schema = n
	return n
}

func (b *builder) refersBack(place string, t reflect.Type) {
	b.fail(place, "refers back to "+t.String()+": recursive types are not supported yet")
}

func (b *builder) build(t reflect.Type, place string) *node {
	if t.Kind() != reflect.Pointer && marshalsItself(t) {
		return b.unsupported(place, t, "writes its own JSON or text: use a plain type, such as a string with a format")
	}
	switch kind := t.Kind(); kind {
	case reflect.String:
		if t.PkgPath() == "encoding/json" {
			return b.unsupported(place, t, "is not supported yet: use an integer or a float")
		}
		return newNode(typeString)
	case reflect.Bool:
		return newNode(typeBoolean)
	case reflect.Float32, reflect.Float64:
		return newNode(typeNumber)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n := newNode(typeInteger)
		bounds := integerRange[kind-reflect.Int]
		n.minimum, n.maximum = bound(bounds.least), bound(bounds.most)
		return n
	case reflect.Pointer:
		n := *b.node(t.Elem(), place)
		n.types |= typeNull
		return &n
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return b.unsupported(place, t, "becomes base64, which is not supported yet: use a string")
		}
		n := newNode(typeArray)
		n.items = b.node(t.Elem(), place+"[]")
		return n
	case reflect.Array:
		n := newNode(typeArray)
		n.items = b.node(t.Elem(), place+"[]")
		n.minItems, n.maxItems = t.Len(), t.Len()
		return n
	case reflect.Map:
		if key := t.Key(); key.Kind() != reflect.String || marshalsItself(key) {
			return b.unsupported(place, t, "has keys that are not plain strings: use map[string]…")
		}
		n := newNode(typeObject)
		n.values = b.node(t.Elem(), place+"[]")
		return n
	case reflect.Struct:
		return b.object(t)
	case reflect.Interface:
		return b.unsupported(place, t, "could hold anything: use a type that says what it holds")
	}
	return b.unsupported(place, t, "has no form in JSON: use a string, bool, number, struct, slice, array or map")
}

func (b *builder) failTag(place string, t tag, problem string) {
	b.fail(place, "tag "+t.String()+" "+problem)
}

func (b *builder) unsupported(place string, t reflect.Type, problem string) *node {
	b.fail(place, "type "+t.String()+" "+problem)
	return anything
}

// integerRange is what each Go integer can hold, from reflect.Int on. int, uint
// and uintptr count as 64 bits on every machine, so that all give the same
// verdict.
var integerRange = [...]struct{ least, most string }{
	{"-9223372036854775808", "9223372036854775807"}, // int
	{"-128", "127"},
	{"-32768", "32767"},
	{"-2147483648", "2147483647"},
	{"-9223372036854775808", "9223372036854775807"},
	{"0", "18446744073709551615"}, // uint
	{"0", "255"},
	{"0", "65535"},
	{"0", "4294967295"},
	{"0", "18446744073709551615"},
	{"0", "18446744073709551615"}, // uintptr
}

func bound(text string) *decimal {
	d, _ := parseDecimal(text)
	return &d
}

// object makes the schema of a struct from its fields.
func (b *builder) object(t reflect.Type) *node {
	n := newNode(typeObject)
	fields := b.fields(n, t, nil)
	properties := make([]property, 0, len(fields))
	for i, f := range fields {
		if b.hidden(fields, i) {
			continue
		}
		properties = append(properties, property{f.name, f.required, b.field(f)})
	}
	n.setProperties(properties)
	return n
}

// field makes the schema of one field: that of its type, with its tags put on.
func (b *builder) field(f *field) *node {
	place := f.place()
	t := f.typ
	for f.omitted && t.Kind() == reflect.Pointer {
		t = t.Elem() // a nil pointer is left out, so null is never written
	}
	n := *b.node(t, place)
	d := newDraft(&n)
	wrong := false
	for _, tag := range f.tags {
		if problem := d.apply(tag); problem != "" {
			b.failTag(place, tag, problem)
			wrong = true
		}
	}
	if problem := d.conflict(); problem != "" && !wrong {
		b.fail(place, "tag "+problem)
	}
	return &n
}
