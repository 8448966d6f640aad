package fanout

import "time"

// beatSlots is how many groups the subscribers are dealt into; each group has
// its heartbeat at another moment, so that a large hub does not write to all
// its sockets at once.
const beatSlots = 16

// beatLoop is the one timer of all heartbeats: every stream gets a comment
// every interval, busy or not, so that a client can tell a dead stream from a
// quiet one.
func (f *Fanout) beatLoop(interval time.Duration) {
	tick := time.NewTicker(max(interval/beatSlots, time.Millisecond))
	defer tick.Stop()
	for slot := 0; ; slot = (slot + 1) % beatSlots {
		select {
		case <-tick.C:
		case <-f.quit:
			return
		}
		var woken []*Subscriber
		f.mu.Lock()
		for s := range f.wheel[slot] {
			s.mu.Lock()
			s.beat = true
			if s.stir() {
				woken = append(woken, s)
			}
			s.mu.Unlock()
		}
		f.mu.Unlock()
		f.pool.push(woken...)
	}
}
