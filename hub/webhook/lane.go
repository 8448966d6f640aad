package webhook

import "sync"

// A lane is messages that go out one after the other.
type lane struct {
	mu      sync.Mutex
	waiting []message
	closed  bool
	wake    chan struct{}
}

// push appends a message, and drops the oldest that is not under way where more
// than limit would wait.
func (l *lane) push(m message, limit int) (dropped *message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= limit && len(l.waiting) > 1 {
		oldest := l.waiting[1]
		dropped = &oldest
		l.waiting = append(l.waiting[:1], l.waiting[2:]...)
	}
	l.waiting = append(l.waiting, m)
	l.stir()
	return dropped
}

// first returns the message that is to go out next, and leaves it there until
// taken.
func (l *lane) first() (m message, ok, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		return message{}, false, l.closed
	}
	return l.waiting[0], true, l.closed
}

func (l *lane) taken() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting[0] = message{}
	l.waiting = l.waiting[1:]
}

func (l *lane) length() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

func (l *lane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.stir()
}

func (l *lane) stir() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
