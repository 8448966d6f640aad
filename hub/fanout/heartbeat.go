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
		for _, s := range f.wheel[slot] {
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

// enlist puts s into the wheel. Callers hold Fanout.mu.
func (f *Fanout) enlist(s *Subscriber) {
	s.slot, s.place = f.nextSlot, len(f.wheel[f.nextSlot])
	f.wheel[s.slot] = append(f.wheel[s.slot], s)
	f.nextSlot = (f.nextSlot + 1) % beatSlots
}

// strike takes s out of the wheel, if it is there. Callers hold Fanout.mu.
func (f *Fanout) strike(s *Subscriber) bool {
	slot := f.wheel[s.slot]
	if s.place >= len(slot) || slot[s.place] != s {
		return false
	}
	last := slot[len(slot)-1]
	slot[s.place], last.place = last, s.place
	slot[len(slot)-1] = nil
	f.wheel[s.slot] = slot[:len(slot)-1]
	return true
}
