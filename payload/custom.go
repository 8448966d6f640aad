package payload

import (
	"errors"
	"reflect"
)

// validates is what a type of a payload may have, by value or by pointer, to say
// more than a schema can.
type validates interface{ Validate() error }

// Fault is an error for Validate methods that is about a part of the value.
//
// A type of a payload, the event's own or one inside of it, may have a method
// Validate() error. It is called with the decoded value once the data holds to
// the schema, for inner values first, and for an outer one only when nothing
// inside of it is at fault; never for null. An error becomes an [Issue] with the
// keyword validate, the path of the value, and the error's text; those joined by
// errors.Join become one each. A method that panics has found a fault, which
// names its type: it never ends the program.
//
//	func (s Stay) Validate() error {
//		if s.Until <= s.From {
//			return payload.Fault{Path: "/until", Message: "must be after from"}
//		}
//		return nil
//	}
//
// [Set.Validate] and [Decode] call these methods alike, in the browser too. They
// are Go, and so not in what [Set.JSONSchema] writes: a set that is read from
// there does not know them. An event that has none, in itself or inside, pays
// nothing for them; one that has is decoded each time it is judged, so what its Go
// types cannot hold is an issue for it as it is for Decode.
type Fault struct {
	// Path is a JSON Pointer that begins at the value, as "/until".
	Path string
	// Message says the fault as that of an Issue does: "must be after from".
	Message string
}

func (f Fault) Error() string { return f.Message }

// hasValidate reports whether t or a pointer to it has the method. Asking t
// itself whether it implements would take the browser 16 KB.
func hasValidate(t reflect.Type) bool {
	_, has := reflect.New(t).Interface().(validates)
	return has
}

// readyCustom finds the events whose types have Validate methods.
func (ps *planner) readyCustom() error {
	judges := make([]*plan, len(ps.events))
	for i, t := range ps.events {
		p, err := ps.plan(t)
		if err != nil {
			return err
		}
		if p.reaches(new([]*plan)) {
			judges[i] = p
		}
	}
	ps.judges = judges
	return nil
}

// custom judges data that holds to the schema by the Validate methods of its
// event's types.
func (ps *planner) custom(event int, data []byte) []Issue {
	if ps.judges == nil || ps.judges[event] == nil {
		return nil
	}
	p := ps.judges[event]
	return p.decode(data, reflect.New(p.typ).Elem())
}

// custom calls the Validate method of a value.
func (d decoder) custom(p *plan, value reflect.Value) {
	d.call("validate", "Validate", p, func() error { return value.Addr().Interface().(validates).Validate() })
}

// call is the one way to methods of the payload's types. What they return or
// panic with is a fault of the value being read.
func (d decoder) call(keyword, method string, p *plan, fn func() error) {
	defer func() {
		if v := recover(); v != nil {
			what := ""
			switch v := v.(type) {
			case error:
				what = ": " + v.Error()
			case string:
				what = ": " + v
			}
			d.v.fault(keyword, "cannot be judged: "+method+" of "+p.typ.String()+" panicked"+what)
		}
	}()
	d.tell(keyword, fn())
}

// tell makes issues of what a method returned.
func (d decoder) tell(keyword string, err error) {
	if err == nil {
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		before := d.v.faults
		for _, one := range many.Unwrap() {
			d.tell(keyword, one)
		}
		if d.v.faults > before {
			return
		}
	}
	var fault Fault
	var pointer *Fault
	if !errors.As(err, &fault) && errors.As(err, &pointer) {
		fault = *pointer
	}
	d.v.faultBelow(fault.Path, keyword, err.Error())
}
