package payload

// choices are the values that enum or const allow. Equality is that of JSON
// Schema (core §4.2.2): 1 and 1.0 are the same, and the order of properties
// does not count.
type choices struct {
	keyword       string // enum or const
	strings       []string
	numbers       []decimal
	null, yes, no bool
	deep          []string // arrays and objects, in canonical form
	list          []string // all of them, as JSON, in the order of the schema

	// Where they are many, what there is of strings, and of the canonical forms of
	// all else.
	texts, forms map[string]struct{}
}

// manyChoices is from how many on a map is faster than comparing in turn.
const manyChoices = 12

// maxChoices is how many values of an enum a message lists, and maxChoice the
// length to which one is told.
const (
	maxChoices = 12
	maxChoice  = 100
)

// String lists the values for a message.
func (c *choices) String() string {
	s := ""
	for i, one := range c.list {
		if i == maxChoices {
			return s + ", …"
		}
		if i > 0 {
			s += ", "
		}
		if len(one) > maxChoice {
			one = "…"
		}
		s += one
	}
	return s
}

func (c *choices) addString(s string) {
	c.strings = append(c.strings, s)
	c.list = append(c.list, quoted(s))
}

func (c *choices) addNumber(d decimal) {
	c.numbers = append(c.numbers, d)
	c.list = append(c.list, d.String())
}

func (c *choices) addNull() {
	c.null = true
	c.list = append(c.list, "null")
}

// ready makes the look-up for many choices.
func (c *choices) ready() {
	if c == nil || len(c.list) < manyChoices {
		return
	}
	c.texts, c.forms = map[string]struct{}{}, map[string]struct{}{}
	for _, s := range c.strings {
		c.texts[s] = struct{}{}
	}
	for _, form := range c.deep {
		c.forms[form] = struct{}{}
	}
	for i := range c.numbers {
		c.forms[string(c.numbers[i].appendCanonical(nil))] = struct{}{}
	}
}

func (c *choices) hasString(s []byte) bool {
	if c.texts != nil {
		_, ok := c.texts[string(s)]
		return ok
	}
	return isOneOf(s, c.strings)
}

func (c *choices) hasDeep(form []byte) bool {
	if c.forms != nil {
		_, ok := c.forms[string(form)]
		return ok
	}
	return isOneOf(form, c.deep)
}

func (c *choices) hasNumber(d *decimal) bool {
	if c.forms != nil {
		var buffer [64]byte
		_, ok := c.forms[string(d.appendCanonical(buffer[:0]))]
		return ok
	}
	for i := range c.numbers {
		if d.compare(&c.numbers[i]) == 0 {
			return true
		}
	}
	return false
}

// notAmong notes that a value is none of the choices.
func (v *validator) notAmong(c *choices) {
	if len(c.list) == 1 {
		v.fault(c.keyword, "must be "+c.String())
		return
	}
	v.fault(c.keyword, "must be one of "+c.String())
}

// among judges a value by enum and const, which has told its verdict on one of
// them.
func (v *validator) among(n *node, has func(*choices) bool) {
	if n.enum != nil && !has(n.enum) {
		v.notAmong(n.enum)
	}
	if n.constant != nil && !has(n.constant) {
		v.notAmong(n.constant)
	}
}

// deepChoice judges the array or object at data[i].
func (v *validator) deepChoice(i int, n *node) {
	var form []byte
	v.among(n, func(c *choices) bool {
		if c.deep == nil {
			return false
		}
		if form == nil {
			form, _ = appendCanonical(nil, v.data, i)
		}
		return c.hasDeep(form)
	})
}
