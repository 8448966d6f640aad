package payload

import (
	"errors"
	"reflect"

	"amalgam/payload/pattern"
)

// builder makes schemas of Go types. It is the only user of reflection: what it
// leaves behind are nodes, and the validator knows nothing else.
type builder struct {
	errs []error
	// done are the types seen, so that one used twice is built, and complained
	// about, once. A list, because hashing interfaces is dear in the browser.
	done   []typeSchema
	enums  []enumOf
	unions []*unionOf
	nodes  []*node  // all of them, to be made ready in the end
	later  []func() // what waits until all types are built
	custom bool     // some type has a Validate method
}

type typeSchema struct {
	typ    reflect.Type
	schema *node
}

// fail is kept whole, for the size of the browser's module.
//
//go:noinline
func (b *builder) fail(place, problem string) {
	b.errs = append(b.errs, errors.New("payload: "+place+": "+problem))
}

// node returns the schema of t, not to be changed by the caller, who may get it
// before it is whole. place names where t is used, for errors.
func (b *builder) node(t reflect.Type, place string) *node {
	for _, seen := range b.done {
		if seen.typ == t {
			return seen.schema
		}
	}
	n := b.make(0)
	b.done = append(b.done, typeSchema{t, n})
	b.build(n, t, place)
	return n
}

func (b *builder) make(t types) *node {
	n := newNode(t)
	b.nodes = append(b.nodes, n)
	return n
}

// finish makes the nodes ready, once the last type is built.
func (b *builder) finish() error {
	for _, do := range b.later {
		do()
	}
	for _, n := range b.nodes {
		n.ready()
	}
	return errors.Join(b.errs...)
}

func (b *builder) refersBack(place string, t reflect.Type) {
	b.fail(place, "embeds "+t.String()+" in itself: make it a field with a name")
}

// shared reports whether the schema of t is one for all who use it: it may refer
// to itself, and takes no tags of a field but doc.
func shared(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !isTime(t) || t.Kind() == reflect.Interface
}

func isTime(t reflect.Type) bool { return t.PkgPath() == "time" && t.Name() == "Time" }

func isJSON(t reflect.Type, name string) bool {
	return t.PkgPath() == "encoding/json" && t.Name() == name
}

func (b *builder) build(n *node, t reflect.Type, place string) {
	switch {
	case isTime(t):
		n.types, n.format = typeString, formatDateTime
		return
	case isJSON(t, "Number"):
		n.types = typeNumber
		return
	case isJSON(t, "RawMessage"):
		n.types = typeAny
		return
	case t.Kind() != reflect.Pointer && marshalsItself(t):
		b.unsupported(n, place, t, "writes its own JSON or text: use a plain type, such as a string with a format")
		return
	}
	b.custom = b.custom || hasValidate(t)
	if holdsItself(t) {
		n.name = definitionName(t)
	}
	switch kind := t.Kind(); kind {
	case reflect.String:
		n.types = typeString
		b.putEnum(n, t)
	case reflect.Bool:
		n.types = typeBoolean
	case reflect.Float32, reflect.Float64:
		n.types = typeNumber
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n.types = typeInteger
		bounds := integerRange[kind-reflect.Int]
		n.minimum, n.maximum = bound(bounds.least), bound(bounds.most)
		b.putEnum(n, t)
	case reflect.Pointer:
		b.pointer(n, t.Elem(), place)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 && !marshalsItself(t.Elem()) {
			n.types, n.encoding, n.pattern = typeString, "base64", base64
			return
		}
		n.types = typeArray
		n.items = b.node(t.Elem(), place+"[]")
	case reflect.Array:
		n.types = typeArray
		n.minItems, n.maxItems = t.Len(), t.Len()
		n.items = b.node(t.Elem(), place+"[]")
	case reflect.Map:
		n.types = typeObject
		if key := t.Key(); key.Kind() != reflect.String || marshalsItself(key) {
			b.unsupported(n, place, t, "has keys that are not plain strings: use map[string]…")
			return
		}
		n.values = b.node(t.Elem(), place+"[]")
	case reflect.Struct:
		b.object(n, t)
	case reflect.Interface:
		b.union(n, t, place)
	default:
		b.unsupported(n, place, t, "has no form in JSON: use a string, bool, number, struct, slice, array or map")
	}
}

