package payload

// read reads the value at data[i] and has each task judge it.
func (v *validator) read(i int, ts []task) int {
	switch c := v.data[i]; c {
	case '"':
		s := v.scanString(i, "a string")
		if s.end == stopped {
			return stopped
		}
		if s.broken != 0 {
			v.badText(s)
		}
		for k := range ts {
			v.as(&ts[k], func() { v.string(i, s, ts[k].n) })
		}
		return s.end + 1
	case '{':
		return v.readObject(i, ts)
	case '[':
		return v.readArray(i, ts)
	case 't', 'f', 'n':
		end := v.value(i, anything)
		t := typeNames[typeAt(c)]
		for k := range ts {
			if end != stopped {
				v.as(&ts[k], func() { v.judgeLiteral(c, ts[k].n, t.t, t.phrase) })
			}
		}
		return end
	}
	end := v.value(i, anything)
	if end != stopped {
		d, _, _ := scanNumber(v.data, i)
		for k := range ts {
			v.as(&ts[k], func() { v.judgeNumber(&d, ts[k].n) })
		}
	}
	return end
}

func (v *validator) readArray(i int, ts []task) int {
	if v.depth == maxDepth {
		return v.tooDeep()
	}
	start, count := i, 0
	inner := tasks{list: make([]task, 0, len(ts))}
	i = v.space(i + 1)
	if i < len(v.data) && v.data[i] == ']' {
		i++
	} else {
		for more := true; more; count++ {
			inner.empty()
			for k := range ts {
				if n := ts[k].n; n.types&typeArray != 0 && n.item(count) != anything {
					inner.put(n.item(count), ts[k].must)
				}
			}
			v.path[v.depth] = index(count)
			i = v.inside(i, inner.list)
			if i == stopped || v.full() {
				return stopped
			}
			for k := range ts {
				if n := ts[k].n; n.types&typeArray != 0 && n.item(count) != anything {
					ts[k].ok = inner.state(n.item(count)) == holds && ts[k].ok
				}
			}
			if i, more = v.next(i, ']'); i == stopped {
				return stopped
			}
		}
	}
	for k := range ts {
		v.as(&ts[k], func() {
			if n := ts[k].n; n.types&typeArray == 0 {
				v.wrongType(n, "an array")
			} else {
				v.countItems(count, n)
				v.wholeArray(start, n)
			}
		})
	}
	return i
}

// inside reads an item or a property by the tasks that there are for it.
func (v *validator) inside(i int, ts []task) int {
	v.depth++
	defer func() { v.depth-- }()
	if len(ts) == 0 {
		return v.value(i, anything)
	}
	return v.together(i, ts)
}

// link is a task of an object that has one for a property of it.
type link struct{ from, to int }

// noted are the properties of a schema that an object has.
type noted struct {
	properties []uint64 // a bit for each
	missing    int      // how many that are required it does not have
}

func (v *validator) readObject(i int, ts []task) int {
	if v.depth == maxDepth {
		return v.tooDeep()
	}
	start, count := i, 0
	seen := make([]noted, len(ts))
	for k := range ts {
		seen[k] = noted{make([]uint64, (len(ts[k].n.properties)+63)/64), ts[k].n.required}
	}
	known := names{first: v.used}
	var inner tasks
	var links []link
	i = v.space(i + 1)
	if i < len(v.data) && v.data[i] == '}' {
		i++
	} else {
		for more := true; more; count++ {
			name := v.scanString(i, "a property name in quotes")
			if name.end == stopped {
				return stopped
			}
			inner.empty()
			links = links[:0]
			again := false
			if name.broken != 0 {
				v.badText(name)
			} else {
				again = !v.note(&known, span{i + 1, name.end}, name.escaped)
				links = v.property(i, name, ts, seen, &inner, links)
			}
			colon := v.space(name.end + 1)
			if colon >= len(v.data) || v.data[colon] != ':' {
				return v.syntax(colon, `":"`)
			}
			v.path[v.depth] = step{i + 1, name.end}
			if again {
				v.depth++
				v.twice()
				v.depth--
			}
			i = v.inside(v.space(colon+1), inner.list)
			if i == stopped || v.full() {
				return stopped
			}
			for _, l := range links {
				ts[l.from].ok = inner.list[l.to].state == holds && ts[l.from].ok
			}
			if i, more = v.next(i, '}'); i == stopped {
				return stopped
			}
		}
	}
	v.used = known.first
	for k := range ts {
		v.as(&ts[k], func() {
			if n := ts[k].n; n.types&typeObject == 0 {
				v.wrongType(n, "an object")
			} else {
				if seen[k].missing > 0 {
					v.missing(n, seen[k].properties)
				}
				v.countProperties(count, n)
				if n.enum != nil || n.constant != nil {
					v.deepChoice(start, n)
				}
			}
		})
	}
	return i
}

// property lists what judges the value of the property whose name stands at
// data[i], and for whom.
func (v *validator) property(i int, name text, ts []task, seen []noted, inner *tasks, links []link) []link {
	raw := v.data[i+1 : name.end]
	text := raw
	if name.escaped {
		text = appendUnescaped(nil, raw)
	}
	for k := range ts {
		n, declared := ts[k].n, false
		if n.types&typeObject == 0 {
			continue
		}
		judge := func(n *node) {
			if n != anything {
				links = append(links, link{k, inner.put(n, ts[k].must)})
			}
		}
		if at := v.declared(n, raw, name, 0); at >= 0 {
			p, bit := &n.properties[at], uint64(1)<<(at&63)
			if p.required && seen[k].properties[at>>6]&bit == 0 {
				seen[k].missing--
			}
			seen[k].properties[at>>6] |= bit
			if p.node != nil {
				declared = true
				judge(p.node)
			}
		}
		for _, p := range n.patterns {
			if p.name.Match(text) {
				declared = true
				judge(p.node)
			}
		}
		if !declared && n.values != nil {
			judge(n.values)
		}
	}
	return links
}
