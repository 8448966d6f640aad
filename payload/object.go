package payload

import "bytes"

// fewProperties is how many declared properties an object may have before the
// note of which were seen moves to the heap.
const fewProperties = 256

// object judges the object at data[i] by n. It reads the members itself as long
// as they are in the order of the schema, as programs write them: nearly always
// all of them. What is rare is left to members, for in the browser each variable
// of a long function costs, and so does each call.
func (v *validator) object(i int, n *node) int {
	if v.depth == maxDepth {
		return v.tooDeep()
	}
	data := v.data
	if i++; i < len(data) && data[i] <= ' ' {
		i = v.space(i)
	}
	more := true
	if i < len(data) && data[i] == '}' {
		i, more = i+1, false
	}
	at := 0
	for more && at < len(n.properties) {
		p := &n.properties[at]
		if p.node == nil || p.written == "" || i+len(p.written) > len(data) || string(data[i:i+len(p.written)]) != p.written {
			break
		}
		begin := i + len(p.written)
		end := v.brief(begin, p.node)
		if end == unsettled {
			v.path[v.depth] = step{i + 1, begin - len(`":`)}
			v.depth++
			end = v.value(v.space(begin), p.node)
			v.depth--
			if end == stopped || len(v.issues) >= maxIssues {
				return stopped
			}
		}
		at++
		switch {
		case end+1 < len(data) && data[end] == ',' && data[end+1] == '"':
			i = end + 1
		case end < len(data) && data[end] == '}':
			i, more = end+1, false
		default:
			if i, more = v.next(end, '}'); i == stopped {
				return stopped
			}
		}
	}
	if more || at < len(n.properties) {
		return v.members(i, n, at, more)
	}
	v.countProperties(at, n)
	return i
}

// members judges an object whose first members are read: as many as read, which
// are the first of the properties. Unless there are more, i is behind its end.
func (v *validator) members(i int, n *node, read int, more bool) int {
	var few [fewProperties / 64]uint64
	seen := few[:]
	if len(n.properties) > fewProperties {
		seen = make([]uint64, (len(n.properties)+63)/64)
	}
	values := n.values
	if values == nil {
		values = anything
	}
	undeclared := names{first: v.used}
	missing := n.required
	count := read
	expected := read // the property that would come next in declaration order
	for at := range read {
		seen[at>>6] |= 1 << (at & 63)
		if n.properties[at].required {
			missing--
		}
	}
	for ; more; count++ {
		name := span{start: i + 1}
		var at int
		var again bool
		if i, name.end, at, again = v.name(i, n, expected, &undeclared); i == stopped {
			return stopped
		}
		schema := values
		if at >= 0 {
			expected = at + 1
			p := &n.properties[at]
			if p.node != nil {
				schema = p.node
			}
			bit := uint64(1) << (at & 63)
			again = seen[at>>6]&bit != 0
			if !again && p.required {
				missing--
			}
			seen[at>>6] |= bit
		}
		v.path[v.depth] = step(name)
		v.depth++
		if again {
			v.twice()
		}
		if i < len(v.data) && v.data[i] <= ' ' {
			i = v.space(i)
		}
		end := v.brief(i, schema)
		if end == unsettled {
			end = v.value(i, schema)
		}
		i = end
		v.depth--
		if i == stopped || len(v.issues) >= maxIssues {
			return stopped
		}
		if i+1 < len(v.data) && v.data[i] == ',' && v.data[i+1] == '"' {
			i++ // as nearly always
		} else if i, more = v.next(i, '}'); i == stopped {
			return stopped
		}
	}
	v.used = undeclared.first

	if missing > 0 {
		v.missing(n, seen)
	}
	v.countProperties(count, n)
	return i
}

