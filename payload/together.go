package payload

// Several schemas may have to judge one value: those of allOf, anyOf, oneOf,
// not and if, and what they say of the values inside of it. They do so together
// while it is read once, so that time stays linear in the data however schemas
// are nested: each schema judges each value at most once, and once more where
// there is something to explain.

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
	ts, faults := tasks{list: make([]task, 0, 2*len(roots)+4)}, v.faults
	for _, root := range roots {
		v.add(&ts, i, root.n, root.must && !v.mute)
	}
	end := v.read(i, ts.list)
	if end == stopped {
		return stopped
	}
	// Others have failed on the way, which counts only as far as a root does.
	for k := range roots {
		roots[k].state = holds
		if !v.decide(i, &ts, roots[k].n) {
			roots[k].state = fails
			faults++
		}
	}
	v.faults = faults
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
