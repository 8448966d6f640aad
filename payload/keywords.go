package payload

// isAnnotation reports whether a keyword says nothing that a value could fail.
func isAnnotation(name string) bool {
	switch name {
	case "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
		"$comment", "$schema", "$defs", "definitions", "$anchor",
		"contentEncoding", "contentMediaType", "contentSchema":
		return true
	}
	return len(name) > 1 && (name[0] == 'x' || name[0] == 'X') && name[1] == '-'
}

// unsupported are the keywords of draft 2020-12 and of older drafts that assert
// something and are not understood, with what to do instead.
var unsupported = [...]struct{ name, mend string }{
	{"contains", ""}, {"minContains", ""}, {"maxContains", ""},
	{"propertyNames", "use patternProperties and additionalProperties"},
	{"dependentRequired", "use if and then"}, {"dependentSchemas", "use if and then"}, {"dependencies", "use if and then"},
	{"unevaluatedItems", "use items"}, {"unevaluatedProperties", "use additionalProperties"},
	{"additionalItems", "use items beside prefixItems"},
	{"$id", "a document has one address: use $defs and $ref"}, {"id", "this is draft 4: use $defs and $ref"},
	{"$dynamicRef", "use $ref"}, {"$dynamicAnchor", "use $anchor"},
	{"divisibleBy", "use multipleOf"}, {"disallow", "use not"}, {"extends", "use allOf"},
	{"$recursiveRef", "use $ref"}, {"$recursiveAnchor", "use $anchor"}, {"$vocabulary", ""},
	{"nullable", "this is OpenAPI: add null to type"}, {"discriminator", "this is OpenAPI: give the property a const in each schema of oneOf"},
}

