package payload

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
