package payload

import "reflect"

// GoTypes returns the Go type of each definition in $defs of what JSONSchema
// writes, by its name there; nil for a set that was read from a document. It is
// for tools that say more of a type than its schema does.
//
// Schemas do not know their types, for which the browser would pay. They are made
// once more here: the same definitions give the same names.
func (s *Set) GoTypes() map[string]reflect.Type {
	ps, ok := s.types.(*planner)
	if !ok {
		return nil
	}
	b, w := &builder{unions: ps.unions}, newSchemaWriter()
	var events []*node
	for _, t := range ps.events {
		events = append(events, b.node(t, t.String()))
	}
	_ = b.finish() // it had no errors the first time
	for _, n := range events {
		w.collect(n)
	}
	types := map[string]reflect.Type{}
	for _, d := range w.defs {
		for _, known := range b.done {
			if known.schema == d.node {
				types[d.name] = known.typ
			}
		}
	}
	return types
}
