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
	faults int  // how many there were, told or not
	mute   bool // faults count, and are not told: something else may hold
	again  bool // the data is read once more, to say what is wrong with it

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
		v.broken("trailing", "byte "+itoa(end)+": has more after the value: remove it")
	}
	return v.issues
}

// value reads the value at data[i], judges it by n, and returns where it ends.
// Neither here nor below does i stand on white space.
func (v *validator) value(i int, n *node) int {
	if i >= len(v.data) {
		return v.syntax(i, "a value")
	}
	if n.special {
		return v.special(i, n)
	}
	switch c := v.data[i]; c {
	case '"':
		t := v.scanString(i, "a string")
		if t.end == stopped {
			return stopped
		}
		if t.broken != 0 {
			v.badText(t)
		}
		v.string(i, t, n)
		return t.end + 1
	case '{':
		if n.types&typeObject == 0 {
			v.wrongType(n, "an object")
			n = anything
		}
		end := v.object(i, n)
		if end != stopped && (n.enum != nil || n.constant != nil) {
			v.deepChoice(i, n)
		}
		return end
	case '[':
		if n.types&typeArray == 0 {
			v.wrongType(n, "an array")
			n = anything
		}
		end := v.array(i, n)
		if end != stopped {
			v.wholeArray(i, n)
		}
		return end
	case 't':
		return v.literal(i, n, "true", typeBoolean, "a boolean")
	case 'f':
		return v.literal(i, n, "false", typeBoolean, "a boolean")
	case 'n':
		return v.literal(i, n, "null", typeNull, "null")
	default:
		if c != '-' && c-'0' > 9 {
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
	v.judgeLiteral(word[0], n, t, is)
	return i + len(word)
}

// judgeLiteral judges true, false or null, told by its first letter.
func (v *validator) judgeLiteral(letter byte, n *node, t types, is string) {
	if n.types&t == 0 {
		v.wrongType(n, is)
		return
	}
	if n.enum != nil || n.constant != nil {
		v.among(n, func(c *choices) bool {
			return letter == 't' && c.yes || letter == 'f' && c.no || letter == 'n' && c.null
		})
	}
}

func (v *validator) number(i int, n *node) int {
	d, end, expected := scanNumber(v.data, i)
	if expected != "" {
		return v.syntax(end, expected)
	}
	v.judgeNumber(&d, n)
	return end
}

func (v *validator) judgeNumber(d *decimal, n *node) {
	switch {
	case n.types&typeNumber != 0:
	case n.types&typeInteger == 0:
		v.wrongType(n, "a number")
		return
	case !d.isInteger():
		v.fault("type", "must be a whole number, has a fraction")
		return
	}
	if n.minimum != nil && d.compare(n.minimum) < 0 {
		v.fault("minimum", "must be at least "+told(n.minimum.String()))
	}
	if n.maximum != nil && d.compare(n.maximum) > 0 {
		v.fault("maximum", "must be at most "+told(n.maximum.String()))
	}
	if n.above != nil && d.compare(n.above) <= 0 {
		v.fault("exclusiveMinimum", "must be more than "+told(n.above.String()))
	}
	if n.below != nil && d.compare(n.below) >= 0 {
		v.fault("exclusiveMaximum", "must be less than "+told(n.below.String()))
	}
	if n.multiple != nil && !n.multiple.divides(d) {
		v.fault("multipleOf", "must be a multiple of "+told(n.multiple.text))
	}
	if n.enum != nil && !n.enum.hasNumber(d) {
		v.notAmong(n.enum)
	}
	if n.constant != nil && !n.constant.hasNumber(d) {
		v.notAmong(n.constant)
	}
}

func (v *validator) array(i int, n *node) int {
	if v.depth == maxDepth {
		return v.tooDeep()
	}
	i = v.space(i + 1)
	count := 0
	if i < len(v.data) && v.data[i] == ']' {
		i++
	} else {
		for more := true; more; count++ {
			item := n.items
			if item == nil || count < len(n.prefix) {
				item = n.item(count)
			}
			v.path[v.depth] = step{start: count}
			v.depth++
			end := v.brief(i, item)
			if end == unsettled {
				end = v.value(i, item)
			}
			i = end
			v.depth--
			if i == stopped || len(v.issues) >= maxIssues {
				return stopped
			}
			if i+1 < len(v.data) && v.data[i] == ',' && v.data[i+1] > ' ' {
				i++ // as nearly always
			} else if i, more = v.next(i, ']'); i == stopped {
				return stopped
			}
		}
	}
	v.countItems(count, n)
	return i
}

func (v *validator) countItems(count int, n *node) {
	if count < n.minItems {
		v.fault("minItems", "must have at least "+plural(n.minItems, "item")+", has "+itoa(count))
	}
	if n.maxItems >= 0 && count > n.maxItems {
		v.fault("maxItems", "must have at most "+plural(n.maxItems, "item")+", has "+itoa(count))
	}
}

// item is what judges the item at index i.
func (n *node) item(i int) *node {
	if i < len(n.prefix) {
		return n.prefix[i]
	}
	if n.items == nil {
		return anything
	}
	return n.items
}

// wholeArray judges the array at data[i] by what can only be told of all of it.
func (v *validator) wholeArray(i int, n *node) {
	if n.unique {
		v.uniqueItems(i)
	}
	if n.enum != nil || n.constant != nil {
		v.deepChoice(i, n)
	}
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
