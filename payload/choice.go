package payload

// A choice tells which one of several schemas is to judge a value, before it is
// read: anyOf and oneOf whose schemas cannot hold together, as most cannot. So
// the value is read once, and its faults are those of the schema it is meant for.
type choice struct {
	among []*node
	// By the type of the value: the place in among + 1, in the order of typeNames.
	byType *[len(typeNames)]uint8
	// By what one property says: all of among are objects that require it.
	tag   string
	texts []string       // what the property says, in the order of places
	place map[string]int // of each text
}

// choiceOf finds out how to choose among nodes; nil when they may hold together,
// or when telling that they may not would take too long.
func choiceOf(among []*node) *choice {
	if len(among) > 255 {
		return nil
	}
	if c := byTypes(among); c != nil {
		return c
	}
	// A document may have many choices among the same few large schemas: what one
	// choice may look at depends on its own size alone.
	budget := 64 * (len(among) + 4)
	for i := range among[0].properties {
		if budget--; budget < 0 {
			break
		}
		if tag := &among[0].properties[i]; len(tag.says()) > 0 {
			if c := byTag(among, tag.name, &budget); c != nil {
				return c
			}
		}
	}
	return nil
}

// says lists the strings that a required property can be, or nothing when it can
// be something else.
func (p *property) says() []string {
	if !p.required || p.node == nil {
		return nil
	}
	c := p.node.constant
	if c == nil {
		c = p.node.enum
	}
	if c == nil || len(c.strings) < len(c.list) {
		return nil
	}
	return c.strings
}

func byTypes(among []*node) *choice {
	c := &choice{among: among, byType: new([len(typeNames)]uint8)}
	for i, n := range among {
		if n.types == typeAny {
			return nil
		}
		takes := n.types
		if takes&(typeNumber|typeInteger) != 0 {
			takes |= typeNumber | typeInteger // each number may be either
		}
		for k, one := range typeNames {
			if takes&one.t == 0 {
				continue
			}
			if c.byType[k] != 0 {
				return nil
			}
			c.byType[k] = uint8(i + 1)
		}
	}
	return c
}

// byTag chooses by what a property says; nil when that does not tell all of the
// schemas apart, or when there is no budget left to find out.
func byTag(among []*node, tag string, budget *int) *choice {
	c := &choice{among: among, tag: tag, place: map[string]int{}}
	for i, n := range among {
		at := n.find([]byte(tag), 0)
		if at < 0 || n.types != typeObject {
			return nil
		}
		texts := n.properties[at].says()
		if *budget -= 1 + len(texts); *budget < 0 || len(texts) == 0 {
			return nil
		}
		for _, text := range texts {
			if _, taken := c.place[text]; taken {
				return nil
			}
			c.place[text] = i
			c.texts = append(c.texts, text)
		}
	}
	return c
}

// types are those that any of the schemas takes.
func (c *choice) types() types {
	var all types
	for _, n := range c.among {
		all |= n.types
	}
	return all
}

// choose returns the schema that is to judge the value at data[i]; nil when it
// can be none of them, which has been told then. What is not JSON is told by
// whoever reads it.
func (v *validator) choose(i int, c *choice) *node {
	if c.byType != nil {
		if place := c.byType[typeAt(v.data[i])]; place > 0 {
			return c.among[place-1]
		}
		v.fault("type", "must be "+c.types().String()+", is "+typeNames[typeAt(v.data[i])].phrase)
		return nil
	}
	if v.data[i] != '{' {
		v.fault("type", "must be an object, is "+typeNames[typeAt(v.data[i])].phrase)
		return nil
	}
	said, found, whole := v.peek(i, c.tag)
	if !whole {
		return anything // broken JSON, which is told when it is read
	}
	if !found {
		v.fault("required", "is required: add "+quoted(c.tag))
		return nil
	}
	if raw := v.data[said.start:said.end]; raw[0] == '"' && len(raw) > 1 {
		var buffer [128]byte
		if at, ok := c.place[string(appendUnescaped(buffer[:0], raw[1:len(raw)-1]))]; ok {
			return c.among[at]
		}
	}
	v.path[v.depth] = said.name
	v.depth++
	v.fault("enum", "must be one of "+c.listed())
	v.depth--
	return nil
}

func (c *choice) listed() string {
	list := choices{}
	for _, text := range c.texts[:min(len(c.texts), maxChoices+1)] {
		list.addString(text)
	}
	return list.String()
}

// typeAt tells the type of a value by its first byte, as a place in typeNames.
func typeAt(first byte) int {
	switch first {
	case '"':
		return 0
	case 't', 'f':
		return 3
	case '[':
		return 4
	case '{':
		return 5
	case 'n':
		return 6
	}
	return 2
}

// member is a property of an object: where its name and its value stand.
type member struct {
	name       step
	start, end int
}

// peek finds a property of the object at data[i] ahead of its being read. whole
// is false where that object is not JSON up to there.
func (v *validator) peek(i int, name string) (m member, found, whole bool) {
	i = v.space(i + 1)
	for i < len(v.data) && v.data[i] == '"' && v.depth < maxDepth {
		quote := i
		i = v.pass(i)
		if i > len(v.data) {
			return m, false, false
		}
		is := equalsUnescaped(v.data[quote+1:i-1], name)
		m.name = step{quote + 1, i - 1}
		if i = v.space(i); i >= len(v.data) || v.data[i] != ':' {
			return m, false, false
		}
		m.start = v.space(i + 1)
		m.end = v.pass(m.start)
		if m.end > len(v.data) || m.end == m.start {
			return m, false, false
		}
		if is {
			return m, true, true
		}
		if i = v.space(m.end); i < len(v.data) && v.data[i] == ',' {
			i = v.space(i + 1)
		}
	}
	return m, false, i < len(v.data) && v.data[i] == '}'
}

// pass returns where the value at data[i] ends, if it is JSON; behind the end of
// the data where it surely is not.
func (v *validator) pass(i int) int {
	depth := 0
	for i < len(v.data) {
		switch c := v.data[i]; c {
		case '"':
			for i++; i < len(v.data) && v.data[i] != '"'; i++ {
				if v.data[i] == '\\' {
					if i++; i == len(v.data) {
						break
					}
					if _, ok := escapeSize(v.data[i-1:]); !ok && v.data[i] != 'u' {
						return len(v.data) + 1
					}
				}
				if v.data[i] < ' ' {
					return len(v.data) + 1
				}
			}
			i++
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		default:
			i++
			if depth > 0 {
				continue
			}
			for i < len(v.data) && !oneOf(v.data[i], ",]} \t\r\n") {
				i++
			}
		}
		if depth <= 0 {
			return i
		}
	}
	return len(v.data) + 1
}
