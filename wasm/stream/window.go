package stream

import "hash/maphash"

// windowSize is how many ids are remembered; a power of two.
const windowSize = 8192

// A window remembers the last ids that came, so that what a hub or a proxy
// repeats is dropped. It holds hashes, allocates nothing, and forgets the
// oldest first. The zero value is ready.
type window struct {
	seed  maphash.Seed
	ring  []uint64              // by age, from next on
	slots [2 * windowSize]int16 // place in ring + 1, by hash, with linear probing
	next  int
}

// repeats reports whether id is among those remembered, and remembers it.
func (w *window) repeats(id []byte) bool {
	if w.ring == nil {
		w.seed = maphash.MakeSeed()
		w.ring = make([]uint64, 0, windowSize)
	}
	h := maphash.Bytes(w.seed, id)
	slot := w.find(h)
	if w.slots[slot] != 0 {
		return true
	}
	if len(w.ring) < windowSize {
		w.ring = append(w.ring, h)
		w.slots[slot] = int16(len(w.ring))
		return false
	}
	w.remove(w.find(w.ring[w.next]))
	w.ring[w.next] = h
	w.slots[w.find(h)] = int16(w.next + 1)
	w.next = (w.next + 1) % windowSize
	return false
}

// find returns the slot of h, or the free one where it belongs.
func (w *window) find(h uint64) int {
	for i := home(h); ; i = (i + 1) % len(w.slots) {
		if at := w.slots[i]; at == 0 || w.ring[at-1] == h {
			return i
		}
	}
}

func home(h uint64) int { return int(h % (2 * windowSize)) }

// remove frees a slot and moves up those behind that would no longer be found.
func (w *window) remove(free int) {
	n := len(w.slots)
	for i := (free + 1) % n; w.slots[i] != 0; i = (i + 1) % n {
		want := home(w.ring[w.slots[i]-1])
		// The entry may move into free unless its home lies between.
		if (i-want+n)%n >= (i-free+n)%n {
			w.slots[free] = w.slots[i]
			free = i
		}
	}
	w.slots[free] = 0
}
