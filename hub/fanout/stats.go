package fanout

import (
	"sync/atomic"

	"amalgam/hub/stat"
)

// Reasons lists why streams end.
var Reasons = []Reason{EndedByClient, EndedByExpiry, EndedByLifetime, EndedByShutdown, EndedByStall, EndedByLog}

// Stats is what a fan-out has done since it started, and what waits in it now.
type Stats struct {
	Subscribers int    // attached now
	Attached    uint64 // since the start
	Offered     uint64 // updates put into the queue of a subscriber, once for each
	Written     uint64 // bytes of streams, as they went out; without TLS
	CatchUps    uint64 // queues that were dropped, to be read from the log
	Inbox       int    // bytes of updates between the log's tail and the queues
	Queued      int    // bytes of encoded events in all queues; a shared one counts in each
	Longest     int    // bytes in the longest queue
	Behind      int    // subscribers whose queue was dropped and who read the log now
	// Replays counts how many events were read from the log for one subscriber
	// at a time: at its beginning, or because its queue was dropped.
	Replays stat.Distribution
	Ended   map[Reason]uint64
}

// counts is what Stats returns and is counted as it happens.
type counts struct {
	attached, offered, written, catchUps atomic.Uint64
	replays                              *stat.Histogram
	ended                                *stat.Counters
}

func newCounts() counts {
	names := make([]string, len(Reasons))
	for i, r := range Reasons {
		names[i] = string(r)
	}
	return counts{replays: stat.NewSizes(), ended: stat.NewCounters(names...)}
}

// Stats looks at every subscriber's queue: it is for now and then. Nobody who
// delivers or writes waits for it as a whole.
func (f *Fanout) Stats() Stats {
	st := Stats{
		Attached: f.counts.attached.Load(),
		Offered:  f.counts.offered.Load(),
		Written:  f.counts.written.Load(),
		CatchUps: f.counts.catchUps.Load(),
		Replays:  f.counts.replays.Snapshot(),
		Ended:    make(map[Reason]uint64, len(Reasons)),
	}
	ended := f.counts.ended.Snapshot()
	for _, r := range Reasons {
		st.Ended[r] = ended[string(r)]
	}
	f.inbox.Lock()
	st.Inbox = f.inbox.bytes
	f.inbox.Unlock()
	all := f.Subscribers()
	st.Subscribers = len(all)
	for _, s := range all {
		s.mu.Lock()
		bytes, behind := s.bytes, s.behind
		s.mu.Unlock()
		st.Queued += bytes
		st.Longest = max(st.Longest, bytes)
		if behind {
			st.Behind++
		}
	}
	return st
}

// Sent returns how many events and bytes have gone out on the stream of s. It
// is to be asked when the stream has ended, by whom Serve or done has told.
func (s *Subscriber) Sent() (events, bytes uint64) { return s.sent, s.out }
