package payload

import (
	"errors"
	"reflect"
	"sync"
)

// plan is how values of one Go type are read. It is never changed once it is
// made. Plans refer to each other as types do, in circles too.
type plan struct {
	typ    reflect.Type
	how    how
	elem   *plan  // of pointers, slices, arrays and maps
	key    *plan  // of maps
	names  *node  // of structs: the properties, for looking up their names
	fields []slot // of structs, at the places of names.properties
	// Of interfaces: the property that tells the case, "" where anything goes.
	tag   string
	cases []planCase

	validates bool // the type has a Validate method
}

// how tells what reads a value.
type how uint8

const (
	byKind   how = iota // this package, by the kind of the type
	byJSON              // its UnmarshalJSON
	byText              // its UnmarshalText
	asTime              // time.Time's, on what date-time allows
	asNumber            // json.Number: the digits
)

// slot is a field: the way to it leads through embedded structs.
type slot struct {
	index []int
	plan  *plan
}

type planCase struct {
	tag     string
	plan    *plan
	pointer bool // the interface holds a pointer to the case's type
}

type (
	jsonUnmarshaler interface{ UnmarshalJSON([]byte) error }
	textUnmarshaler interface{ UnmarshalText([]byte) error }
)

// planner makes plans, each once.
type planner struct {
	events []reflect.Type // what the events of the set carry, in their order
	unions []*unionOf     // of the set
	judges []*plan        // of the events that have Validate methods, else nil; nil when none has
	mu     sync.Mutex
	plans  []*plan // a list, as in builder
}

// documents makes the plans for all sets that have no Go types.
var untyped planner

// plan returns the plan of t. Its error tells what in t cannot be read.
func (ps *planner) plan(t reflect.Type) (*plan, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	b, before := &builder{unions: ps.unions}, len(ps.plans)
	p := ps.of(b, t, t.String())
	if err := errors.Join(b.errs...); err != nil {
		ps.plans = ps.plans[:before]
		return nil, err
	}
	return p, nil
}

// of returns the plan of t, which may not be whole yet. b has what the plan
// shares with the schema of t: which fields count, what unions hold, and errors.
func (ps *planner) of(b *builder, t reflect.Type, place string) *plan {
	for _, p := range ps.plans {
		if p.typ == t {
			return p
		}
	}
	p := &plan{typ: t, how: howOf(t), validates: hasValidate(t)}
	ps.plans = append(ps.plans, p)
	if p.how != byKind {
		return p
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		p.elem = ps.of(b, t.Elem(), place)
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			b.fail(place, "type "+t.String()+" has keys that are not plain strings: use map[string]…")
		}
		p.key, p.elem = ps.of(b, t.Key(), place), ps.of(b, t.Elem(), place+"[]")
	case reflect.Struct:
		ps.fields(b, p)
	case reflect.Interface:
		ps.cases(b, p, place)
	case reflect.Complex64, reflect.Complex128, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		b.fail(place, "type "+t.String()+" has no form in JSON: use a string, bool, number, struct, slice, array or map")
	}
	return p
}

func howOf(t reflect.Type) how {
	switch {
	case isTime(t):
		return asTime
	case isJSON(t, "Number"):
		return asNumber
	}
	switch reflect.New(t).Interface().(type) { // has the methods of t as well
	case jsonUnmarshaler:
		return byJSON
	case textUnmarshaler:
		return byText
	}
	return byKind
}

func (ps *planner) fields(b *builder, p *plan) {
	fields := b.fields(newNode(0), p.typ, nil)
	var properties []property
	for i, f := range fields {
		if !b.hidden(fields, i) {
			properties = append(properties, property{name: f.name})
			p.fields = append(p.fields, slot{f.index, ps.of(b, f.typ, f.place())})
		}
	}
	p.names = newNode(typeObject)
	p.names.setProperties(properties)
}

func (ps *planner) cases(b *builder, p *plan, place string) {
	u := b.declared(p.typ)
	if u == nil {
		if p.typ.NumMethod() > 0 {
			b.fail(place, "type "+p.typ.String()+" could hold anything: decode by a set whose payload.Union tells what, or use a type that says it")
		}
		return
	}
	p.tag = u.name
	for _, c := range u.cases {
		p.cases = append(p.cases, planCase{c.tag, ps.of(b, c.typ, place), !c.typ.Implements(p.typ)})
	}
}

// reaches reports whether reading by p can call a Validate method.
func (p *plan) reaches(seen *[]*plan) bool {
	if p == nil {
		return false
	}
	for _, other := range *seen {
		if other == p {
			return false
		}
	}
	*seen = append(*seen, p)
	if p.validates || p.elem.reaches(seen) || p.key.reaches(seen) {
		return true
	}
	for _, f := range p.fields {
		if f.plan.reaches(seen) {
			return true
		}
	}
	for _, c := range p.cases {
		if c.plan.reaches(seen) {
			return true
		}
	}
	return false
}
