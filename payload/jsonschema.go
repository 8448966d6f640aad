package payload

// JSONSchema writes the set as one JSON Schema document of draft 2020-12, with
// the schema of each event in $defs under the event's name. The bytes depend on
// nothing but the definitions: events and properties stand in the order of
// declaration, keywords in a fixed one.
//
// It says what Validate holds payloads to, with two differences: format is an
// annotation to most other validators, and what [Issue] lists as below the
// schema is not in it.
func (s *Set) JSONSchema() []byte {
	w := schemaWriter{}
	w.open('{')
	w.key("$schema")
	w.text("https://json-schema.org/draft/2020-12/schema")
	w.key("$defs")
	w.open('{')
	for _, e := range s.events {
		w.key(e.name)
		w.schema(e.schema)
	}
	w.close('}')
	w.close('}')
	return append(w.out, '\n')
}

// schemaWriter writes indented JSON.
type schemaWriter struct {
	out   []byte
	depth int
	more  bool // something stands before, on this level
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

func (w *schemaWriter) count(key string, n int) {
	w.key(key)
	w.out = append(w.out, itoa(n)...)
}

func (w *schemaWriter) number(key string, d *decimal) {
	if d != nil {
		w.key(key)
		w.out = append(w.out, d.text...)
	}
}

func (w *schemaWriter) schema(n *node) {
	w.open('{')
	w.string("description", n.doc)
	w.types(n.types)
	w.choices(n)
	if n.minLength > 0 {
		w.count("minLength", n.minLength)
	}
	if n.maxLength >= 0 {
		w.count("maxLength", n.maxLength)
	}
	if n.pattern != nil {
		w.string("pattern", n.pattern.String())
	}
	w.string("format", n.format.String())
	w.number("minimum", n.minimum)
	w.number("maximum", n.maximum)
	if n.items != nil {
		w.key("items")
		w.schema(n.items)
	}
	if n.minItems > 0 {
		w.count("minItems", n.minItems)
	}
	if n.maxItems >= 0 {
		w.count("maxItems", n.maxItems)
	}
	w.members(n)
	w.close('}')
}

func (w *schemaWriter) members(n *node) {
	if len(n.properties) > 0 {
		w.key("properties")
		w.open('{')
		for _, p := range n.properties {
			w.key(p.name)
			w.schema(p.node)
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
	if n.values != nil && n.values != anything {
		w.key("additionalProperties")
		w.schema(n.values)
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

// choices writes the enum, which has to name null where null is allowed
// (validation §6.1.2).
func (w *schemaWriter) choices(n *node) {
	if n.enum == nil && n.enumNumbers == nil {
		return
	}
	w.key("enum")
	w.open('[')
	for _, s := range n.enum {
		w.next()
		w.text(s)
	}
	for i := range n.enumNumbers {
		w.next()
		w.out = append(w.out, n.enumNumbers[i].text...)
	}
	if n.types&typeNull != 0 {
		w.next()
		w.out = append(w.out, "null"...)
	}
	w.close(']')
}
