//go:build !js

package payload

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
)

type (
	jsonMarshaler interface{ MarshalJSON() ([]byte, error) }
	textMarshaler interface{ MarshalText() ([]byte, error) }
)

// marshalsItself reports whether t has a say in how encoding/json writes it, so
// that its fields do not tell.
//
// This, as all in this file, is asked of the same declarations in the hub and in
// every test, and so not again in the browser, where the answer costs 16 KB.
func marshalsItself(t reflect.Type) bool {
	if t.Kind() == reflect.Interface {
		return false
	}
	p := reflect.PointerTo(t) // has the methods of t as well
	return p.Implements(reflect.TypeFor[jsonMarshaler]()) || p.Implements(reflect.TypeFor[textMarshaler]())
}

// implements reports whether a value of t, or a pointer to one, can stand in
// the interface.
func implements(t, in reflect.Type) bool { return reflect.PointerTo(t).Implements(in) }

// checkDeclared refuses enums and unions that are not whole, or of which one does
// not count.
func (b *builder) checkDeclared() {
	for i, e := range b.enums {
		if len(e.values) == 0 {
			b.fail("enum of "+e.typ.String(), "has no values: name the constants")
		}
		for _, other := range b.enums[:i] {
			if other.typ == e.typ {
				b.fail("enum of "+e.typ.String(), "is declared twice: keep one")
			}
		}
	}
	for i, u := range b.unions {
		where := "union of " + u.typ.String()
		if u.typ.Kind() != reflect.Interface {
			b.fail(where, "is not of an interface: declare what the field's interface holds")
		}
		if u.name == "" {
			b.fail(where, "names no property that tells its cases: name one, such as kind")
		}
		if slices.ContainsFunc(u.cases, Variant.empty) {
			b.fail(where, "has an empty case: make it with payload.Case")
			u.cases = slices.DeleteFunc(slices.Clone(u.cases), Variant.empty)
		}
		for _, other := range b.unions[:i] {
			if other.typ == u.typ {
				b.fail(where, "is declared twice: keep one")
			}
		}
	}
}

// outside tells of a value, a number where d is not nil, that is not among those
// which the type or the enum of a field has.
func (n draft) outside(value string, d *decimal) string {
	if n.enum == nil || d == nil && n.enum.hasString([]byte(value)) || d != nil && n.enum.hasNumber(d) {
		return ""
	}
	return "has " + quoted(value) + ", which is not among " + n.enum.String() + ": remove it"
}

// refuseNamed refuses an embedded struct that has a name and is not exported:
// encoding/json writes it, and reflection may not read it.
func (b *builder) refuseNamed(f *field, jsonTag string) {
	b.failTag(f.place(), tag{tagJSON, jsonTag}, "names an embedded struct that is not exported: make it a field, or remove the name")
}

func (v Variant) empty() bool { return v.typ == nil }

// takesName reports whether encoding/json takes a name from a tag.
func takesName(name string) bool {
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) {
			return false
		}
	}
	return true
}