// name reads the name at data[i] and the colon behind it. It returns where that
// ends, or stopped; where the name ends; its place among the properties, or -1;
// and whether it is undeclared and stood in the object before.
func (v *validator) name(i int, n *node, expected int, undeclared *names) (end, quote, at int, again bool) {
	name := v.scanString(i, "a property name in quotes")
	if name.end == stopped {
		return stopped, 0, 0, false
	}
	raw := v.data[i+1 : name.end]
	if name.broken != 0 {
		v.badText(name) // of unknown spelling: neither declared nor compared
		at = -1
	} else if at = v.declared(n, raw, name, expected); at < 0 {
		again = !v.note(undeclared, span{i + 1, name.end}, name.escaped)
	}
	if end = v.space(name.end + 1); end >= len(v.data) || v.data[end] != ':' {
		return v.syntax(end, `":"`), 0, 0, false
	}
	return end + 1, name.end, at, again
}

// missing tells which properties are required and were not seen.
func (v *validator) missing(n *node, seen []uint64) {
	for at := range n.properties {
		if p := &n.properties[at]; p.required && seen[at>>6]&(1<<(at&63)) == 0 {
			v.fault("required", "is required: add "+quoted(told(p.name)))
			if v.mute || v.full() {
				return // one is as good as all
			}
		}
	}
}

func (v *validator) countProperties(count int, n *node) {
	if count < n.minProperties {
		v.fault("minProperties", "must have at least "+properties(n.minProperties)+", has "+itoa(count))
	}
	if n.maxProperties >= 0 && count > n.maxProperties {
		v.fault("maxProperties", "must have at most "+properties(n.maxProperties)+", has "+itoa(count))
	}
}

func properties(n int) string {
	if n == 1 {
		return "1 property"
	}
	return itoa(n) + " properties"
}

func (v *validator) twice() {
	v.broken("duplicate", "stands twice in its object: keep one") // RFC 7493 §2.3
}

// declared returns the index of the property that has the name, or -1.
func (v *validator) declared(n *node, raw []byte, name text, expected int) int {
	if len(n.properties) == 0 {
		return -1
	}
	if !name.escaped {
		return n.find(raw, expected)
	}
	if n.byName != nil {
		var buffer [128]byte
		if i, ok := n.byName[string(appendUnescaped(buffer[:0], raw))]; ok {
			return i
		}
		return -1
	}
	for i := range n.properties {
		if equalsUnescaped(raw, n.properties[i].name) {
			return i
		}
	}
	return -1
}

// maxNames is how many undeclared names are kept on the stack in all, and
// maxScanned how many of one object are compared in turn. Beyond either, the
// object's names go to a hash set, so that time stays linear.
const (
	maxNames   = 64
	maxScanned = 16
)

// span is the part of the data from start to end, without the quotes.
type span struct{ start, end int }

// names are the undeclared names of one object: those in validator.names from
// first on, until they become too many and move to set.
type names struct {
	first   int
	escaped bool // some name has an escape, so spelling alone does not decide
	set     map[string]struct{}
}

// note remembers a name and reports whether it is new to its object.
func (v *validator) note(in *names, name span, escaped bool) bool {
	if in.set != nil {
		return in.add(v.data[name.start:name.end])
	}
	in.escaped = in.escaped || escaped
	raw := v.data[name.start:name.end]
	for _, other := range v.names[in.first:v.used] {
		if sameName(v.data[other.start:other.end], raw, in.escaped) {
			return false
		}
	}
	if v.used < maxNames && v.used-in.first < maxScanned {
		v.names[v.used] = name
		v.used++
		return true
	}
	in.set = make(map[string]struct{}, 2*maxScanned)
	for _, other := range v.names[in.first:v.used] {
		in.add(v.data[other.start:other.end])
	}
	v.used = in.first
	return in.add(raw)
}

func (in *names) add(raw []byte) bool {
	if bytes.IndexByte(raw, '\\') >= 0 {
		raw = appendUnescaped(nil, raw)
	}
	if _, old := in.set[string(raw)]; old {
		return false
	}
	in.set[string(raw)] = struct{}{}
	return true
}

// sameName compares two names as they read once unescaped (RFC 8259 §8.3).
func sameName(a, b []byte, escaped bool) bool {
	if bytes.Equal(a, b) {
		return true
	}
	if !escaped {
		return false
	}
	for len(a) > 0 && len(b) > 0 {
		r, n := nextRune(a)
		s, m := nextRune(b)
		if r != s {
			return false
		}
		a, b = a[n:], b[m:]
	}
	return len(a) == len(b)
}
