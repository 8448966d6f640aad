package payload

// Several schemas may have to judge one value: those of allOf, anyOf, oneOf,
// not and if, and what they say of the values inside of it. They do so together
// while it is read once, so that time stays linear in the data however schemas
// are nested: each schema judges each value at most once, and once more where
// there is something to explain.

// task is one schema that judges the value being read.
type task struct {
	n      *node
	must   bool     // its faults are the payload's; else something else may hold
	ok     bool     // what the node itself says of the value holds
	state  state    // of the verdict
	chosen [2]*node // of n.either, where there is a choice
}

type state uint8

const (
	undecided state = iota
	holds
	fails
)

func verdict(ok bool) state {
	if ok {
		return holds
	}
	return fails
}

// tasks are all that judge one value, each schema once.
type tasks struct {
	list []task
	at   map[*node]int // into list; nil while they are few
}

// manyTasks is from how many on a map is faster than comparing in turn.
const manyTasks = 24

// find returns the place of a schema, or -1.
func (ts *tasks) find(n *node) int {
	if ts.at != nil {
		if i, ok := ts.at[n]; ok {
			return i
		}
		return -1
	}
	for i := range ts.list {
		if ts.list[i].n == n {
			return i
		}
	}
	return -1
}

// put adds a schema, once, and returns its place.
func (ts *tasks) put(n *node, must bool) int {
	if i := ts.find(n); i >= 0 {
		ts.list[i].must = ts.list[i].must || must
		return i
	}
	i := len(ts.list)
	ts.list = append(ts.list, task{n: n, must: must, ok: true})
	if ts.at != nil {
		ts.at[n] = i
	} else if i == manyTasks {
		ts.at = make(map[*node]int, 2*manyTasks)
		for k := range ts.list {
			ts.at[ts.list[k].n] = k
		}
	}
	return i
}

// state is the verdict of a schema.
func (ts *tasks) state(n *node) state { return ts.list[ts.find(n)].state }

// empty takes all schemas off.
func (ts *tasks) empty() { ts.list, ts.at = ts.list[:0], nil }

// special reads the value at data[i] by a node that does not do so alone.
func (v *validator) special(i int, n *node) int {
	if n.refuses != nil {
		v.fault(n.refuses.keyword, n.refuses.message)
		return v.value(i, anything)
	}
	if n.chooses != nil {
		chosen := v.choose(i, n.chooses)
		if chosen == nil {
			chosen = anything
		}
		return v.value(i, chosen)
	}
	return v.together(i, []task{{n: n, must: true}})
}

// together reads the value at data[i] by all of roots, whose states tell the
// verdicts then, and returns where it ends.
func (v *validator) together(i int, roots []task) int {
	if i >= len(v.data) {
		return v.syntax(i, "a value")
	}
	if len(roots) == 1 && !roots[0].n.special {
		muted, before := v.mute, v.faults
		v.mute = muted || !roots[0].must
		end := v.value(i, roots[0].n)
		v.mute = muted
		roots[0].state = verdict(v.faults == before)
		return end
	}
	ts := tasks{list: make([]task, 0, 2*len(roots)+4)}
	for _, root := range roots {
		v.add(&ts, i, root.n, root.must && !v.mute)
	}
	end := v.read(i, ts.list)
	if end == stopped {
		return stopped
	}
	for k := range roots {
		roots[k].state = verdict(v.decide(i, &ts, roots[k].n))
	}
	return end
}

// add puts a schema on the list, and those that judge in its place.
func (v *validator) add(ts *tasks, i int, n *node, must bool) {
	known := len(ts.list)
	at := ts.put(n, false)
	if at < known && (ts.list[at].must || !must) {
		return
	}
	ts.list[at].must = must
	if n.refuses != nil {
		v.as(&ts.list[at], func() { v.fault(n.refuses.keyword, n.refuses.message) })
	}
	for _, other := range n.all {
		v.add(ts, i, other, must)
	}
	for k, a := range n.either {
		if a.choice == nil {
			for _, other := range a.among {
				v.add(ts, i, other, false)
			}
			continue
		}
		v.as(&ts.list[at], func() { ts.list[at].chosen[k] = v.choose(i, a.choice) })
		if chosen := ts.list[at].chosen[k]; chosen != nil {
			v.add(ts, i, chosen, must)
		}
	}
	for _, other := range n.besides {
		v.add(ts, i, other, false)
	}
}

// as judges for one task: its faults are told only if it must hold.
func (v *validator) as(t *task, judge func()) {
	muted, before := v.mute, v.faults
	v.mute = muted || !t.must
	judge()
	v.mute = muted
	t.ok = t.ok && v.faults == before
}

// decide tells whether the value at data[i], which has been read, holds to n.
func (v *validator) decide(i int, ts *tasks, n *node) bool {
	t := &ts.list[ts.find(n)]
	if t.state != undecided {
		return t.state == holds
	}
	for _, other := range n.all {
		t.ok = v.decide(i, ts, other) && t.ok // what must hold has told its faults
	}
	for k, a := range n.either {
		if chosen := t.chosen[k]; chosen != nil {
			t.ok = v.decide(i, ts, chosen) && t.ok
		} else if a.choice == nil {
			v.decideAmong(i, ts, t, a)
		}
	}
	if n.not != nil && v.decide(i, ts, n.not) {
		v.as(t, func() { v.fault("not", "must not be what not describes") })
	}
	if n.when != nil {
		v.decideWhen(i, ts, t)
	}
	t.state = verdict(t.ok)
	return t.ok
}

func (v *validator) decideAmong(i int, ts *tasks, t *task, a alternatives) {
	count := 0
	for _, other := range a.among {
		if v.decide(i, ts, other) {
			count++
		}
	}
	switch {
	case count == 0:
		v.as(t, func() { v.fault(a.keyword, "must hold to one of "+itoa(len(a.among))+" schemas, holds to none") })
	case count > 1 && a.keyword == "oneOf":
		v.as(t, func() {
			v.fault(a.keyword, "must hold to one of "+itoa(len(a.among))+" schemas alone, holds to "+itoa(count))
		})
	}
}

func (v *validator) decideWhen(i int, ts *tasks, t *task) {
	then := t.n.when.other
	if v.decide(i, ts, t.n.when.condition) {
		then = t.n.when.then
	}
	if then == nil || v.decide(i, ts, then) {
		return
	}
	if !t.must {
		t.ok = false
		return
	}
	again, used := v.again, v.used
	v.again = true
	v.as(t, func() { v.together(i, []task{{n: then, must: true}}) })
	v.again, v.used = again, used
}

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
