package eventlog

import "sync"

// A Tail hands what a backend has committed to those who follow its log. The
// zero value is ready. Backends embed one and call Send from their committer.
type Tail struct {
	mu        sync.Mutex
	next      int
	followers map[int]func([]Entry)
}

// Follow registers fn; see Log.
func (t *Tail) Follow(fn func([]Entry)) (stop func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.followers == nil {
		t.followers = make(map[int]func([]Entry))
	}
	n := t.next
	t.next++
	t.followers[n] = fn
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.followers, n)
	}
}

// Send calls every follower with batch. Calls must not overlap.
func (t *Tail) Send(batch []Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, fn := range t.followers {
		fn(batch)
	}
}
