package payload

import (
	"unicode/utf8"

	"amalgam/payload/pattern"
)

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
// nodes: whether they come from Go types or from a document is the business of
// the builder and of the reader.
//
// A node is never changed once its set is built, so any number of goroutines
// may judge by it.
type node struct {
	types types
	// special: the value is not read by this node alone, see validator.special.
	special bool
	brief   brief
	doc     string
	// name is that of the node's place in $defs, for the writer; "" for a node
	// that is written where it is used.
	name     string
	defaults string // the default, as JSON; a mere annotation
	encoding string // contentEncoding, a mere annotation

	enum, constant *choices

	// For strings. Lengths are in Unicode code points; max is -1 when unbounded.
	minLength, maxLength int
	pattern              *pattern.Program
	format               format

	// For numbers: nil when unbounded. above and below are exclusive.
	minimum, maximum, above, below *decimal
	multiple                       *divisor

	// For arrays: items, behind those that prefix judges, is nil when anything
	// may stand in them.
	prefix             []*node
	items              *node
	minItems, maxItems int // maxItems is -1 when unbounded
	unique             bool

	// For objects.
	properties                   []property
	byName                       map[string]int // into properties; nil when they are few
	required                     int            // how many of the properties are
	patterns                     []patternProperty
	values                       *node // what undeclared properties must hold; nil for anything
	minProperties, maxProperties int   // maxProperties is -1 when unbounded

	// What further schemas say of the same value; nil for most.
	all    []*node
	either []alternatives // anyOf and oneOf
	not    *node
	when   *conditional
	// What ready finds of them: the choice, where a node says nothing else, and
	// those of not and when.
	chooses *choice
	besides []*node

	// refuses is set where nothing holds: the keyword and the message of it.
	refuses *refusal
}

// alternatives are the schemas of anyOf or oneOf. choice, when it is not nil,
// tells which one of them is to judge a value.
type alternatives struct {
	keyword string
	among   []*node
	choice  *choice
}

// conditional is if, then and else; then and other may be nil.
type conditional struct{ condition, then, other *node }

type refusal struct{ keyword, message string }

// patternProperty is what the properties with such names must hold.
type patternProperty struct {
	name *pattern.Program
	node *node
}

// property is one declared member of an object.
type property struct {
	name     string
	written  string // see asWritten
	required bool
	doc      string // of the property; that of a shared node is the type's
	node     *node  // nil where a property is only required
}

// anything is the schema that every value holds to: what is undeclared is read
// by it, so that its syntax is checked all the same.
var anything = func() *node {
	n := newNode(typeAny)
	n.ready()
	return n
}()

// nothing are the schemas that no value holds to.
var (
	nothing     = refusing("false", "is not allowed here: remove it")
	noProperty  = refusing("additionalProperties", "is not declared: remove it")
	noMoreItems = refusing("items", "is one item too many: remove it")
)

func newNode(t types) *node {
	return &node{types: t, maxLength: -1, maxItems: -1, maxProperties: -1}
}

func refusing(keyword, message string) *node {
	n := newNode(typeAny)
	n.refuses, n.special = &refusal{keyword, message}, true
	return n
}

// conditions are the schemas that judge the same value without having to hold,
// besides alternatives.
func (n *node) conditions() []*node {
	var list []*node
	if n.not != nil {
		list = append(list, n.not)
	}
	if n.when == nil {
		return list
	}
	for _, one := range [...]*node{n.when.condition, n.when.then, n.when.other} {
		if one != nil {
			list = append(list, one)
		}
	}
	return list
}

// inPlace lists the schemas that judge the same value.
func (n *node) inPlace() []*node {
	list := append(n.conditions(), n.all...)
	for _, a := range n.either {
		list = append(list, a.among...)
	}
	return list
}

// ready makes the node fit for the validator, once all is in it.
func (n *node) ready() {
	for i := range n.either {
		n.either[i].choice = choiceOf(n.either[i].among)
	}
	if len(n.either) == 1 && n.plain() {
		n.chooses = n.either[0].choice
	}
	n.besides = n.conditions()
	n.enum.ready()
	n.constant.ready()
	n.special = n.refuses != nil || n.patterns != nil || n.all != nil || n.either != nil || n.not != nil || n.when != nil
	n.brief = briefOf(n)
}

// manyProperties is from how many on a map is faster than comparing in turn.
const manyProperties = 12

// setProperties gives the node its properties and readies the look-up.
func (n *node) setProperties(properties []property) {
	n.properties = properties
	for i := range properties {
		p := &properties[i]
		p.written = asWritten(p.name)
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

// asWritten is how a property's name is mostly written, up to the value, or ""
// for one that has to be escaped.
func asWritten(name string) string {
	for i := range len(name) {
		if c := name[i]; c < utf8.RuneSelf && !plain[c] {
			return ""
		}
	}
	if !utf8.ValidString(name) {
		return ""
	}
	return `"` + name + `":`
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

// plain reports whether a node says nothing itself, besides alternatives.
func (n *node) plain() bool {
	return n.types == typeAny && n.enum == nil && n.constant == nil &&
		n.minLength == 0 && n.maxLength < 0 && n.pattern == nil && n.format == formatNone &&
		n.minimum == nil && n.maximum == nil && n.above == nil && n.below == nil && n.multiple == nil &&
		n.prefix == nil && n.items == nil && n.minItems == 0 && n.maxItems < 0 && !n.unique &&
		n.properties == nil && n.patterns == nil && n.values == nil && n.minProperties == 0 && n.maxProperties < 0 &&
		n.all == nil && n.not == nil && n.when == nil
}
