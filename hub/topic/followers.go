package topic

// followers is a set in the order in which its members came, as far as none
// has left: neighbours in it are neighbours in memory, and so are their
// sockets, which a walk through a large set feels.
type followers[S comparable] struct {
	list []S
	at   map[S]int32 // where each is; nil while there are few
}

// few is how many members are searched one after the other.
const few = 16

func (f *followers[S]) find(s S) int {
	if f.at != nil {
		if i, ok := f.at[s]; ok {
			return int(i)
		}
		return -1
	}
	for i, other := range f.list {
		if other == s {
			return i
		}
	}
	return -1
}

func (f *followers[S]) add(s S) {
	if f.find(s) >= 0 {
		return
	}
	f.list = append(f.list, s)
	switch n := len(f.list); {
	case f.at != nil:
		f.at[s] = int32(n - 1)
	case n > few:
		f.at = make(map[S]int32, 2*n)
		for i, s := range f.list {
			f.at[s] = int32(i)
		}
	}
}

// remove puts the last member into the place of s.
func (f *followers[S]) remove(s S) {
	i := f.find(s)
	if i < 0 {
		return
	}
	end := len(f.list) - 1
	last := f.list[end]
	f.list[i] = last
	clear(f.list[end:])
	f.list = f.list[:end]
	if f.at != nil {
		f.at[last] = int32(i)
		delete(f.at, s)
	}
	if end <= few/2 {
		f.at = nil
	}
}
