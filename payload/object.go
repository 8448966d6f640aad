package payload

import "bytes"

// fewProperties is how many declared properties an object may have before the
// note of which were seen moves to the heap.
const fewProperties = 256

// Calls are dear in the browser, where nothing of this package is inlined: what
// the next byte settles is settled in place, here and in array.
func (v *validator) object(i int, n *node) int {
	if v.depth == maxDepth {
		return v.tooDeep()
	}
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
	count := 0
	expected := 0 // the property that would come next in declaration order

	i = v.space(i + 1)
	if i < len(v.data) && v.data[i] == '}' {
		i++
	} else {
		for more := true; more; count++ {
			name := v.scanString(i, "a property name in quotes")
			if name.end == stopped {
				return stopped
			}
			raw := v.data[i+1 : name.end]
			schema, again := values, false
			at := expected // without a call, as nearly always
			if at >= len(n.properties) || name.escaped || n.properties[at].name != string(raw) {
				at = v.declared(n, raw, name, expected)
			}
			switch {
			case name.broken != 0:
				v.badText(name) // of unknown spelling: neither declared nor compared
			case at < 0:
				again = !v.note(&undeclared, span{i + 1, name.end}, name.escaped)
			default:
				expected = at + 1
				p := &n.properties[at]
				if schema = p.node; schema == nil {
					schema = values
				}
				bit := uint64(1) << (at & 63)
				again = seen[at>>6]&bit != 0
				if !again && p.required {
					missing--
				}
				seen[at>>6] |= bit
			}

			colon := name.end + 1
			if colon < len(v.data) && v.data[colon] <= ' ' {
				colon = v.space(colon)
			}
			if colon >= len(v.data) || v.data[colon] != ':' {
				return v.syntax(colon, `":"`)
			}
			v.path[v.depth] = step{i + 1, name.end}
			v.depth++
			if again {
				v.twice()
			}
			if i = colon + 1; i < len(v.data) && v.data[i] <= ' ' {
				i = v.space(i)
			}
			i = v.value(i, schema)
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
	}
	v.used = undeclared.first

	if missing > 0 {
		v.missing(n, seen)
	}
	v.countProperties(count, n)
	return i
}

// missing tells which properties are required and were not seen.
func (v *validator) missing(n *node, seen []uint64) {
	for at := range n.properties {
		if p := &n.properties[at]; p.required && seen[at>>6]&(1<<(at&63)) == 0 {
			v.fault("required", "is required: add "+quoted(p.name))
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
