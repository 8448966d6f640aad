//go:build !js

package payload

import "reflect"

type (
	jsonMarshaler interface{ MarshalJSON() ([]byte, error) }
	textMarshaler interface{ MarshalText() ([]byte, error) }
)

// marshalsItself reports whether t has a say in how encoding/json writes it, so
// that its fields do not tell.
//
// It is asked of the same declarations in the hub and in every test, and so not
// again in the browser, where the answer costs 16 KB.
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
