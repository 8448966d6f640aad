package payload

import (
	"bytes"
	"reflect"
	"strconv"
)

// decoder reads a JSON text into Go values. The text has been judged: its syntax
// is right, no name stands twice, and it is no deeper than maxDepth. v is there
// for the way to the value being read and for the issues.
type decoder struct {
	v *validator
}

// decode reads data into to and returns what is wrong with it.
func (p *plan) decode(data []byte, to reflect.Value) []Issue {
	d := decoder{&validator{data: data}}
	d.value(skipSpace(data, 0), p, to)
	return d.v.issues
}

// value reads the value at data[i] into to, which is addressable, has the type
// of p, and is zero. It returns where the value ends.
func (d decoder) value(i int, p *plan, to reflect.Value) int {
	if d.v.full() {
		return d.v.pass(i)
	}
	before := d.v.faults
	end := d.read(i, p, to)
	if p.validates && d.v.faults == before && d.v.data[i] != 'n' {
		d.custom(p, to)
	}
	return end
}

func (d decoder) read(i int, p *plan, to reflect.Value) int {
	null := d.v.data[i] == 'n'
	kind := p.typ.Kind()
	switch {
	case p.how == byJSON:
		end := d.v.pass(i)
		d.call("decode", "UnmarshalJSON", p, func() error {
			return to.Addr().Interface().(jsonUnmarshaler).UnmarshalJSON(d.v.data[i:end])
		})
		return end
	case null: // sets to zero what can be nil, and leaves all else, which is zero
		return i + len("null")
	case p.how == byKind && kind == reflect.Pointer:
		one := reflect.New(p.elem.typ)
		end := d.value(i, p.elem, one.Elem())
		to.Set(one)
		return end
	case p.how == byKind && kind == reflect.Interface:
		return d.open(i, p, to)
	}
	switch c := d.v.data[i]; {
	case c == '"':
		s, end := d.text(i)
		d.string(s, p, to)
		return end
	case p.how == byKind && c == '{' && kind == reflect.Struct:
		return d.object(i, p, to)
	case p.how == byKind && c == '{' && kind == reflect.Map:
		return d.mapping(i, p, to)
	case p.how == byKind && c == '[' && (kind == reflect.Slice || kind == reflect.Array):
		return d.list(i, p, to)
	case p.how == byKind && (c == 't' || c == 'f') && kind == reflect.Bool:
		to.SetBool(c == 't')
	case c == '-' || isDigit(c):
		n, end, _ := scanNumber(d.v.data, i)
		if !setNumber(&n, p, to) {
			d.cannot(i, p)
		}
		return end
	default:
		d.cannot(i, p)
	}
	return d.v.pass(i)
}

// cannot notes that the value at data[i] holds to its schema, and has no place
// in the Go type.
func (d decoder) cannot(i int, p *plan) {
	d.v.fault("decode", "is "+typeNames[typeAt(d.v.data[i])].phrase+" that "+p.typ.String()+" cannot hold")
}

func (d decoder) text(i int) (s string, end int) {
	end = skipString(d.v.data, i)
	return unescaped(d.v.data[i+1 : end-1]), end
}

func unescaped(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw)
	}
	return string(appendUnescaped(make([]byte, 0, len(raw)), raw))
}

// string puts a string into to.
func (d decoder) string(s string, p *plan, to reflect.Value) {
	ok := false
	switch {
	case p.how == byText:
		d.call("decode", "UnmarshalText", p, func() error {
			return to.Addr().Interface().(textUnmarshaler).UnmarshalText([]byte(s))
		})
		return
	case p.how == asTime:
		// Package time wants T and Z in capitals, and has no leap seconds.
		ok = to.Addr().Interface().(textUnmarshaler).UnmarshalText(bytes.ToUpper([]byte(s))) == nil
	case p.how == asNumber: // a string is none
	case p.typ.Kind() == reflect.String:
		to.SetString(s)
		ok = true
	case p.typ.Kind() == reflect.Slice && p.elem.typ.Kind() == reflect.Uint8:
		if ok = base64.Match([]byte(s)); ok {
			to.SetBytes(base64Bytes(s))
		}
	}
	if !ok {
		d.v.fault("decode", "is a string that "+p.typ.String()+" cannot hold")
	}
}

// base64Bytes reads what the pattern base64 matches.
func base64Bytes(s string) []byte {
	out := make([]byte, 0, len(s)/4*3)
	bits, have := uint32(0), 0
	for _, c := range []byte(s) {
		switch {
		case c >= 'A' && c <= 'Z':
			c -= 'A'
		case c >= 'a' && c <= 'z':
			c -= 'a' - 26
		case isDigit(c):
			c += 52 - '0'
		case c == '+':
			c = 62
		case c == '/':
			c = 63
		default: // the padding: what is left of the bits means nothing
			return out
		}
		bits = bits<<6 | uint32(c)
		if have += 6; have >= 8 {
			have -= 8
			out = append(out, byte(bits>>have))
		}
	}
	return out
}

// setNumber puts a number into to. It reports false where it does not fit.
func setNumber(n *decimal, p *plan, to reflect.Value) bool {
	kind := p.typ.Kind()
	switch {
	case p.how == asNumber:
		to.SetString(n.String())
	case p.how != byKind:
		return false
	case to.CanInt():
		size, ok := n.magnitude()
		value := int64(size)
		if n.negative {
			value = -value
		}
		if !ok || (value < 0) != (n.negative && size > 0) || to.OverflowInt(value) {
			return false
		}
		to.SetInt(value)
	case to.CanUint():
		size, ok := n.magnitude()
		if !ok || n.negative && size > 0 || to.OverflowUint(size) {
			return false
		}
		to.SetUint(size)
	case kind == reflect.Float32 || kind == reflect.Float64:
		value, err := strconv.ParseFloat(n.String(), p.typ.Bits())
		if err != nil {
			return false
		}
		to.SetFloat(value)
	default:
		return false
	}
	return true
}

