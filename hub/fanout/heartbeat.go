package fanout

import (
	"strconv"
	"time"
)

// beatSlots is how many groups the subscribers are dealt into; each group has
// its heartbeat at another moment, so that a large hub does not write to all
// its sockets at once.
const beatSlots = 16

// Greeting is the first line of every stream: a comment that says the time
// between two heartbeats in milliseconds and that no event has been sent yet,
// so that a client can notice both silence and loss.
func (f *Fanout) Greeting() []byte { return f.appendBeat(nil, 0) }

// appendBeat appends a heartbeat, ": heartbeat 40000 17": the next one comes
// within so many milliseconds, and so many events have been sent on this
// connection. A hub without heartbeats has an empty comment.
func (f *Fanout) appendBeat(dst []byte, sent uint64) []byte {
	if f.heartbeat <= 0 {
		return append(dst, ":\n"...)
	}
	dst = strconv.AppendInt(append(dst, ": heartbeat "...), f.heartbeat.Milliseconds(), 10)
	dst = strconv.AppendUint(append(dst, ' '), sent, 10)
	return append(dst, '\n')
}

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
