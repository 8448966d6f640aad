package payload

import "unicode/utf8"

// step leads from an array or object to a value in it: by the name that stands
// in the data there, or, when end is 0, by the index in start. Half of a larger
// struct, because 64 of them are cleared for every payload.
type step span

func index(i int) step { return step{start: i} }

// full reports whether no more issues are wanted.
func (v *validator) full() bool { return len(v.issues) >= maxIssues }

// fault notes that the value being read does not hold to its schema.
//
//go:noinline
func (v *validator) fault(keyword, message string) {
	v.faults++
	if !v.mute && !v.full() {
		v.issues = append(v.issues, Issue{v.pointer(), keyword, message})
	}
}

// faultBelow is fault for a value inside of the one being read, which path leads
// to from there.
func (v *validator) faultBelow(path, keyword, message string) {
	told := len(v.issues)
	v.fault(keyword, message)
	if path != "" && path[0] != '/' {
		path = "/" + path
	}
	if told < len(v.issues) && len(v.issues[told].Path)+len(path) <= maxPath {
		v.issues[told].Path += path
	}
}

// broken notes a fault that lies below the schema: nothing can make up for it.
//
//go:noinline
func (v *validator) broken(keyword, message string) {
	if !v.again && !v.full() {
		v.issues = append(v.issues, Issue{v.pointer(), keyword, message})
	}
}

// syntax notes that data[i] is not what JSON would have there, and stops.
func (v *validator) syntax(i int, expected string) int {
	early := ""
	if i >= len(v.data) {
		early = "ends too early, "
	}
	v.broken("syntax", "byte "+itoa(i)+": "+early+"expected "+expected)
	return stopped
}

func (v *validator) tooDeep() int {
	v.broken("depth", "is nested more than "+itoa(maxDepth)+" levels deep")
	return stopped
}

func (v *validator) badText(t text) {
	what := "is not UTF-8"
	if v.data[t.broken] == '\\' {
		what = "has half of a surrogate pair"
	}
	v.broken("utf8", "byte "+itoa(t.broken)+": "+what)
}

func (v *validator) wrongType(n *node, is string) {
	v.fault("type", "must be "+n.types.String()+", is "+is)
}

// String names the types as a sentence does.
func (t types) String() string {
	s := ""
	for _, one := range typeNames {
		if t&one.t == 0 {
			continue
		}
		if s != "" {
			s += " or "
		}
		s += one.phrase
	}
	return s
}

// maxPath bounds a pointer in bytes, because names in it come from the data.
const maxPath = 512

// pointer writes the way to the value being read as a JSON Pointer.
func (v *validator) pointer() string {
	var buffer [maxPath]byte
	path := buffer[:0]
	for _, s := range v.path[:v.depth] {
		parent := len(path)
		path = append(path, '/')
		if s.end == 0 {
			path = append(path, itoa(s.start)...)
		} else {
			path = appendToken(path, v.data[s.start:s.end])
		}
		if len(path) > maxPath {
			return string(path[:parent])
		}
	}
	return string(path)
}

// appendToken appends a name as a reference token (RFC 6901 §3), or as much of
// it as shows that it is too long.
func appendToken(path, raw []byte) []byte {
	for len(raw) > 0 && len(path) <= maxPath {
		r, n := nextRune(raw)
		path = appendTokenRune(path, r)
		raw = raw[n:]
	}
	return path
}

func appendTokenRune(path []byte, r rune) []byte {
	switch r {
	case '~':
		return append(path, "~0"...)
	case '/':
		return append(path, "~1"...)
	}
	return utf8.AppendRune(path, r)
}
