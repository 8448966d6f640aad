package payload

// JSONSchema writes the set as one JSON Schema document of draft 2020-12. The
// document describes an object with one property for each event; the types that
// payloads are made of are in $defs, under their names. The bytes depend on
// nothing but the definitions: events and properties stand in the order of
// declaration, keywords in a fixed one. [ParseSchema] reads it back.
//
// It says what Validate holds payloads to, with two differences: format is an
// annotation to most other validators, and what [Issue] lists as below the
// schema is not in it.
func (s *Set) JSONSchema() []byte {
	w := newSchemaWriter()
	for _, e := range s.events {
		w.collect(e.schema)
	}
	w.open('{')
	w.key("$schema")
	w.text("https://json-schema.org/draft/2020-12/schema")
	w.key("type")
	w.text("object")
	w.key("properties")
	w.open('{')
	for _, e := range s.events {
		w.key(e.name)
		w.use(e.schema, e.doc)
	}
	w.close('}')
	if len(w.defs) > 0 {
		w.key("$defs")
		w.open('{')
		for _, d := range w.defs {
			w.key(d.name)
			w.schema(d.node, "")
		}
		w.close('}')
	}
	w.close('}')
	return append(w.out, '\n')
}

// schemaWriter writes indented JSON.
type schemaWriter struct {
	out   []byte
	depth int
	more  bool // something stands before, on this level
	defs  []definition
	names map[*node]string // of the definitions; "" for a node that is written where it is used
	taken map[string]int   // the names, with the number that was last put behind one to make another
}

// definition is a schema that stands in $defs.
type definition struct {
	name string
	node *node
}

// recursive is the name of a definition that has none and needs one.
const recursive = "Recursive"

func newSchemaWriter() *schemaWriter {
	return &schemaWriter{names: map[*node]string{}, taken: map[string]int{}}
}

// collect finds the definitions below n, in the order in which they are first
// used. It is no recursion, which would go as deep as references go on.
func (w *schemaWriter) collect(n *node) {
	type visit struct {
		n      *node
		others []*node // still to be visited
		named  int     // where on the way the last definition is, or 0
	}
	var way []visit
	open := map[*node]int{} // those on the way: where, from 1
	enter := func(n *node) {
		name, met := w.names[n]
		named := 0
		if len(way) > 0 {
			named = way[len(way)-1].named
		}
		switch {
		case !met:
			open[n] = len(way) + 1
			w.names[n] = ""
			if n.name != "" {
				w.define(n, n.name)
				named = open[n]
			}
			way = append(way, visit{n, n.parts(), named})
		case name == "" && open[n] > named: // it holds itself, and can only do that by a name
			w.define(n, recursive)
		}
	}
	enter(n)
	for len(way) > 0 {
		last := &way[len(way)-1]
		if len(last.others) == 0 {
			delete(open, last.n)
			way = way[:len(way)-1]
			continue
		}
		next := last.others[0]
		last.others = last.others[1:]
		enter(next)
	}
}

// parts lists the schemas that n is made of.
func (n *node) parts() []*node {
	var list []*node
	for _, p := range n.properties {
		if p.node != nil {
			list = append(list, p.node)
		}
	}
	for _, p := range n.patterns {
		list = append(list, p.node)
	}
	list = append(list, n.prefix...)
	for _, one := range [...]*node{n.items, n.values} {
		if one != nil {
			list = append(list, one)
		}
	}
	return append(list, n.inPlace()...)
}

// define makes a definition under a name that no other has: two packages may both
// have a type of it.
func (w *schemaWriter) define(n *node, name string) {
	free := name
	for w.taken[free] > 0 {
		w.taken[name]++
		free = name + itoa(w.taken[name])
	}
	w.taken[free] = 1
	w.names[n] = free
	w.defs = append(w.defs, definition{free, n})
}

func (w *schemaWriter) open(bracket byte) {
	w.out = append(w.out, bracket)
	w.depth++
	w.more = false
}

func (w *schemaWriter) close(bracket byte) {
	w.depth--
	if w.more {
		w.line()
	}
	w.out = append(w.out, bracket)
	w.more = true
}

func (w *schemaWriter) line() {
	w.out = append(w.out, '\n')
	for range w.depth {
		w.out = append(w.out, "  "...)
	}
}

// next begins a member or an element.
func (w *schemaWriter) next() {
	if w.more {
		w.out = append(w.out, ',')
	}
	w.line()
	w.more = true
}

func (w *schemaWriter) key(name string) {
	w.next()
	w.text(name)
	w.out = append(w.out, ": "...)
}

func (w *schemaWriter) text(s string) { w.out = appendQuoted(w.out, s) }

func (w *schemaWriter) string(key, value string) {
	if value != "" {
		w.key(key)
		w.text(value)
	}
}

// count writes a bound that is not the default, which is 0 or -1.
func (w *schemaWriter) count(key string, n int) {
	if n > 0 || n == 0 && key[:3] == "max" {
		w.key(key)
		w.out = append(w.out, itoa(n)...)
	}
}