// base64 is how encoding/json writes bytes (RFC 4648 §4).
var base64, _ = pattern.Compile("^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$")

// pointer makes the schema of a pointer: that of what it points to, or null.
func (b *builder) pointer(n *node, t reflect.Type, place string) {
	t = pointee(t) // a pointer to nil is null as well
	switch {
	case shared(t) || holdsItself(t):
		// Told before it is whole, because it may be met again on the way.
		among := []*node{nil, b.make(typeNull)}
		n.types, n.either = typeAny, []alternatives{{keyword: "anyOf", among: among}}
		among[0] = b.node(t, place)
		return
	case composite(t):
		b.build(n, t, place) // not a copy, of what may not be whole yet
	default:
		*n = *b.node(t, place)
	}
	n.orNull()
}

// composite reports whether the schema of t may not be whole when it is used.
func composite(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Pointer:
		return true
	}
	return shared(t)
}

// holdsItself reports whether a type is a list or a map of itself, as
// map[string]Tree is of Tree, without a struct in between.
func holdsItself(t reflect.Type) bool {
	var seen []reflect.Type
	for e := t; composite(e) && !shared(e); {
		e = e.Elem()
		if e == t {
			return t.Name() != ""
		}
		for _, s := range seen {
			if s == e {
				return false // that one does
			}
		}
		seen = append(seen, e)
	}
	return false
}

// orNull allows null besides.
func (n *node) orNull() {
	n.types |= typeNull
	if n.enum != nil && !n.enum.null {
		c := *n.enum
		c.list = append([]string{}, c.list...)
		c.addNull()
		n.enum = &c
	}
}

func (b *builder) failTag(place string, t tag, problem string) {
	b.fail(place, "tag "+t.String()+" "+problem)
}

func (b *builder) unsupported(n *node, place string, t reflect.Type, problem string) {
	b.fail(place, "type "+t.String()+" "+problem)
	n.types = typeAny
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
func (b *builder) object(n *node, t reflect.Type) {
	n.types, n.name = typeObject, definitionName(t)
	fields := b.fields(n, t, nil)
	properties := make([]property, 0, len(fields))
	for i, f := range fields {
		if b.hidden(fields, i) {
			continue
		}
		properties = append(properties, b.field(f))
	}
	n.setProperties(properties)
}

// definitionName is the name of a type without packages: Page[amalgam/x.Item] is
// Page_Item. It is "" for a type that has none.
func definitionName(t reflect.Type) string {
	var name []byte
	word := 0 // where the last word begins
	for _, c := range []byte(t.Name()) {
		switch c {
		case '.', '/':
			name = name[:word] // that was a package
		case '[', ',':
			name = append(name, '_')
			word = len(name)
		case ']', ' ', '*':
		default:
			name = append(name, c)
		}
	}
	return string(name)
}

// field makes the schema of one field: that of its type, with its tags put on.
func (b *builder) field(f *field) property {
	place := f.place()
	t := f.typ
	for f.omitted && t.Kind() == reflect.Pointer {
		t = t.Elem() // a nil pointer is left out, so null is never written
	}
	n := b.node(t, place)
	p := property{name: f.name, required: f.required, node: n}
	if shared(t) || n.either != nil {
		for _, tag := range f.tags {
			if tag.key == tagDoc {
				p.doc = tag.value
			} else {
				b.failTag(place, tag, "does nothing on a field of type "+t.String()+", which takes doc only: remove it")
			}
		}
		return p
	}
	if len(f.tags) == 0 {
		return p
	}
	own := b.make(0)
	*own = *n
	own.name = "" // it is the same no more
	// A list that is being made holds what it holds, and may be null, only later.
	b.later = append(b.later, func() { own.types, own.items, own.values = n.types, n.items, n.values })
	p.node = own
	b.applyTags(own, f)
	p.doc, own.doc = own.doc, ""
	return p
}

func pointee(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func (b *builder) applyTags(n *node, f *field) {
	d := newDraft(n)
	wrong := false
	for _, tag := range f.tags {
		if problem := d.apply(tag); problem != "" {
			b.failTag(f.place(), tag, problem)
			wrong = true
		}
	}
	if problem := d.conflict(); problem != "" && !wrong {
		b.fail(f.place(), "tag "+problem)
	}
}
