package payload

import "amalgam/payload/pattern"

// draft is the schema of a field while its tags are put on it.
type draft struct {
	*node
	least, most *decimal // what the Go type can hold; nil when unbounded
	fixed       bool     // the Go type is an array, so its length is given
}

func newDraft(n *node) draft {
	return draft{node: n, least: n.minimum, most: n.maximum, fixed: n.maxItems >= 0}
}

// apply puts one tag on the draft. It returns what is wrong with the tag, with
// the mend, or "".
func (n draft) apply(t tag) (problem string) {
	switch t.key {
	case tagDoc:
		n.doc = t.value
	case tagDefault:
		return n.setDefault(t)
	case tagConst:
		return n.setConstant(t)
	case tagUnique:
		if t.value != "true" {
			return `is not true: write uniqueItems:"true", or remove it`
		}
		n.unique = true
		return n.only(typeArray)
	case tagMultiple:
		return n.setMultiple(t)
	case tagMinProperties:
		return n.setCount(t, typeObject, &n.minProperties)
	case tagMaxProperties:
		return n.setCount(t, typeObject, &n.maxProperties)
	case tagMinLength:
		return n.setCount(t, typeString, &n.minLength)
	case tagMaxLength:
		return n.setCount(t, typeString, &n.maxLength)
	case tagMinItems:
		return n.setCount(t, typeArray, &n.minItems)
	case tagMaxItems:
		return n.setCount(t, typeArray, &n.maxItems)
	case tagMinimum, tagMaximum, tagAbove, tagBelow:
		return n.setBound(t)
	case tagEnum:
		return n.setEnum(t)
	case tagPattern:
		if problem := n.only(typeString); problem != "" {
			return problem
		}
		p, err := pattern.Compile(t.value)
		if err != nil {
			return err.Error()
		}
		n.pattern = p
	case tagFormat:
		if problem := n.only(typeString); problem != "" {
			return problem
		}
		if n.format = formatNamed(t.value); n.format == formatNone {
			return "is not a known format: use " + formatNames()
		}
	}
	return ""
}

// only refuses a tag on a schema that allows none of want.
func (n draft) only(want types) string {
	if n.types&want != 0 {
		return ""
	}
	return "is for " + want.String() + ", and the field holds " + (n.types &^ typeNull).String() + ": remove it"
}

func (n draft) setCount(t tag, want types, count *int) string {
	if problem := n.only(want); problem != "" {
		if want == typeString && n.types&typeArray != 0 {
			problem += ", or use minItems and maxItems"
		}
		return problem
	}
	if n.fixed && want == typeArray {
		return "does nothing, because a Go array has a fixed length: remove it"
	}
	value := digits([]byte(t.value))
	if t.value == "" || len(t.value) > smallDigits || value < 0 {
		return "is not a whole number from 0: write one such as " + tag{t.key, "1"}.String()
	}
	*count = value
	return ""
}

func (n draft) setBound(t tag) string {
	if problem := n.only(typeNumber | typeInteger); problem != "" {
		return problem
	}
	d, ok := parseDecimal(t.value)
	if !ok {
		return "is not a JSON number: write one such as " + tag{t.key, "1"}.String()
	}
	if n.types&typeInteger != 0 && !d.isInteger() {
		return "has a fraction, and the field holds a whole number: round it"
	}
	if problem := n.fits(&d); problem != "" {
		return problem
	}
	switch t.key {
	case tagMinimum:
		n.minimum = &d
	case tagMaximum:
		n.maximum = &d
	case tagAbove:
		n.above = &d
	case tagBelow:
		n.below = &d
	}
	return ""
}

// fits refuses a number that the Go type cannot hold.
func (n draft) fits(d *decimal) string {
	if n.least != nil && d.compare(n.least) < 0 {
		return "is less than the field can hold, which is " + n.least.String() + ": raise it"
	}
	if n.most != nil && d.compare(n.most) > 0 {
		return "is more than the field can hold, which is " + n.most.String() + ": lower it"
	}
	return ""
}