func (w *schemaWriter) number(key string, d *decimal) {
	if d != nil {
		w.key(key)
		w.out = append(w.out, d.text...)
	}
}

func (w *schemaWriter) raw(key, json string) {
	if json != "" {
		w.key(key)
		w.out = append(w.out, json...)
	}
}

func (w *schemaWriter) list(key string, nodes []*node) {
	if len(nodes) == 0 {
		return
	}
	w.key(key)
	w.open('[')
	for _, n := range nodes {
		w.next()
		w.use(n, "")
	}
	w.close(']')
}

func (w *schemaWriter) one(key string, n *node) {
	if n != nil {
		w.key(key)
		w.use(n, "")
	}
}

// use writes a schema where it is used, or what refers to it. doc is what is
// said of the place.
func (w *schemaWriter) use(n *node, doc string) {
	name := w.names[n]
	if name == "" {
		w.schema(n, doc)
		return
	}
	w.open('{')
	w.string("description", doc)
	w.string("$ref", "#/$defs/"+pointerToken(name))
	w.close('}')
}

// pointerToken writes a name as a part of a JSON Pointer in a fragment. Names
// of Go types and what is read need no more.
func pointerToken(name string) string {
	var token []byte
	for _, c := range []byte(name) {
		switch {
		case c == '~':
			token = append(token, "~0"...)
		case c == '/':
			token = append(token, "~1"...)
		case c < '!' || c >= 0x7F || oneOf(c, `%"<>\^{}|`+"`"):
			const hex = "0123456789ABCDEF"
			token = append(token, '%', hex[c>>4], hex[c&15])
		default:
			token = append(token, c)
		}
	}
	return string(token)
}

func (w *schemaWriter) schema(n *node, doc string) {
	if n.refuses != nil {
		w.out = append(w.out, "false"...)
		w.more = true
		return
	}
	w.open('{')
	if doc == "" {
		doc = n.doc
	}
	w.string("description", doc)
	w.types(n.types)
	w.choices(n.enum)
	if n.constant != nil {
		w.raw("const", n.constant.list[0])
	}
	w.raw("default", n.defaults)
	w.count("minLength", n.minLength)
	w.count("maxLength", n.maxLength)
	if n.pattern != nil {
		w.string("pattern", n.pattern.String())
	}
	w.string("format", n.format.String())
	w.string("contentEncoding", n.encoding)
	w.number("minimum", n.minimum)
	w.number("maximum", n.maximum)
	w.number("exclusiveMinimum", n.above)
	w.number("exclusiveMaximum", n.below)
	if n.multiple != nil {
		w.raw("multipleOf", n.multiple.text)
	}
	w.list("prefixItems", n.prefix)
	w.one("items", n.items)
	w.count("minItems", n.minItems)
	w.count("maxItems", n.maxItems)
	if n.unique {
		w.raw("uniqueItems", "true")
	}
	w.members(n)
	w.combinations(n)
	w.close('}')
}

func (w *schemaWriter) members(n *node) {
	if len(n.properties) > 0 {
		w.key("properties")
		w.open('{')
		for _, p := range n.properties {
			if p.node != nil {
				w.key(p.name)
				w.use(p.node, p.doc)
			}
		}
		w.close('}')
	}
	if len(n.patterns) > 0 {
		w.key("patternProperties")
		w.open('{')
		for _, p := range n.patterns {
			w.key(p.name.String())
			w.use(p.node, "")
		}
		w.close('}')
	}
	if n.required > 0 {
		w.key("required")
		w.open('[')
		for _, p := range n.properties {
			if p.required {
				w.next()
				w.text(p.name)
			}
		}
		w.close(']')
	}
	if n.values != anything {
		w.one("additionalProperties", n.values)
	}
	w.count("minProperties", n.minProperties)
	w.count("maxProperties", n.maxProperties)
}

func (w *schemaWriter) combinations(n *node) {
	w.list("allOf", n.all)
	for _, a := range n.either {
		w.list(a.keyword, a.among)
	}
	w.one("not", n.not)
	if n.when != nil {
		w.one("if", n.when.condition)
		w.one("then", n.when.then)
		w.one("else", n.when.other)
	}
}

// types writes one type as a string and several as an array; anything needs no
// keyword.
func (w *schemaWriter) types(t types) {
	if t == typeAny {
		return
	}
	w.key("type")
	several := t&(t-1) != 0
	if several {
		w.open('[')
	}
	for _, one := range typeNames {
		if t&one.t == 0 {
			continue
		}
		if several {
			w.next()
		}
		w.text(one.name)
	}
	if several {
		w.close(']')
	}
}

func (w *schemaWriter) choices(c *choices) {
	if c == nil {
		return
	}
	w.key("enum")
	w.open('[')
	for _, one := range c.list {
		w.next()
		w.out = append(w.out, one...)
	}
	w.close(']')
}
