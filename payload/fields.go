package payload

import "reflect"

// field is one field of a struct, or of one embedded in it.
type field struct {
	owner    reflect.Type // the struct that declares it
	goName   string
	typ      reflect.Type
	name     string // of the property
	tagged   bool   // the name was given in the json tag
	omitted  bool   // has omitempty or omitzero
	required bool
	depth    int   // how many embedded structs it lies in
	tags     []tag // those of this package but json
	index    []int // the way to it, through embedded structs
}

func (f *field) place() string { return f.owner.String() + "." + f.goName }

// fields lists what encoding/json would write for t, with the fields of embedded
// structs in place of them, in order of declaration. outer are the structs that
// t is embedded in. What a blank field documents goes to n.
func (b *builder) fields(n *node, t reflect.Type, outer []reflect.Type) []*field {
	var list []*field
	for i := range t.NumField() {
		sf := t.Field(i)
		f := &field{owner: t, goName: sf.Name, typ: sf.Type, depth: len(outer), index: []int{i}}
		tags, problem := readTags(string(sf.Tag))
		if problem != "" {
			b.fail(f.place(), "tag "+problem)
		}
		jsonTag, hasJSON := "", false
		for _, tag := range tags {
			switch {
			case tag.key == tagJSON:
				jsonTag, hasJSON = tag.value, true
			case isOurTag(tag.key):
				f.tags = append(f.tags, tag)
			default:
				if problem := unknownTag(tag.key); problem != "" {
					b.failTag(f.place(), tag, problem)
				}
			}
		}
		if sf.Name == "_" {
			b.document(n, f, len(outer) == 0)
			continue
		}
		if jsonTag == "-" {
			continue
		}
		embedded := sf.Type
		if sf.Anonymous && embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		isStruct := sf.Anonymous && embedded.Kind() == reflect.Struct
		if !sf.IsExported() && !isStruct {
			for _, tag := range f.tags {
				b.failTag(f.place(), tag, "does nothing, because the field is not exported: export it or remove the tag")
			}
			continue
		}
		b.readName(f, jsonTag, hasJSON)
		if isStruct && !f.tagged {
			list = append(list, b.promoted(n, f, embedded, outer)...)
			continue
		}
		if !sf.IsExported() {
			b.refuseNamed(f, jsonTag)
			continue
		}
		list = append(list, f)
	}
	return list
}

// promoted lists the fields of an embedded struct.
func (b *builder) promoted(n *node, f *field, embedded reflect.Type, outer []reflect.Type) []*field {
	for _, tag := range f.tags {
		b.failTag(f.place(), tag, "does nothing, because the fields of an embedded struct take its place: remove it, or give it a name in json")
	}
	if marshalsItself(embedded) {
		b.fail(f.place(), "type "+embedded.String()+" writes its own JSON or text: give it a name in json")
		return nil
	}
	for _, t := range append(outer, f.owner) {
		if t == embedded {
			b.refersBack(f.place(), t)
			return nil
		}
	}
	if hasValidate(embedded) && !hasValidate(f.owner) {
		b.fail(f.place(), "type "+embedded.String()+" has a Validate method that "+f.owner.String()+" does not get, because another stands in its way: give "+f.owner.String()+" one that calls it")
	}
	list := b.fields(n, embedded, append(outer, f.owner))
	for _, one := range list {
		one.index = append([]int{f.index[0]}, one.index...)
	}
	if f.typ.Kind() == reflect.Pointer {
		for i := range list {
			list[i].required = false // a nil pointer leaves them all out
		}
	}
	return list
}

// document reads the tags of a blank field, which stand for the struct.
func (b *builder) document(n *node, f *field, own bool) {
	for _, tag := range f.tags {
		if tag.key != tagDoc {
			b.failTag(f.place(), tag, "does nothing on a blank field, which takes doc only: remove it")
		} else if own {
			n.doc = tag.value
		}
	}
}

// readName reads the json tag: the property's name and whether it may be absent.
func (b *builder) readName(f *field, jsonTag string, has bool) {
	whole := tag{tagJSON, jsonTag}
	name, options, _ := cut(jsonTag, ',')
	f.name, f.tagged = name, name != ""
	if !f.tagged {
		f.name = f.goName
	}
	if f.tagged && !takesName(name) {
		// It would take the field's name instead, and say nothing.
		b.failTag(f.place(), whole, "has a name that encoding/json does not take: use letters, digits and punctuation of ASCII, without quotes and backslashes")
	}
	for has && options != "" {
		var option string
		option, options, _ = cut(options, ',')
		switch option {
		case "omitempty", "omitzero":
			f.omitted = true
		case "string":
			b.failTag(f.place(), whole, "has the option string, which is not supported: make the field a string")
		default:
			b.failTag(f.place(), whole, "has an unknown option: use omitempty or omitzero")
		}
	}
	f.required = !f.omitted && f.typ.Kind() != reflect.Pointer
}

// hidden reports whether another field takes the name of *fields[i], by the rules
// of encoding/json: the one embedded least deeply, and among those the one that
// has its name from a tag. Where that leaves two, encoding/json drops both and
// says nothing; here it is an error.
func (b *builder) hidden(fields []*field, i int) bool {
	f := fields[i]
	rival := -1
	for j, other := range fields {
		if j == i || other.name != f.name || other.depth > f.depth {
			continue
		}
		if other.depth < f.depth || other.tagged && !f.tagged {
			return true
		}
		if other.tagged == f.tagged && j < i {
			rival = j
		}
	}
	if rival < 0 {
		return false
	}
	b.fail(f.place(), "has the name "+quoted(f.name)+" of "+fields[rival].place()+": give one of them another name in json")
	return true
}