func (n draft) setEnum(t tag) string {
	if problem := n.only(typeString | typeNumber | typeInteger); problem != "" {
		return problem
	}
	if t.value == "" {
		return `is empty: list values, such as enum:"a,b"`
	}
	c := &choices{keyword: tagEnum}
	for rest, more := t.value, true; more; {
		var value string
		value, rest, more = cut(rest, ',')
		problem := ""
		switch {
		case value == "":
			return "has an empty value: remove the extra comma"
		case value[0] == ' ' || value[len(value)-1] == ' ':
			return "has a space around a value: write commas only"
		default:
			problem = n.addChoice(c, value)
		}
		if problem != "" {
			return problem
		}
	}
	n.enum = c
	if n.types&typeNull != 0 {
		c.addNull()
	}
	return ""
}

func (n draft) setConstant(t tag) string {
	if problem := n.only(typeString | typeNumber | typeInteger | typeBoolean); problem != "" {
		return problem
	}
	c := &choices{keyword: tagConst}
	if n.types&typeNull == 0 {
		n.constant = c
		return n.addChoice(c, t.value)
	}
	problem := n.addChoice(c, t.value)
	c.keyword = tagEnum // of it and null
	c.addNull()
	n.enum = c
	return problem
}

// setDefault keeps the default, which must hold to the rest itself: that is
// looked at in the end, by conflict.
func (n draft) setDefault(t tag) string {
	n.defaults = t.value
	if n.types&typeString != 0 {
		n.defaults = quoted(t.value)
	}
	return ""
}

func (n draft) setMultiple(t tag) string {
	if problem := n.only(typeNumber | typeInteger); problem != "" {
		return problem
	}
	d, ok := parseDecimal(t.value)
	if ok {
		n.multiple, ok = newDivisor(&d)
	}
	if !ok {
		return "is not a number above 0 of at most 18 digits: write one such as " + tag{t.key, "0.01"}.String()
	}
	return ""
}

// addChoice adds a value to what enum or const allow.
func (n draft) addChoice(c *choices, value string) string {
	switch {
	case n.types&typeString != 0:
		if isOneOf([]byte(value), c.strings) {
			return "has " + quoted(value) + " twice: keep one"
		}
		c.addString(value)
		return n.outside(value, nil)
	case n.types&typeBoolean != 0:
		if value != "true" && value != "false" {
			return "has " + quoted(value) + ", which is not a boolean: write true or false"
		}
		c.yes, c.no = value == "true", value == "false"
		c.list = append(c.list, value)
		return ""
	}
	d, ok := parseDecimal(value)
	if !ok || n.types&typeInteger != 0 && !d.isInteger() {
		return "has " + quoted(value) + ", which is not " + (n.types &^ typeNull).String()
	}
	if c.hasNumber(&d) {
		return "has " + quoted(value) + " twice: keep one"
	}
	c.addNumber(d)
	if problem := n.outside(value, &d); problem != "" {
		return problem
	}
	return n.fits(&d)
}

// conflict tells of tags that are fine alone and leave nothing together.
func (n draft) conflict() string {
	switch {
	case n.maxLength >= 0 && n.minLength > n.maxLength:
		return "minLength is greater than maxLength: swap them"
	case n.maxItems >= 0 && n.minItems > n.maxItems:
		return "minItems is greater than maxItems: swap them"
	case n.minimum != nil && n.maximum != nil && n.minimum.compare(n.maximum) > 0:
		return "minimum is greater than maximum: swap them"
	case n.maxProperties >= 0 && n.minProperties > n.maxProperties:
		return "minProperties is greater than maxProperties: swap them"
	}
	if n.defaults != "" && n.types != typeAny && len(validate(n.node, []byte(n.defaults))) > 0 {
		return tag{tagDefault, n.defaults}.String() + " does not hold to the field itself: " + validate(n.node, []byte(n.defaults))[0].Message
	}
	return ""
}
