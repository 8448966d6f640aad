package typescript

import "math"

// loops finds the schemas that refer to themselves, at any depth, in time linear
// in the document: by Tarjan's strongly connected components.
type loops struct {
	root  *value
	met   map[*value]int // in which order; closed for those whose component is known
	open  []*value       // in that order
	found map[*value]bool
}

const closed = math.MaxInt

// loopsOf returns the values that refer to themselves.
func loopsOf(root *value) map[*value]bool {
	l := &loops{root, map[*value]int{}, nil, map[*value]bool{}}
	l.visit(root)
	return l.found
}

// visit returns the first of the open values that v leads to.
func (l *loops) visit(v *value) int {
	if at, met := l.met[v]; met {
		return at
	}
	at, first, alone := len(l.met), len(l.met), true
	l.met[v] = at
	below := len(l.open)
	l.open = append(l.open, v)
	follow := func(to *value) {
		if to != nil {
			first = min(first, l.visit(to))
			alone = alone && to != v
		}
	}
	if ref := v.string("$ref"); ref != "" {
		follow(l.root.at(ref))
	}
	for _, name := range v.names {
		if name != "enum" && name != "const" {
			follow(v.members[name])
		}
	}
	for _, one := range v.items {
		follow(one)
	}
	if first == at { // all that is open from here on leads back to it
		component := l.open[below:]
		l.open = l.open[:below]
		for _, one := range component {
			l.met[one] = closed
			l.found[one] = len(component) > 1 || !alone
		}
	}
	return first
}
