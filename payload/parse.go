package payload

import (
	"errors"
	"strings"

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
// else. Annotations are read over. All else that asserts something is an error, as
// is what the document says of all events at once:
// a schema never says less here than its author meant. The error joins
// everything that is wrong, each with a JSON Pointer to it.
func ParseSchema(data []byte) (*Set, error) {
	root, issues := readDocument(data)
	if len(issues) > 0 {
		return nil, errors.New("payload: the schema is not JSON: " + strings.TrimPrefix(issues[0].Path+" ", " ") + issues[0].Message)
	}
	r := newReader(root)
	s := &Set{index: map[string]int{}}
	r.events(s)
	if err := r.finish(); err != nil {
		return nil, err
	}
	return s, nil
}

// reader makes nodes of the parts of a document, in time linear in its size:
// whatever is looked for more than once is looked up.
type reader struct {
	root    *value
	defs    *value // $defs of the document, or nil
	errs    []error
	nodes   map[*value]*node  // of the schemas that are known; nil for a $ref that is being followed
	order   []placed          // the same, each node once
	waiting []placed          // those that are still to be read, because a $ref leads to them
	anchors map[string]*value // the schemas by their $anchor, once there is a $ref to one
	size    int               // of the patterns
}

type placed struct {
	*node
	at *value
}

func newReader(root *value) *reader {
	return &reader{root: root, defs: root.get("$defs"), nodes: map[*value]*node{}}
}

const (
	// maxSchemaErrors bounds what is said of one document.
	maxSchemaErrors = 20
	// maxInPlace is how many schemas may lead to each other for the same value,
	// by $ref or by standing in each other: the validator goes that deep.
	maxInPlace = 256
	// maxPatterns bounds the size of all patterns together, because a few bytes
	// of document, {1000}, can make a large one. It is some 16 MB.
	maxPatterns = 1 << 20
)

//go:noinline
func (r *reader) fail(at *value, problem string) {
	if len(r.errs) < maxSchemaErrors {
		place := string(at.appendPlace(nil))
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
	// Read as a schema, it shows what it says besides.
	if n := r.schema(r.root); events.name == "properties" && (n.patterns != nil || len(n.inPlace()) > 0 || n.values != nil && n.values != anything && n.values != noProperty) {
		r.fail(r.root, "says something of all events at once, by $ref, allOf, patternProperties or the like: say it in the schema of each")
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
	// One after the other, and not each where a $ref leads to it: that would go
	// as deep as references go on.
	for i := 0; i < len(r.waiting); i++ {
		r.read(r.waiting[i].node, r.waiting[i].at)
	}
	if len(r.errs) == 0 {
		r.refuseLoops()
	}
	for _, p := range r.order {
		p.ready()
	}
	return errors.Join(r.errs...)
}

// refuseLoops finds schemas that would have to judge a value before they have
// judged it, and those that would have to go too deep for it.
func (r *reader) refuseLoops() {
	heights := map[*node]int{}
	for _, p := range r.order {
		switch heightOf(p.node, 0, heights) {
		case looping:
			r.fail(p.at, "refers to itself for the same value: let it go through a property or an item")
			return
		case tooHigh:
			r.fail(p.at, "leads to more than "+itoa(maxInPlace)+" schemas in a row for the same value: make them fewer")
			return
		}
	}
}

const (
	looping = -1
	tooHigh = -2
)

// heightOf tells how many schemas stand in a row below n for the same value, n
// itself among them, where others stand above. It keeps what it finds.
func heightOf(n *node, above int, heights map[*node]int) int {
	height, met := heights[n]
	if !met {
		if above == maxInPlace {
			return tooHigh
		}
		heights[n] = looping // if it is met again below
		for _, other := range n.inPlace() {
			h := heightOf(other, above+1, heights)
			if h < 0 {
				return h
			}
			height = max(height, h)
		}
		height++
		heights[n] = height
	}
	if above+height > maxInPlace {
		return tooHigh
	}
	return height
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
		r.nodes[at] = nil
		n := r.follow(ref)
		r.nodes[at] = n
		return n
	}
	n := r.begin(at)
	r.read(n, at)
	return n
}

// begin makes the node of a schema, which is still to be read.
//
//go:noinline
func (r *reader) begin(at *value) *node {
	n := newNode(typeAny)
	if at.parent != nil && at.parent == r.defs {
		n.name = at.name
	}
	r.nodes[at] = n
	r.order = append(r.order, placed{n, at})
	return n
}

// read puts on a node what the schema says. It goes no deeper than the document.
func (r *reader) read(n *node, at *value) {
	for _, m := range at.members {
		r.keyword(n, at, m)
	}
	r.combine(n, at)
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
// Each of those is followed once.
func (r *reader) follow(ref *value) *node {
	n := anything
	var passed []*value
	for {
		at := r.target(ref)
		if at == nil {
			break
		}
		if at.kind != '{' {
			n = r.schema(at)
			break
		}
		known, met := r.nodes[at]
		if ref = at.get("$ref"); !met && ref != nil && refersOnly(at) {
			r.nodes[at] = nil
			passed = append(passed, at)
			continue
		}
		if n = known; !met {
			n = r.begin(at)
			r.waiting = append(r.waiting, placed{n, at})
		} else if n == nil {
			r.fail(at, "refers to itself: let it end at a schema")
			n = anything
		}
		n.refer(at)
		break
	}
	for _, at := range passed {
		r.nodes[at] = n
	}
	return n
}

// refer names a schema that a $ref leads to, so that it is written once, as a
// definition, and not wherever it is used: a document of 1 KB could make 1 GB.
func (n *node) refer(at *value) {
	if n.name != "" || n == anything || n == nothing {
		return
	}
	if n.name = at.name; n.name == "" {
		n.name = recursive
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
		if r.anchors == nil {
			r.anchors = map[string]*value{}
			r.findAnchors(r.root)
		}
		target = r.anchors[fragment]
	}
	if target == nil {
		r.fail(ref, "refers to "+quoted(told(text))+", which is not in the document")
		return nil
	}
	return target
}

// findAnchors notes the schemas that have an $anchor.
func (r *reader) findAnchors(at *value) {
	for _, m := range at.members {
		if m.name == "$anchor" && m.value.kind == '"' && r.anchors[m.value.text] == nil {
			r.anchors[m.value.text] = at
		}
	}
	for _, m := range at.members {
		if m.name != "enum" && m.name != "const" { // data, not schemas
			r.findAnchors(m.value)
		}
	}
	for _, item := range at.items {
		r.findAnchors(item)
	}
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
		return nil
	}
	if r.size += p.Size(); r.size > maxPatterns {
		r.fail(at, "is one pattern too many: together they are too large once their repetitions are written out, shorten them, or use minLength and maxLength")
		return nil
	}
	return p
}
