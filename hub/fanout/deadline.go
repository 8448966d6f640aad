package fanout

import "time"

// deadlineTick is how exactly streams end at their time: at the beginning of
// the tick it lies in, so at most so much early.
const deadlineTick = 100 * time.Millisecond

// deadlines holds the streams that end at a known time, by tick. Fanout.mu.
type deadlines map[int64]map[*Subscriber]struct{}

func tickOf(t time.Time) int64 { return t.UnixNano() / int64(deadlineTick) }

func (d deadlines) add(s *Subscriber) {
	if s.Until.IsZero() {
		return
	}
	k := tickOf(s.Until)
	if d[k] == nil {
		d[k] = make(map[*Subscriber]struct{}, 1)
	}
	d[k][s] = struct{}{}
}

func (d deadlines) remove(s *Subscriber) {
	if s.Until.IsZero() {
		return
	}
	k := tickOf(s.Until)
	delete(d[k], s)
	if len(d[k]) == 0 {
		delete(d, k)
	}
}

// deadlineLoop is the one timer of all streams' ends.
func (f *Fanout) deadlineLoop() {
	tick := time.NewTicker(deadlineTick)
	defer tick.Stop()
	next := tickOf(time.Now()) // the first tick that has not been looked at
	for {
		var due []*Subscriber
		f.mu.Lock()
		for now := tickOf(time.Now()); next <= now; next++ {
			for s := range f.deadlines[next] {
				due = append(due, s)
			}
		}
		f.mu.Unlock()
		for _, s := range due {
			f.end(s, s.Ending)
		}
		select {
		case <-tick.C:
		case <-f.quit:
			return
		}
	}
}
