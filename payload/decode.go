package payload

import (
	"errors"
	"reflect"
)

// Decode judges data, one JSON text, as [Set.Validate] does, and returns what it
// says as the T that event carries.
//
// Where data does not hold, the error is an [*InvalidError]. Other errors are
// mistakes of the caller: an event that is not in the set, or one that carries
// another type than T.
//
// Values are those of encoding/json, in the browser too: UnmarshalJSON and
// UnmarshalText are called, time.Time is read, missing properties leave zero
// values. A [Union] holds a value of its [Case]'s type, or a pointer to one where
// only that has the methods. Decode differs where encoding/json is laxer or
// stricter than the schema:
//
//   - Names are exact: "ID" is not the property "id", and is passed over.
//   - An integer may be written 10.0 or 1e1, a date-time with a small t or z.
//   - What a Go type cannot hold although the schema allows it, as 1e400 or a
//     leap second, is an issue of keyword decode, with its path.
//
// A set of [ParseSchema] has no Go types: data is judged by the document, and
// then read into T by the structure of T, where an empty interface takes
// anything and an array takes no more than its length. Tags of T other than json
// do not count then. Validate methods of T and of what is in it are called in
// either case: see [Fault].
//
// Decode keeps no reference to data.
func Decode[T any](set *Set, event string, data []byte) (T, error) {
	var value T
	if err := set.decode(event, data, reflect.ValueOf(&value).Elem()); err != nil {
		var zero T
		return zero, err
	}
	return value, nil
}

// InvalidError is what [Decode] returns for data that does not hold.
type InvalidError struct {
	Event  string
	Issues []Issue // at least one
}

// Error tells the first issue, and how many follow it.
func (e *InvalidError) Error() string {
	first := e.Issues[0]
	place := first.Path
	if place == "" {
		place = "the payload"
	}
	more := ""
	if n := len(e.Issues) - 1; n > 0 {
		more = ", and " + plural(n, "issue") + " more"
	}
	return "payload: event " + quoted(e.Event) + ": " + place + " " + first.Message + " (" + first.Keyword + ")" + more
}

func (s *Set) decode(event string, data []byte, to reflect.Value) error {
	t := to.Type()
	i := s.Index(event)
	if i < 0 {
		return errors.New("payload: Decode of " + t.String() + ": event " + quoted(event) + " is not in the set")
	}
	types, typed := s.types.(*planner)
	if !typed {
		types = &untyped
	} else if carries := types.events[i]; carries != t {
		return errors.New("payload: Decode of " + t.String() + ": event " + quoted(event) + " carries " + carries.String() + ": decode that")
	}
	p, err := types.plan(t)
	if err != nil {
		return err
	}
	issues := validate(s.events[i].schema, data)
	if issues == nil {
		issues = p.decode(data, to)
	}
	if issues != nil {
		return &InvalidError{event, issues}
	}
	return nil
}