var keywords = [...]string{"type", "enum", "const", "properties", "required", "additionalProperties",
	"patternProperties", "minProperties", "maxProperties", "items", "prefixItems", "minItems", "maxItems",
	"uniqueItems", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
	"maxLength", "pattern", "format", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$ref"}

// keyword puts one keyword of the schema at on its node.
func (r *reader) keyword(n *node, at *value, m named) {
	v := m.value
	switch m.name {
	case "type":
		n.types = r.types(v)
	case "enum":
		if v.kind != '[' || len(v.items) == 0 {
			r.fail(v, "is not a list of values: write at least one in brackets")
			return
		}
		n.enum = r.choices(m.name, v.items)
	case "const":
		n.constant = r.choices(m.name, []*value{v})
	case "description":
		n.doc = v.text
	case "default":
		n.defaults = string(v.raw)
	case "contentEncoding":
		n.encoding = v.text
	case "minLength":
		n.minLength = r.count(v)
	case "maxLength":
		n.maxLength = r.count(v)
	case "minItems":
		n.minItems = r.count(v)
	case "maxItems":
		n.maxItems = r.count(v)
	case "minProperties":
		n.minProperties = r.count(v)
	case "maxProperties":
		n.maxProperties = r.count(v)
	case "minimum":
		n.minimum = r.number(v)
	case "maximum":
		n.maximum = r.number(v)
	case "exclusiveMinimum":
		n.above = r.number(v)
	case "exclusiveMaximum":
		n.below = r.number(v)
	case "multipleOf":
		if d := r.number(v); d != nil {
			var ok bool
			if n.multiple, ok = newDivisor(d); !ok {
				r.fail(v, "is not a number above 0 of at most 18 digits")
			}
		}
	case "uniqueItems":
		if v.kind != 't' && v.kind != 'f' {
			r.fail(v, "is not true or false")
		}
		n.unique = v.kind == 't'
	case "pattern":
		n.pattern = r.compile(v, r.text(v))
	case "format":
		if n.format = formatNamed(r.text(v)); n.format == formatNone && v.kind == '"' {
			r.fail(v, "is the format "+quoted(told(v.text))+", which is not understood: use "+formatNames()+", or pattern")
		}
	case "properties", "required", "additionalProperties", "patternProperties", "items", "prefixItems",
		"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$ref":
		// They go together: see combine.
	case "$id":
		if at != r.root {
			r.refuse(v, m.name)
		}
	default:
		if !isAnnotation(m.name) {
			r.refuse(v, m.name)
		}
	}
}

// refuse tells of a keyword that is not understood, if it asserts something or
// looks like one that does.
func (r *reader) refuse(v *value, name string) {
	for _, k := range unsupported {
		if k.name != name {
			continue
		}
		mend := "remove it"
		if k.mend != "" {
			mend = k.mend
		}
		r.fail(v, "is a keyword that is not understood: "+mend)
		return
	}
	folded := fold(name)
	for _, known := range keywords {
		if f := fold(known); folded == f || len(f) >= 5 && nearly(folded, f) {
			r.fail(v, "is not a keyword: did you mean "+known+"?")
			return
		}
	}
}

// combine reads the keywords that depend on each other.
func (r *reader) combine(n *node, at *value) {
	if ref := at.get("$ref"); ref != nil {
		n.all = append(n.all, r.follow(ref))
	}
	if v := at.get("allOf"); v != nil {
		n.all = append(n.all, r.schemas(v)...)
	}
	for _, keyword := range [...]string{"anyOf", "oneOf"} {
		if v := at.get(keyword); v != nil {
			n.either = append(n.either, alternatives{keyword: keyword, among: r.schemas(v)})
		}
	}
	if v := at.get("not"); v != nil {
		n.not = r.schema(v)
	}
	r.conditional(n, at)
	r.members(n, at)
	if v := at.get("prefixItems"); v != nil {
		n.prefix = r.schemas(v)
	}
	if v := at.get("items"); v != nil {
		if v.kind == '[' {
			r.fail(v, "is a list, as in older drafts: use prefixItems")
			return
		}
		if n.items = r.schema(v); n.items == nothing {
			n.items = noMoreItems
		}
	}
}

func (r *reader) conditional(n *node, at *value) {
	condition := at.get("if")
	when := conditional{}
	if v := at.get("then"); v != nil {
		when.then = r.schema(v)
	}
	if v := at.get("else"); v != nil {
		when.other = r.schema(v)
	}
	if condition == nil {
		return
	}
	when.condition = r.schema(condition)
	if when.then != nil || when.other != nil {
		n.when = &when
	}
}

func (r *reader) members(n *node, at *value) {
	var list []property
	if v := at.get("properties"); v != nil {
		if v.kind != '{' {
			r.fail(v, "is not an object of schemas")
			return
		}
		for _, m := range v.members {
			p := property{name: m.name, node: r.schema(m.value)}
			if d := m.value.get("description"); d != nil && (p.node.name != "" || m.value.get("$ref") != nil) {
				p.doc = d.text
			}
			list = append(list, p)
		}
	}
	if v := at.get("required"); v != nil {
		list = r.required(list, v)
	}
	if v := at.get("patternProperties"); v != nil {
		if v.kind != '{' {
			r.fail(v, "is not an object of schemas")
			return
		}
		for _, m := range v.members {
			n.patterns = append(n.patterns, patternProperty{r.compile(m.value, m.name), r.schema(m.value)})
		}
	}
	if v := at.get("additionalProperties"); v != nil {
		if n.values = r.schema(v); n.values == nothing {
			n.values = noProperty
		}
	}
	n.setProperties(list)
}

func (r *reader) required(list []property, v *value) []property {
	if v.kind != '[' {
		r.fail(v, "is not a list of property names")
		return list
	}
	places := make(map[string]int, len(list)+len(v.items))
	for i, p := range list {
		places[p.name] = i
	}
	for _, item := range v.items {
		if item.kind != '"' {
			r.fail(item, "is not the name of a property")
			continue
		}
		i, found := places[item.text]
		if !found {
			i = len(list)
			places[item.text] = i
			list = append(list, property{name: item.text})
		}
		list[i].required = true
	}
	return list
}

func (r *reader) types(v *value) types {
	if v.kind == '"' {
		return r.oneType(v)
	}
	if v.kind != '[' || len(v.items) == 0 {
		r.fail(v, "is not a type or a list of types")
		return typeAny
	}
	var t types
	for _, item := range v.items {
		t |= r.oneType(item)
	}
	if t&typeNumber != 0 {
		t &^= typeInteger // which is a part of it
	}
	return t
}

func (r *reader) oneType(v *value) types {
	for _, one := range typeNames {
		if v.kind == '"' && v.text == one.name {
			return one.t
		}
	}
	r.fail(v, "is not a type: use string, integer, number, boolean, array, object or null")
	return typeAny
}

func (r *reader) choices(keyword string, values []*value) *choices {
	c := &choices{keyword: keyword}
	for _, v := range values {
		switch v.kind {
		case '"':
			c.addString(v.text)
		case 0:
			if d := r.number(v); d != nil {
				c.addNumber(*d)
			}
		case 'n':
			c.addNull()
		case 't', 'f':
			c.yes, c.no = c.yes || v.kind == 't', c.no || v.kind == 'f'
			c.list = append(c.list, string(v.raw))
		default:
			form, _ := appendCanonical(nil, v.raw, 0)
			c.deep = append(c.deep, string(form))
			c.list = append(c.list, string(v.raw))
		}
	}
	return c
}

//go:noinline
func (r *reader) number(v *value) *decimal {
	if v.kind != 0 {
		r.fail(v, "is not a number")
		return nil
	}
	d, ok := parseDecimal(string(v.raw))
	if !ok {
		r.fail(v, "is too large a number")
		return nil
	}
	return &d
}

// count reads a number of characters, items or properties, which may be written
// as 2.0.
//
//go:noinline
func (r *reader) count(v *value) int {
	d := r.number(v)
	if d == nil {
		return 0
	}
	n, ok := d.count()
	if !ok {
		r.fail(v, "is not a whole number from 0")
	}
	return n
}

//go:noinline
func (r *reader) text(v *value) string {
	if v.kind != '"' {
		r.fail(v, "is not a string")
	}
	return v.text
}
