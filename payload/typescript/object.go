package typescript

import "strings"

// isInterface reports whether a definition is one object and nothing else.
func (g *generator) isInterface(s *value) bool {
	if s.string("type") != "object" || !only(s, append(groups["properties"], "type")...) {
		return false
	}
	return g.loops || len(properties(s)) > 0
}

// properties are the names that a schema lists, also if only as required.
func properties(s *value) []string {
	var names []string
	seen := map[string]bool{}
	if p := s.get("properties"); p != nil {
		names = append(names, p.names...)
	}
	for _, name := range names {
		seen[name] = true
	}
	for _, r := range list(s, "required") {
		if !seen[r.text] {
			names = append(names, r.text)
			seen[r.text] = true
		}
	}
	return names
}

// object writes an object in place: a Record where no property is listed.
func (g *generator) object(s *value, c context) expression {
	if len(properties(s)) > 0 || g.loops {
		return expression{text: g.members(s, c)}
	}
	return expression{text: "Record<string, " + g.others(s, c).text + ">"}
}

// others is the type of properties that are not listed.
func (g *generator) others(s *value, c context) expression {
	c.types = allTypes
	rest := unknown
	if additional := s.get("additionalProperties"); additional != nil {
		rest = g.use(additional, c)
	}
	among := []expression{rest}
	if patterns := s.get("patternProperties"); patterns != nil {
		for _, name := range patterns.names {
			among = append(among, g.use(patterns.members[name], c))
		}
	}
	return union(among)
}

// members writes the properties in braces.
func (g *generator) members(s *value, c context) string {
	indent := strings.Repeat("  ", c.depth+1)
	required := map[string]bool{}
	for _, r := range list(s, "required") {
		required[r.text] = true
	}
	var b strings.Builder
	b.WriteString("{\n")
	var all []expression
	optional := false
	inner := context{types: allTypes, depth: c.depth + 1}
	for _, name := range properties(s) {
		inner.at = c.at.property(name)
		var typ expression
		doc := ""
		if schema := s.get("properties").get(name); schema != nil {
			typ = g.use(schema, inner)
			doc = g.documentation(schema, inner.at)
		} else {
			typ = g.others(s, inner)
		}
		all = append(all, typ)
		b.WriteString(comment(doc, indent))
		b.WriteString(indent + key(name))
		if !required[name] {
			optional = true
			b.WriteByte('?')
		}
		b.WriteString(": " + typ.text + ";\n")
	}
	// An object of TypeScript may have more properties than are listed, so only
	// what is said of their type needs to be written.
	_, told := s.members["additionalProperties"]
	_, patterned := s.members["patternProperties"]
	if rest := g.others(s, inner); len(all) == 0 || (told || patterned) && rest != never && rest != unknown {
		// The listed ones are among them, for TypeScript.
		if optional {
			all = append(all, expression{text: "undefined"})
		}
		b.WriteString(indent + "[name: string]: " + union(append(all, rest)).text + ";\n")
	}
	b.WriteString(strings.Repeat("  ", c.depth) + "}")
	return b.String()
}
