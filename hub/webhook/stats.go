package webhook

import (
	"sync/atomic"
	"time"
)

// Stats is what a sender has done since it started, and what waits now.
type Stats struct {
	// Messages counts those that wait no more, by what became of them; it has
	// every result.
	Messages map[Result]uint64
	// Retries counts the tries that failed and were followed, or will be, by
	// another.
	Retries uint64
	// Waiting are the messages that have not been taken, those under way among
	// them.
	Waiting int
	// LastError is when a try failed last; the zero time if none has.
	LastError time.Time
}

// A Result is what became of a message.
type Result string

const (
	Delivered Result = "delivered" // taken with a 2xx
	GivenUp   Result = "given_up"  // lost: tried for Options.GiveUp
	Dropped   Result = "dropped"   // lost: more than Options.MaxWaiting would have waited
)

// Stats may be called at any time, also after Close.
func (s *Sender) Stats() Stats {
	st := Stats{
		Messages: map[Result]uint64{Delivered: s.counts.delivered.Load(), GivenUp: s.counts.givenUp.Load(), Dropped: s.counts.dropped.Load()},
		Retries:  s.counts.retries.Load(),
	}
	if ms := s.counts.lastError.Load(); ms > 0 {
		st.LastError = time.UnixMilli(ms)
	}
	for i := range s.lanes {
		st.Waiting += s.lanes[i].length()
	}
	return st
}

// counts is what Stats returns and is counted as it happens.
type counts struct {
	delivered, givenUp, dropped, retries atomic.Uint64
	lastError                            atomic.Int64 // milliseconds since 1970
}
