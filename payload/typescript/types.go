package typescript

import (
	"slices"
	"strconv"
	"strings"
)

// types is a set of JSON types; an integer is a number in TypeScript.
type types uint8

const (
	typeString types = 1 << iota
	typeNumber
	typeBoolean
	typeObject
	typeArray
	typeNull
	allTypes = 1<<iota - 1
)

// typeNames is in the order in which a union lists them.
var typeNames = []struct {
	t    types
	name string
}{
	{typeString, "string"}, {typeNumber, "number"}, {typeBoolean, "boolean"},
	{typeObject, "object"}, {typeArray, "array"}, {typeNull, "null"},
}

func typeNamed(name string) types {
	if name == "integer" {
		return typeNumber
	}
	for _, t := range typeNames {
		if t.name == name {
			return t.t
		}
	}
	return 0
}

func typeOf(v *value) types {
	switch v.kind {
	case '{':
		return typeObject
	case '[':
		return typeArray
	case '"':
		return typeString
	case '0':
		return typeNumber
	case 'n':
		return typeNull
	}
	return typeBoolean
}

// typesOf is what a schema lets a value be, by all that it says and refers to.
// It may be more than that where a schema refers to itself.
func (g *generator) typesOf(s *value) types {
	switch {
	case s == nil || s.kind == 't':
		return allTypes
	case s.kind == 'f':
		return 0
	}
	if t, known := g.types[s]; known {
		return t
	}
	g.types[s] = allTypes // until it is known
	t := types(allTypes)
	if one := s.get("type"); one != nil {
		t = typeNamed(one.text)
		for _, several := range one.items {
			t |= typeNamed(several.text)
		}
	}
	if allowed, ok := values(s); ok {
		var among types
		for _, v := range allowed {
			among |= typeOf(v)
		}
		t &= among
	}
	if ref := s.get("$ref"); ref != nil {
		t &= g.typesOf(g.root.at(ref.text))
	}
	for _, one := range list(s, "allOf") {
		t &= g.typesOf(one)
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if s.get(keyword) == nil {
			continue
		}
		var among types
		for _, one := range list(s, keyword) {
			among |= g.typesOf(one)
		}
		t &= among
	}
	g.types[s] = t
	return t
}

func list(s *value, keyword string) []*value {
	if l := s.get(keyword); l != nil {
		return l.items
	}
	return nil
}

// values are those that const and enum allow; false where all are.
func values(s *value) ([]*value, bool) {
	if v := s.get("const"); v != nil {
		return []*value{v}, true
	}
	if l := s.get("enum"); l != nil {
		return l.items, true
	}
	return nil, false
}

// groups are keywords that say one thing together.
var groups = map[string][]string{
	"properties": {"properties", "patternProperties", "additionalProperties", "required"},
	"items":      {"items", "prefixItems"},
}

// typed are the keywords that have a form in TypeScript.
var typed = []string{"$ref", "type", "const", "enum", "allOf", "anyOf", "oneOf",
	"properties", "patternProperties", "additionalProperties", "required", "items", "prefixItems"}

// has reports whether a schema has one of a group's keywords.
func has(s *value, group string) bool {
	return slices.ContainsFunc(groups[group], func(k string) bool { return s.get(k) != nil })
}

// only reports whether a schema says nothing besides these keywords that has a
// form in TypeScript.
func only(s *value, keywords ...string) bool {
	return !slices.ContainsFunc(typed, func(k string) bool { return s.get(k) != nil && !slices.Contains(keywords, k) })
}

// literal writes a JSON value as the type that has no other value.
func literal(v *value) string {
	switch v.kind {
	case '"':
		return quote(v.text)
	case '0':
		if _, err := strconv.ParseFloat(v.text, 64); err != nil {
			return "number" // beyond what JavaScript can hold
		}
		return v.text
	case '[':
		var parts []string
		for _, one := range v.items {
			parts = append(parts, literal(one))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case '{':
		if len(v.names) == 0 {
			return "Record<string, never>"
		}
		var parts []string
		for _, name := range v.names {
			parts = append(parts, key(name)+": "+literal(v.members[name]))
		}
		return "{ " + strings.Join(parts, "; ") + " }"
	}
	return v.text
}
