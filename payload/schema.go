package payload

import "amalgam/payload/pattern"

// types is a set of JSON types, as JSON Schema counts them (core §4.2.1).
type types uint8

const (
	typeNull types = 1 << iota
	typeBoolean
	typeNumber
	typeString
	typeArray
	typeObject
	// typeInteger is a number without a fraction (validation §6.1.1). It never
	// stands beside typeNumber in a node.
	typeInteger

	typeAny = typeNull | typeBoolean | typeNumber | typeString | typeArray | typeObject
)

// typeNames are the types in the order they are listed in, as JSON Schema and
// as a sentence names them.
var typeNames = [...]struct {
	t            types
	name, phrase string
}{
	{typeString, "string", "a string"},
	{typeInteger, "integer", "a whole number"},
	{typeNumber, "number", "a number"},
	{typeBoolean, "boolean", "a boolean"},
	{typeArray, "array", "an array"},
	{typeObject, "object", "an object"},
	{typeNull, "null", "null"},
}

// node is one schema. The validator and the JSON Schema writer see nothing but
// nodes: where they come from (Go types today) is the builder's business.
//
// A node is never changed once its set is built, so any number of goroutines
// may judge by it.
type node struct {
	types types
	doc   string

	// For strings. Lengths are in Unicode code points; max is -1 when unbounded.
	minLength, maxLength int
	enum                 []string
	pattern              *pattern.Program
	format               format

	// For numbers: nil when unbounded.
	minimum, maximum *decimal
	enumNumbers      []decimal

	// For arrays: items is nil when anything may stand in them.
	items              *node
	minItems, maxItems int // maxItems is -1 when unbounded

	// For objects.
	properties []property
	byName     map[string]int // into properties; nil when they are few
	required   int            // how many of the properties are
	values     *node          // what undeclared properties must hold; nil for anything
}

// property is one declared member of an object.
type property struct {
	name     string
	required bool
	node     *node
}

// anything is the schema that every value holds to: what is undeclared is read
// by it, so that its syntax is checked all the same.
var anything = &node{types: typeAny, maxLength: -1, maxItems: -1}

func newNode(t types) *node { return &node{types: t, maxLength: -1, maxItems: -1} }

// manyProperties is from how many on a map is faster than comparing in turn.
const manyProperties = 12

// setProperties gives the node its properties and readies the look-up.
func (n *node) setProperties(properties []property) {
	n.properties = properties
	for _, p := range properties {
		if p.required {
			n.required++
		}
	}
	if len(properties) >= manyProperties {
		n.byName = make(map[string]int, len(properties))
		for i, p := range properties {
			n.byName[p.name] = i
		}
	}
}

// find returns the index of the property with an undecoded name that holds no
// escapes, or -1. Publishers mostly write properties in declaration order, so
// expected, the one after the last found, is tried first.
func (n *node) find(name []byte, expected int) int {
	if expected < len(n.properties) && n.properties[expected].name == string(name) {
		return expected
	}
	if n.byName != nil {
		if i, ok := n.byName[string(name)]; ok {
			return i
		}
		return -1
	}
	for i := range n.properties {
		if n.properties[i].name == string(name) {
			return i
		}
	}
	return -1
}
