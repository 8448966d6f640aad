package payload

// maxDepth is how many arrays and objects may stand inside each other. Messages
// need a handful; the bound keeps the stack small in the browser.
const maxDepth = 64

// stopped is what the reading methods return in place of an offset when there
// is nothing more to read: after a fault that hides what follows it, and once
// maxIssues are found.
const stopped = -1

// validator reads one JSON text, once, from left to right. It lives on the
// stack: nothing in it may point to itself, or it would move to the heap.
type validator struct {
	data   []byte
	issues []Issue

	// The way from the document to the value being read.
	path  [maxDepth]step
	depth int

	// The undeclared names of the objects being read, outermost first.
	names [maxNames]span
	used  int
}

func validate(n *node, data []byte) []Issue {
	v := validator{data: data}
	if len(data) >= 3 && data[0] == 0xEF && data[1] == 0xBB && data[2] == 0xBF {
		v.syntax(0, "no byte order mark") // RFC 8259 §8.1
		return v.issues
	}
	end := v.value(v.space(0), n)
	if end == stopped {
		return v.issues
	}
	if end = v.space(end); end < len(data) {
		v.fault("trailing", "byte "+itoa(end)+": has more after the value: remove it")
	}
	return v.issues
}

// value reads the value at data[i], judges it by n, and returns where it ends.
// Neither here nor below does i stand on white space.
func (v *validator) value(i int, n *node) int {
	if i >= len(v.data) {
		return v.syntax(i, "a value")
	}
	switch c := v.data[i]; c {
	case '"':
		return v.string(i, n)
	case '{':
		if n.types&typeObject == 0 {
			v.wrongType(n, "an object")
			n = anything
		}
		return v.object(i, n)
	case '[':
		if n.types&typeArray == 0 {
			v.wrongType(n, "an array")
			n = anything
		}
		return v.array(i, n)
	case 't':
		return v.literal(i, n, "true", typeBoolean, "a boolean")
	case 'f':
		return v.literal(i, n, "false", typeBoolean, "a boolean")
	case 'n':
		return v.literal(i, n, "null", typeNull, "null")
	default:
		if c != '-' && !isDigit(c) {
			return v.syntax(i, "a value")
		}
		return v.number(i, n)
	}
}

func (v *validator) literal(i int, n *node, word string, t types, is string) int {
	for j := range len(word) {
		if i+j >= len(v.data) || v.data[i+j] != word[j] {
			return v.syntax(i+j, word)
		}
	}
	if n.types&t == 0 {
		v.wrongType(n, is)
	}
	return i + len(word)
}

func (v *validator) number(i int, n *node) int {
	d, end, expected := scanNumber(v.data, i)
	if expected != "" {
		return v.syntax(end, expected)
	}
	switch {
	case n.types&typeNumber != 0:
	case n.types&typeInteger == 0:
		v.wrongType(n, "a number")
		return end
	case !d.isInteger():
		v.fault("type", "must be a whole number, has a fraction")
		return end
	}
	if n.minimum != nil && d.compare(n.minimum) < 0 {
		v.fault("minimum", "must be at least "+n.minimum.String())
	}
	if n.maximum != nil && d.compare(n.maximum) > 0 {
		v.fault("maximum", "must be at most "+n.maximum.String())
	}
	if n.enumNumbers != nil {
		for j := range n.enumNumbers {
			if d.compare(&n.enumNumbers[j]) == 0 {
				return end
			}
		}
		v.fault("enum", "must be one of "+n.choices())
	}
	return end
}

func (v *validator) array(i int, n *node) int {
	if v.depth == maxDepth {
		return v.tooDeep()
	}
	items := n.items
	if items == nil {
		items = anything
	}
	i = v.space(i + 1)
	count := 0
	if i < len(v.data) && v.data[i] == ']' {
		i++
	} else {
		for more := true; more; count++ {
			v.path[v.depth] = index(count)
			v.depth++
			i = v.value(i, items)
			v.depth--
			if i == stopped || v.full() {
				return stopped
			}
			if i, more = v.next(i, ']'); i == stopped {
				return stopped
			}
		}
	}
	if count < n.minItems {
		v.fault("minItems", "must have at least "+plural(n.minItems, "item")+", has "+itoa(count))
	}
	if n.maxItems >= 0 && count > n.maxItems {
		v.fault("maxItems", "must have at most "+plural(n.maxItems, "item")+", has "+itoa(count))
	}
	return i
}

// next reads what stands behind a member or an element: a comma, with another
// one behind it, or the closing bracket.
func (v *validator) next(i int, closing byte) (end int, more bool) {
	i = v.space(i)
	if i < len(v.data) {
		switch v.data[i] {
		case ',':
			return v.space(i + 1), true
		case closing:
			return i + 1, false
		}
	}
	if closing == ']' {
		return v.syntax(i, `"," or "]"`), false
	}
	return v.syntax(i, `"," or "}"`), false
}

// space passes over white space (RFC 8259 §2).
func (v *validator) space(i int) int {
	for i < len(v.data) && v.data[i] <= ' ' {
		switch v.data[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
	return i
}
