package payload

import (
	"errors"

	"amalgam/payload/pattern"
)

// ParseSchema reads a set from a JSON Schema document of draft 2020-12, for
// applications whose types are not Go. An event is each property of the
// document itself, as [Set.JSONSchema] writes it:
//
//	{"properties": {"chat": {"$ref": "#/$defs/Chat"}}, "$defs": {"Chat": {…}}}
//
// In a document without properties it is each schema in $defs.
//
// Understood are type, enum, const, $ref within the document and $defs,
// properties, required, additionalProperties, patternProperties, minProperties,
// maxProperties, items, prefixItems, minItems, maxItems, uniqueItems, minimum,
// maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, minLength, maxLength,
// pattern (see package pattern), format, allOf, anyOf, oneOf, not, if, then and
// else. Annotations are read over. All else that asserts something is an error:
// a schema never says less here than its author meant. The error joins
// everything that is wrong, each with a JSON Pointer to it.
func ParseSchema(data []byte) (*Set, error) {
	root, issues := readDocument(data)
	if len(issues) > 0 {
		return nil, errors.New("payload: the schema is not JSON: " + issues[0].Path + " " + issues[0].Message)
	}
	r := &reader{root: root, nodes: map[*value]*node{}}
	s := &Set{index: map[string]int{}}
	r.events(s)
	if err := r.finish(); err != nil {
		return nil, err
	}
	return s, nil
}

// reader makes nodes of the parts of a document.
type reader struct {
	root  *value
	errs  []error
	nodes map[*value]*node // what has been read, or is being read
	order []placed         // the same, in order
}

type placed struct {
	*node
	at *value
}

// maxSchemaErrors bounds what is said of one document.
const maxSchemaErrors = 20

//go:noinline
func (r *reader) fail(at *value, problem string) {
	if len(r.errs) < maxSchemaErrors {
		place := at.place
		if place == "" {
			place = "the document"
		}
		r.errs = append(r.errs, errors.New("payload: schema: "+place+" "+problem))
	}
}

func (r *reader) events(s *Set) {
	if r.root.kind != '{' {
		r.fail(r.root, "is not an object: it should have the events in properties")
		return
	}
	if uri := r.root.get("$schema"); uri != nil && uri.text != "https://json-schema.org/draft/2020-12/schema" && uri.text != "https://json-schema.org/draft/2020-12/schema#" {
		r.fail(uri, "is not draft 2020-12: convert the document, and name https://json-schema.org/draft/2020-12/schema")
		return
	}
	events := r.root.get("properties")
	if events == nil {
		events = r.root.get("$defs")
	}
	if events == nil || events.kind != '{' {
		r.fail(r.root, "has no events: put the schema of each into properties, under its name")
		return
	}
	for _, m := range events.members {
		doc := ""
		if d := m.value.get("description"); d != nil && m.value.get("$ref") != nil {
			doc = d.text
		}
		if problem := s.add(event{name: m.name, doc: doc, schema: r.schema(m.value)}); problem != "" {
			r.fail(m.value, problem)
		}
	}
}

func (r *reader) finish() error {
	if len(r.errs) == 0 {
		r.refuseLoops()
	}
	for _, p := range r.order {
		p.ready()
	}
	return errors.Join(r.errs...)
}

// refuseLoops finds schemas that would have to judge a value before they have
// judged it.
func (r *reader) refuseLoops() {
	const begun, done = 1, 2
	state := map[*node]int{}
	var visit func(n *node) bool
	visit = func(n *node) bool {
		switch state[n] {
		case begun:
			return false
		case done:
			return true
		}
		state[n] = begun
		for _, other := range n.inPlace() {
			if !visit(other) {
				return false
			}
		}
		state[n] = done
		return true
	}
	for _, p := range r.order {
		if !visit(p.node) {
			r.fail(p.at, "refers to itself for the same value: let it go through a property or an item")
			return
		}
	}
}

// schema makes the node of a schema, or returns the one that there is.
func (r *reader) schema(at *value) *node {
	switch at.kind {
	case 't':
		return anything
	case 'f':
		return nothing
	case '{':
	default:
		r.fail(at, "is not a schema: make it an object, true or false")
		return anything
	}
	if n := r.nodes[at]; n != nil {
		return n
	}
	if ref := at.get("$ref"); ref != nil && refersOnly(at) {
		return r.follow(at, ref)
	}
	n := newNode(typeAny)
	r.nodes[at] = n
	r.order = append(r.order, placed{n, at})
	if p := at.parent; p != nil && p == r.root.get("$defs") {
		for _, m := range p.members {
			if m.value == at {
				n.name = m.name
			}
		}
	}
	for _, m := range at.members {
		r.keyword(n, at, m)
	}
	r.combine(n, at)
	return n
}

// refersOnly reports whether a schema says nothing besides its $ref.
func refersOnly(at *value) bool {
	for _, m := range at.members {
		if m.name != "$ref" && !isAnnotation(m.name) {
			return false
		}
	}
	return true
}

// follow returns the schema that a $ref means, through others that only refer.
func (r *reader) follow(at, ref *value) *node {
	seen := map[*value]bool{}
	for {
		if seen[at] {
			r.fail(at, "refers to itself: let it end at a schema")
			return anything
		}
		seen[at] = true
		target := r.target(ref)
		if target == nil {
			return anything
		}
		next := target.get("$ref")
		if target.kind != '{' || next == nil || !refersOnly(target) {
			return r.schema(target)
		}
		at, ref = target, next
	}
}

// target finds what a $ref refers to; nil where that is nothing, which is told.
func (r *reader) target(ref *value) *value {
	text := ref.text
	// The document may call itself by its own address.
	if id := r.root.get("$id"); id != nil && id.text != "" && len(text) >= len(id.text) && text[:len(id.text)] == id.text {
		if rest := text[len(id.text):]; rest == "" || rest[0] == '#' {
			text = "#" + rest[min(1, len(rest)):]
		}
	}
	if ref.kind != '"' || text == "" || text[0] != '#' {
		r.fail(ref, "leads out of the document: copy what it refers to into $defs")
		return nil
	}
	fragment := unescapeFragment(text[1:])
	var target *value
	if fragment == "" || fragment[0] == '/' {
		target = r.root.at(fragment)
	} else {
		target = findAnchor(r.root, fragment)
	}
	if target == nil {
		r.fail(ref, "refers to "+quoted(text)+", which is not in the document")
		return nil
	}
	return target
}

// findAnchor finds the schema whose $anchor is name.
func findAnchor(at *value, name string) *value {
	if a := at.get("$anchor"); a != nil && a.kind == '"' && a.text == name {
		return at
	}
	for _, m := range at.members {
		if m.name == "enum" || m.name == "const" {
			continue // data, not schemas
		}
		if found := findAnchor(m.value, name); found != nil {
			return found
		}
	}
	for _, item := range at.items {
		if found := findAnchor(item, name); found != nil {
			return found
		}
	}
	return nil
}

func (r *reader) schemas(at *value) []*node {
	if at.kind != '[' || len(at.items) == 0 {
		r.fail(at, "is not a list of schemas: write at least one in brackets")
		return nil
	}
	list := make([]*node, len(at.items))
	for i, item := range at.items {
		list[i] = r.schema(item)
	}
	return list
}

func (r *reader) compile(at *value, expression string) *pattern.Program {
	p, err := pattern.Compile(expression)
	if err != nil {
		r.fail(at, "is a pattern that is not understood, "+err.Error())
	}
	return p
}
