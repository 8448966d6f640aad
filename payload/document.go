package payload

// value is a JSON value that has been read whole: a schema, or a part of one.
type value struct {
	kind    byte // the first byte: " { [ t f n, or 0 for a number
	raw     []byte
	text    string            // of a string
	items   []*value          // of an array
	members []named           // of an object
	byName  map[string]*value // the same, once they are many and one is looked up

	// The way from the document: the name in an object, or the index in an array.
	parent *value
	name   string
	index  int
}

// named is a member of an object.
type named struct {
	name  string
	value *value
}

// readDocument reads one JSON text into a tree. Faults are those of Validate.
func readDocument(data []byte) (*value, []Issue) {
	if issues := validate(anything, data); len(issues) > 0 {
		return nil, issues
	}
	root := &value{}
	root.read(data, skipSpace(data, 0))
	return root, nil
}

// read reads the value at data[i], whose syntax is right, and returns where it
// ends.
func (t *value) read(data []byte, i int) int {
	t.kind = data[i]
	start := i
	switch data[i] {
	case '"':
		i = skipString(data, i)
		t.text = string(appendUnescaped(nil, data[start+1:i-1]))
	case '[':
		for i = skipSpace(data, i+1); data[i] != ']'; {
			item := &value{parent: t, index: len(t.items)}
			t.items = append(t.items, item)
			i = item.read(data, i)
			if i = skipSpace(data, i); data[i] == ',' {
				i = skipSpace(data, i+1)
			}
		}
		i++
	case '{':
		for i = skipSpace(data, i+1); data[i] != '}'; {
			end := skipString(data, i)
			name := string(appendUnescaped(nil, data[i+1:end-1]))
			one := &value{parent: t, name: name}
			t.members = append(t.members, named{name, one})
			i = one.read(data, skipSpace(data, skipSpace(data, end)+1))
			if i = skipSpace(data, i); data[i] == ',' {
				i = skipSpace(data, i+1)
			}
		}
		i++
	case 't', 'n':
		i += len("true")
	case 'f':
		i += len("false")
	default:
		t.kind = 0
		_, i, _ = scanNumber(data, i)
	}
	t.raw = data[start:i]
	return i
}

// appendPlace appends a JSON Pointer to the value, or to one around it where that
// would be long. It is made where it is told: kept with each value, pointers would
// take quadratic space.
func (t *value) appendPlace(path []byte) []byte {
	if t.parent == nil {
		return path
	}
	if path = t.parent.appendPlace(path); len(path) > maxPath {
		return path
	}
	path = append(path, '/')
	if t.parent.kind == '[' {
		return append(path, itoa(t.index)...)
	}
	for _, r := range told(t.name) {
		path = appendTokenRune(path, r)
	}
	return path
}

// get returns a member of an object, or nil.
//
//go:noinline
func (t *value) get(name string) *value {
	if len(t.members) > manyProperties {
		if t.byName == nil {
			t.byName = make(map[string]*value, len(t.members))
			for _, m := range t.members {
				t.byName[m.name] = m.value
			}
		}
		return t.byName[name]
	}
	for i := range t.members {
		if t.members[i].name == name {
			return t.members[i].value
		}
	}
	return nil
}

// at follows a JSON Pointer (RFC 6901); nil where it leads nowhere.
func (t *value) at(pointer string) *value {
	for pointer != "" && t != nil {
		if pointer[0] != '/' {
			return nil
		}
		end := 1
		for end < len(pointer) && pointer[end] != '/' {
			end++
		}
		token := unescapeToken(pointer[1:end])
		pointer = pointer[end:]
		if t.kind == '[' {
			n := digits([]byte(token))
			if token == "" || len(token) > smallDigits || n < 0 || n >= len(t.items) || len(token) > 1 && token[0] == '0' {
				return nil
			}
			t = t.items[n]
			continue
		}
		t = t.get(token)
	}
	return t
}

func unescapeToken(token string) string {
	var out []byte
	for i := 0; i < len(token); i++ {
		if token[i] == '~' && i+1 < len(token) && (token[i+1] == '0' || token[i+1] == '1') {
			i++
			out = append(out, "~/"[token[i]-'0'])
			continue
		}
		out = append(out, token[i])
	}
	return string(out)
}

// unescapeFragment takes the percent-encoding out of the fragment of a URI.
func unescapeFragment(fragment string) string {
	var out []byte
	for i := 0; i < len(fragment); i++ {
		if fragment[i] == '%' && i+2 < len(fragment) {
			if high, low := hexValue(fragment[i+1]), hexValue(fragment[i+2]); high >= 0 && low >= 0 {
				out = append(out, byte(high<<4|low))
				i += 2
				continue
			}
		}
		out = append(out, fragment[i])
	}
	return string(out)
}
