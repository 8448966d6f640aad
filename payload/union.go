package payload

import (
	"reflect"
	"strconv"
)

// Enum declares that a type has these values and no others: its typed constants.
// As keys of a map they may be any.
//
//	type Level string
//	const ( Info Level = "info"; Warning Level = "warning" )
//
//	payload.NewSet(payload.Enum(Info, Warning), payload.Event[Notice]("notice"))
func Enum[T ~string | ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](values ...T) Definition {
	e := enumOf{typ: reflect.TypeFor[T]()}
	for _, value := range values {
		e.values = append(e.values, reflect.ValueOf(value))
	}
	return Definition{enum: &e}
}

type enumOf struct {
	typ    reflect.Type
	values []reflect.Value
}

// putEnum puts the declared values of t on its schema.
func (b *builder) putEnum(n *node, t reflect.Type) {
	for _, e := range b.enums {
		if e.typ != t {
			continue
		}
		c := &choices{keyword: tagEnum}
		for _, value := range e.values {
			if problem := newDraft(n).addChoice(c, textOf(value)); problem != "" {
				b.fail("enum of "+t.String(), problem)
			}
		}
		n.enum = c
	}
}

func textOf(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	}
	return strconv.FormatUint(v.Uint(), 10)
}

// Variant is one of the types of a [Union]. It is made by [Case].
type Variant struct {
	tag string
	typ reflect.Type
}

// Case is a variant: objects whose tag is tag are a T.
func Case[T any](tag string) Variant { return Variant{tag, reflect.TypeFor[T]()} }

// Union declares what an interface type holds: one of several structs, told
// apart by the property name of the object, whose value each case gives. A
// struct that has no field for that property gets it from whatever writes its
// JSON.
//
//	type Attachment interface{ attachment() }
//
//	payload.Union[Attachment]("kind", payload.Case[Image]("image"), payload.Case[File]("file"))
func Union[T any](name string, cases ...Variant) Definition {
	return Definition{union: &unionOf{reflect.TypeFor[T](), name, cases}}
}

type unionOf struct {
	typ   reflect.Type
	name  string
	cases []Variant
}

func (b *builder) declared(t reflect.Type) *unionOf {
	for _, u := range b.unions {
		if u.typ == t {
			return u
		}
	}
	return nil
}

// union makes the schema of an interface.
func (b *builder) union(n *node, t reflect.Type, place string) {
	u := b.declared(t)
	if u == nil {
		b.unsupported(n, place, t, "could hold anything: declare what it holds with payload.Union, or use a type that says it")
		return
	}
	n.types, n.name = typeAny, definitionName(t)
	where := "union of " + t.String()
	a := alternatives{keyword: "oneOf"}
	for i, c := range u.cases {
		for _, other := range u.cases[:i] {
			if other.tag == c.tag {
				b.fail(where, "has the case "+quoted(c.tag)+" twice: keep one")
			}
		}
		if c.typ.Kind() != reflect.Struct || isTime(c.typ) || !implements(c.typ, t) {
			b.fail(where, "has the case "+quoted(c.tag)+", whose type "+c.typ.String()+" is not a struct that can stand in it")
			continue
		}
		variant := b.make(typeObject)
		a.among = append(a.among, variant)
		whole := b.node(c.typ, where)
		b.done = append(b.done, typeSchema{c.typ, variant}) // behind whole, which is what others mean
		b.later = append(b.later, func() { b.variant(variant, whole, u.name, c, where) })
	}
	if len(a.among) == 0 {
		b.fail(where, "has no cases: name one with payload.Case")
		return
	}
	n.either = []alternatives{a}
}

// variant makes the schema of a case: that of its type, with the tag given.
func (b *builder) variant(n, whole *node, name string, c Variant, where string) {
	properties := append([]property{}, whole.properties...)
	tag := property{name: name, required: true, node: b.make(typeString)}
	tag.node.constant = &choices{keyword: tagConst}
	tag.node.constant.addString(c.tag)
	at := -1
	for i, p := range properties {
		if p.name == name {
			at = i
		}
	}
	switch {
	case at < 0:
		properties = append([]property{tag}, properties...)
	default:
		if issues := validate(properties[at].node, []byte(tag.node.constant.list[0])); len(issues) > 0 {
			b.fail(where, "has the case "+quoted(c.tag)+", whose property "+quoted(name)+" cannot be that: "+issues[0].Message)
		}
		tag.doc = properties[at].doc
		properties[at] = tag
	}
	n.doc, n.name = whole.doc, whole.name
	n.setProperties(properties)
}
