// Package payload turns Go types into schemas and judges raw JSON bytes by
// them. It is the one home of validation: the hub and the browser run this same
// code, so they give the same verdict on every payload.
//
// A payload is declared as a Go struct. Its json tags name the properties and
// one-word tags constrain them:
//
//	type Chat struct {
//		ID   string `json:"id" minLength:"1" maxLength:"128"`
//		Text string `json:"text" minLength:"1" maxLength:"4000" doc:"What is said."`
//		URL  string `json:"url,omitempty" format:"uri"`
//	}
//
//	var Payloads = payload.MustSet(payload.Event[Chat]("chat"))
//
// # Tags
//
// Strings take minLength, maxLength (in Unicode code points), pattern (see
// package pattern), format (date-time, date, time, uri, uuid, email, ipv4, ipv6
// or hostname), enum (values parted by commas) and const. Numbers take minimum,
// maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, enum and const;
// integer types are bounded by what they can hold besides. Slices take minItems,
// maxItems and uniqueItems, maps minProperties and maxProperties. Everything
// takes doc, and what is a plain value default, which is only told; a blank
// field, _ struct{} `doc:"…"`, documents the struct itself. A tag that makes no
// sense stops [NewSet].
//
// # Types
//
// Structs, also embedded and recursive ones, slices, arrays, maps with string
// keys, pointers, and what has a form in JSON by itself: time.Time (a
// date-time), []byte (base64), json.Number, json.RawMessage (anything). [Enum]
// declares the constants that a type has, [Union] what an interface holds.
//
// # Required, optional, null
//
// A property is required unless its field is a pointer or has omitempty or
// omitzero. Null is refused, except for a pointer field without omitempty or
// omitzero, which encoding/json writes as null when it is nil, and for pointers
// inside of slices and maps. A nil slice or map is also written as null, and is
// refused: publish an empty one, or add omitempty.
//
// Undeclared properties are allowed, and their syntax is checked all the same.
// Names are compared exactly; encoding/json would ignore case.
//
// # Values
//
// [Decode] judges data and returns it as a Go value. A type that has a method
// Validate() error has a say in the verdict, behind the schema: see [Fault].
package payload

import (
	"reflect"
	"unicode/utf8"
)

// Definition declares what one event carries, or what a type that events carry
// holds. It is made by [Event], [Enum] or [Union].
type Definition struct {
	name  string
	typ   reflect.Type
	enum  *enumOf
	union *unionOf
}

// Event declares that events named name carry a T.
func Event[T any](name string) Definition {
	return Definition{name: name, typ: reflect.TypeFor[T]()}
}

// Set is a fixed collection of events, each with the schema of its payload. It
// may be used by any number of goroutines.
type Set struct {
	events []event
	index  map[string]int
	// types is the *planner of the events' Go types, nil in a set that was read
	// from a document. It is an interface so that modules which read documents
	// carry nothing of the decoder and of package reflect.
	types interface {
		custom(event int, data []byte) []Issue
	}
}

type event struct {
	name   string
	doc    string
	schema *node
}

// NewSet reads the definitions. Its error joins everything that is wrong with
// them: wrong tags and types that have no schema, each naming type, field and
// tag, and event names that are empty, declared twice, or not fit for the event
// field of an event stream (CR, LF, NUL, or not UTF-8).
func NewSet(defs ...Definition) (*Set, error) {
	types := &planner{}
	s := &Set{index: make(map[string]int, len(defs)), types: types}
	b := &builder{}
	for _, d := range defs {
		if d.enum != nil {
			b.enums = append(b.enums, *d.enum)
		}
		if d.union != nil {
			b.unions = append(b.unions, d.union)
		}
	}
	b.checkDeclared()
	for i, d := range defs {
		if d.enum != nil || d.union != nil {
			continue
		}
		if d.typ == nil {
			b.fail("definition "+itoa(i), "is empty: make it with payload.Event")
			continue
		}
		at := len(s.events)
		problem := s.add(event{name: d.name})
		if problem != "" {
			place := "event " + quoted(d.name)
			if d.name == "" {
				place = "event of " + d.typ.String()
			}
			b.fail(place, problem)
		}
		types.events = append(types.events, d.typ)
		s.events[at].schema = b.node(d.typ, "event "+quoted(d.name))
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	types.unions = b.unions
	if b.custom {
		if err := types.readyCustom(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add adds an event and returns what is wrong with its name, or "".
func (s *Set) add(e event) (problem string) {
	switch _, twice := s.index[e.name]; {
	case e.name == "":
		problem = "has an empty name"
	case hasAny(e.name, "\r\n\x00") || !utf8.ValidString(e.name):
		problem = "has a name with CR, LF, NUL or bytes that are not UTF-8, which an event stream cannot carry"
	case twice:
		problem = "is declared twice"
	}
	s.index[e.name] = len(s.events)
	s.events = append(s.events, e)
	return problem
}

// MustSet is [NewSet] that panics with its error, for package variables.
func MustSet(defs ...Definition) *Set {
	s, err := NewSet(defs...)
	if err != nil {
		panic(err)
	}
	return s
}

// Names returns the names of the events, in declaration order.
func (s *Set) Names() []string {
	names := make([]string, len(s.events))
	for i, e := range s.events {
		names[i] = e.name
	}
	return names
}

// Has reports whether the set has a schema for event.
func (s *Set) Has(event string) bool {
	_, ok := s.index[event]
	return ok
}

// Index returns the place of event in [Set.Names], or -1 when it is not there.
func (s *Set) Index(event string) int {
	if i, ok := s.index[event]; ok {
		return i
	}
	return -1
}

// Validate judges data, one JSON text, by the schema of event. It returns nil
// when data holds to it, and for an event that is not in the set, which has no
// schema to hold to.
//
// All faults are returned in the order they are found, but no more than 64.
// What is below the schema counts too, and more strictly than encoding/json
// has it: see [Issue]. A fault of keyword syntax, depth or trailing ends the
// reading; the faults found before it are kept.
//
// Validate reads data once, in time linear in its length, and keeps no
// reference to it. It allocates nothing when data holds, unless an object has
// more than 16 undeclared properties (or 64 are open at once, one object in
// another) or a string with escapes that has an enum, a pattern or a format is
// over 512 bytes. For an event whose types have Validate methods it decodes data
// besides, and calls them: see [Fault].
func (s *Set) Validate(event string, data []byte) []Issue {
	return s.ValidateAt(s.Index(event), data)
}

// ValidateAt is [Set.Validate] by the event's [Set.Index], for callers that
// look it up once. It returns nil for an index that is not in the set.
func (s *Set) ValidateAt(i int, data []byte) []Issue {
	if i < 0 || i >= len(s.events) {
		return nil
	}
	issues := validate(s.events[i].schema, data)
	if issues == nil && s.types != nil {
		return s.types.custom(i, data)
	}
	return issues
}
