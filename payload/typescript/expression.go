package typescript

import (
	"slices"
	"strings"
)

// expression is a type in TypeScript.
type expression struct {
	text   string
	joined byte // '|' or '&' when it has to be in parentheses beside others
}

var (
	unknown = expression{text: "unknown"}
	never   = expression{text: "never"}
)

// in returns the text for where op binds the type; '[' binds strongest.
func (e expression) in(op byte) string {
	if e.joined == 0 || e.joined == op || e.joined == '&' && op == '|' {
		return e.text
	}
	return "(" + e.text + ")"
}

// union is one of the types; unknown where one of them is.
func union(list []expression) expression {
	var texts []string
	for _, e := range list {
		if e == unknown {
			return unknown
		}
		if text := e.in('|'); e != never && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return join(texts, '|', never, list)
}

// intersection is all of the types at once.
func intersection(list []expression) expression {
	var texts []string
	for _, e := range list {
		if e == never {
			return never
		}
		if text := e.in('&'); e != unknown && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return join(texts, '&', unknown, list)
}

func join(texts []string, op byte, none expression, list []expression) expression {
	switch len(texts) {
	case 0:
		return none
	case 1:
		for _, e := range list {
			if e.in(op) == texts[0] {
				return e
			}
		}
	}
	return expression{strings.Join(texts, " "+string(op)+" "), op}
}

// place is where a schema stands, as far as Go comments are found by it.
type place struct {
	def  string   // in $defs; "" outside of it
	path []string // of properties
}

func (p place) property(name string) place {
	return place{p.def, append(slices.Clip(p.path), name)}
}

type context struct {
	at    place
	types types // what the value is known to be by the schemas around
	depth int   // of indentation
}

// use writes a schema where it is used: its name, where it has one.
func (g *generator) use(s *value, c context) expression {
	if d := g.defs[s]; d != nil {
		return expression{text: d.name}
	}
	return g.schema(s, c)
}

// refer writes a $ref. What it means gets a name, where it has none: written in
// place again and again, a small document could become a large file.
func (g *generator) refer(target *value, ref string, c context) expression {
	if g.defs[target] == nil && target.kind == '{' {
		d := &definition{name: g.taken.take(ref[strings.LastIndexByte(ref, '/')+1:]), schema: target}
		g.defs[target] = d
		g.order = append(g.order, d)
	}
	return g.use(target, c)
}

// schema writes what a schema says, in place.
func (g *generator) schema(s *value, c context) expression {
	switch s.kind {
	case 't':
		return unknown
	case 'f':
		return never
	case '{':
	default:
		g.fail("%s is not a schema: make it an object, true or false", s.text)
		return unknown
	}
	c.types &= g.typesOf(s)
	var parts []expression
	objects := false // besides what s says of objects itself
	if ref := s.get("$ref"); ref != nil {
		target := g.root.at(ref.text)
		if target == nil {
			g.fail("$ref %s leads out of the document, or to nothing: copy what it means into $defs", quote(ref.text))
			return unknown
		}
		one := g.refer(target, ref.text, c)
		parts = append(parts, one)
		objects = one != unknown && g.typesOf(target)&c.types == typeObject
	}
	for _, one := range list(s, "allOf") {
		e := g.use(one, c)
		parts = append(parts, e)
		objects = objects || e != unknown && g.typesOf(one)&c.types == typeObject
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if s.get(keyword) == nil {
			continue
		}
		var among []expression
		all := types(0)
		for _, one := range list(s, keyword) {
			among = append(among, g.use(one, c))
			all |= g.typesOf(one)
		}
		e := union(among)
		parts = append(parts, e)
		objects = objects || e != unknown && all&c.types == typeObject
	}
	own, given := g.own(s, c)
	if given && !(objects && c.types == typeObject && only(s, "type", "$ref", "allOf", "anyOf", "oneOf")) {
		parts = append([]expression{own}, parts...)
	}
	return intersection(parts)
}

// own is what a schema says by itself, and whether it says anything.
func (g *generator) own(s *value, c context) (expression, bool) {
	if allowed, ok := values(s); ok {
		var literals []expression
		for _, v := range allowed {
			if typeOf(v)&c.types != 0 {
				literals = append(literals, expression{text: literal(v)})
			}
		}
		return union(literals), true
	}
	structured := has(s, "properties") || has(s, "items")
	if s.get("type") == nil && (!structured || c.types == allTypes) {
		return unknown, false
	}
	var among []expression
	for _, t := range typeNames {
		if c.types&t.t == 0 {
			continue
		}
		switch t.t {
		case typeObject:
			among = append(among, g.object(s, c))
		case typeArray:
			among = append(among, g.array(s, c))
		default:
			among = append(among, expression{text: t.name})
		}
	}
	return union(among), true
}

// array writes items as an array, prefixItems and a given number of items as a
// tuple.
func (g *generator) array(s *value, c context) expression {
	element := context{at: c.at, types: allTypes, depth: c.depth}
	rest := unknown
	if items := s.get("items"); items != nil {
		rest = g.use(items, element)
	}
	prefix := list(s, "prefixItems")
	least, most := s.count("minItems", 0), s.count("maxItems", -1)
	if most == 0 || len(prefix) == 0 && rest == never {
		return expression{text: "[]"}
	}
	if len(prefix) == 0 {
		if tuple := repeated(rest, most); least == most && tuple != "" {
			return expression{text: tuple}
		}
		return expression{text: rest.in('[') + "[]"}
	}
	var elements []string
	for i, one := range prefix {
		if i == most {
			break
		}
		e := g.use(one, element)
		if i >= least {
			elements = append(elements, e.in('[')+"?")
		} else {
			elements = append(elements, e.text)
		}
	}
	if rest != never && (most < 0 || most > len(prefix)) {
		elements = append(elements, "..."+rest.in('[')+"[]")
	}
	return expression{text: "[" + strings.Join(elements, ", ") + "]"}
}

// repeated writes an array of n equal items, as a Go array is, as a tuple; "" when
// that is no longer something to read. The bound also keeps arrays of arrays from
// becoming a large file.
func repeated(item expression, n int) string {
	const most = 80
	if n < 1 || n*len(item.text) > most || strings.Contains(item.text, "\n") {
		return ""
	}
	return "[" + strings.TrimSuffix(strings.Repeat(item.text+", ", n), ", ") + "]"
}