// list reads the array at data[i] into a slice or an array.
func (d decoder) list(i int, p *plan, to reflect.Value) int {
	slice := p.typ.Kind() == reflect.Slice
	if slice {
		to.Set(reflect.MakeSlice(p.typ, 0, 0))
	}
	return d.items(i, func(n, at int) int {
		if slice {
			to.Grow(1)
			to.SetLen(n + 1)
		} else if n >= to.Len() {
			d.v.fault("decode", "is one item more than "+p.typ.String()+" can hold")
			return d.v.pass(at)
		}
		return d.value(at, p.elem, to.Index(n))
	})
}

// mapping reads the object at data[i] into a map.
func (d decoder) mapping(i int, p *plan, to reflect.Value) int {
	to.Set(reflect.MakeMap(p.typ))
	return d.members(i, func(name []byte, at int) int {
		key, value := reflect.New(p.key.typ).Elem(), reflect.New(p.elem.typ).Elem()
		before := d.v.faults
		d.string(unescaped(name), p.key, key)
		if p.key.validates && d.v.faults == before {
			d.custom(p.key, key)
		}
		end := d.value(at, p.elem, value)
		to.SetMapIndex(key, value)
		return end
	})
}

// object reads the object at data[i] into a struct.
func (d decoder) object(i int, p *plan, to reflect.Value) int {
	expected := 0
	return d.members(i, func(name []byte, at int) int {
		place := d.v.declared(p.names, name, text{escaped: bytes.IndexByte(name, '\\') >= 0}, expected)
		if place < 0 {
			return d.v.pass(at)
		}
		expected = place + 1
		field, ok := p.fields[place].in(to)
		if !ok {
			d.v.fault("decode", "lies in a struct of "+p.typ.String()+" that is embedded by a pointer and not exported: embed it without one")
			return d.v.pass(at)
		}
		return d.value(at, p.fields[place].plan, field)
	})
}

// in returns the field of a struct. It makes the embedded structs on the way that
// are not there yet, and reports false where reflection may not.
func (s *slot) in(to reflect.Value) (field reflect.Value, ok bool) {
	for k, at := range s.index {
		if k > 0 && to.Kind() == reflect.Pointer {
			if to.IsNil() {
				if !to.CanSet() {
					return to, false
				}
				to.Set(reflect.New(to.Type().Elem()))
			}
			to = to.Elem()
		}
		to = to.Field(at)
	}
	return to, true
}

// open reads the value at data[i] into an interface.
func (d decoder) open(i int, p *plan, to reflect.Value) int {
	if p.cases == nil {
		value, end := d.anything(i)
		if value != nil { // it is where a number does not fit
			to.Set(reflect.ValueOf(value))
		}
		return end
	}
	said, _, _ := d.v.peek(i, p.tag) // it is there: the schema requires it
	tag, _ := d.text(said.start)
	for _, c := range p.cases {
		if c.tag != tag {
			continue
		}
		one := reflect.New(c.plan.typ)
		end := d.value(i, c.plan, one.Elem())
		if c.pointer {
			to.Set(one)
		} else {
			to.Set(one.Elem())
		}
		return end
	}
	return d.v.pass(i)
}

// anything reads the value at data[i] as encoding/json does into an empty
// interface.
func (d decoder) anything(i int) (value any, end int) {
	data := d.v.data
	switch data[i] {
	case '"':
		return d.text(i)
	case '{':
		object := map[string]any{}
		end = d.members(i, func(name []byte, at int) int {
			object[unescaped(name)], at = d.anything(at)
			return at
		})
		return object, end
	case '[':
		list := []any{}
		end = d.items(i, func(_, at int) int {
			one, end := d.anything(at)
			list = append(list, one)
			return end
		})
		return list, end
	case 't', 'f':
		return data[i] == 't', d.v.pass(i)
	case 'n':
		return nil, d.v.pass(i)
	}
	n, end, _ := scanNumber(data, i)
	f, err := strconv.ParseFloat(n.String(), 64)
	if err != nil {
		d.v.fault("decode", "is a number that float64 cannot hold")
		return nil, end
	}
	return f, end
}

// members has each member of the object at data[i] read, by its name as it is
// written and the place of its value, and returns where the object ends. read
// returns where the value ends.
func (d decoder) members(i int, read func(name []byte, at int) int) int {
	data := d.v.data
	for i = skipSpace(data, i+1); data[i] != '}'; {
		end := skipString(data, i)
		name := data[i+1 : end-1]
		d.v.path[d.v.depth] = step{i + 1, end - 1}
		d.v.depth++
		i = read(name, skipSpace(data, skipSpace(data, end)+1))
		d.v.depth--
		if i = skipSpace(data, i); data[i] == ',' {
			i = skipSpace(data, i+1)
		}
	}
	return i + 1
}

// items is members for the array at data[i], with the places of the items.
func (d decoder) items(i int, read func(n, at int) int) int {
	data := d.v.data
	i = skipSpace(data, i+1)
	for n := 0; data[i] != ']'; n++ {
		d.v.path[d.v.depth] = index(n)
		d.v.depth++
		i = read(n, i)
		d.v.depth--
		if i = skipSpace(data, i); data[i] == ',' {
			i = skipSpace(data, i+1)
		}
	}
	return i + 1
}
