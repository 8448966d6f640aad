package fanout

import (
	"sync"
	"time"

	"amalgam/hub/eventlog"
	"amalgam/hub/topic"
	"amalgam/hub/update"
)

// A Subscriber is one stream. The exported fields are set by who makes it and
// never change after Attach.
type Subscriber struct {
	ID       string           // urn:uuid:…, random for each connection
	Matchers []*topic.Matcher // what it follows, one subscription each
	// MayRead says whether the subscriber's token grants one of topics, and
	// which; nil grants nothing. It is asked for private updates only.
	MayRead func(topic string) bool
	// NameTopics adds a topic line to every event (topics=on).
	NameTopics bool
	// Until is when the stream ends, and Ending why; zero for never.
	Until  time.Time
	Ending Reason
	// About is for the owner of the subscriber, such as what to announce.
	About any

	after uint64 // the place of the last event the client has
	slot  int    // in the heartbeat wheel; Fanout.mu
	// offered is the last entry this subscriber was considered for; Fanout.mu.
	offered uint64

	mu      sync.Mutex
	queue   []queued
	bytes   int
	behind  bool   // the queue was dropped: read the log from there
	dropped uint64 // the place before the first entry that was dropped
	live    uint64 // entries after this place come through the queue
	beat    bool
	wake    chan struct{}

	end   sync.Once
	ended chan struct{}
	why   Reason
}

// A Reason says why a stream ended.
type Reason string

const (
	EndedByClient   Reason = "client"   // the client went away
	EndedByExpiry   Reason = "expired"  // its token expired
	EndedByLifetime Reason = "lifetime" // write_timeout, the longest life of a stream
	EndedByShutdown Reason = "shutdown" // the hub is stopping
	EndedByStall    Reason = "stalled"  // a write failed or took longer than dispatch_timeout
	EndedByLog      Reason = "log"      // the log cannot be read
)

// A frame is one update as it goes out, shared by all who receive it.
type frame struct {
	seq   uint64
	event []byte
}

func newFrame(e eventlog.Entry) *frame {
	return &frame{seq: e.Seq, event: update.AppendEvent(make([]byte, 0, e.Update.Size()), e.Update)}
}

type queued struct {
	*frame
	topic string // for subscribers that asked for topics=on
}

// offer puts a frame into the queue. A queue that would grow over max is
// dropped: what was in it is read from the log.
func (s *Subscriber) offer(q queued, max int) {
	s.mu.Lock()
	if q.seq > s.after && !s.behind {
		if s.bytes+len(q.event) > max && len(s.queue) > 0 {
			s.dropped = s.queue[0].seq - 1
			s.queue, s.bytes, s.behind = nil, 0, true
		} else {
			s.queue = append(s.queue, q)
			s.bytes += len(q.event)
		}
	}
	s.mu.Unlock()
	s.signal()
}

func (s *Subscriber) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take empties the queue. behind means that it had been dropped.
func (s *Subscriber) take() (queue []queued, beat, behind bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue, beat, behind = s.queue, s.beat, s.behind
	s.queue, s.bytes, s.beat = nil, 0, false
	return queue, beat, behind
}

// End ends the stream; the first reason counts.
func (s *Subscriber) End(why Reason) {
	s.end.Do(func() {
		s.why = why
		close(s.ended)
	})
}

// mayRead reports whether the subscriber may receive u: a private update needs
// a grant for one of its topics.
func (s *Subscriber) mayRead(u *update.Update) bool {
	if !u.Private {
		return true
	}
	if s.MayRead == nil {
		return false
	}
	for _, t := range u.Topics {
		if s.MayRead(t) {
			return true
		}
	}
	return false
}

// wants reports whether the subscriber follows and may receive u, and names
// the topic that brings it: one it follows and, if the update is private, may
// read. Where no topic is both, it names one that the token grants.
func (s *Subscriber) wants(u *update.Update) (by string, ok bool) {
	if !u.Private {
		return topic.MatchAny(s.Matchers, u.Topics)
	}
	if s.MayRead == nil {
		return "", false
	}
	follows, granted := false, ""
	for _, t := range u.Topics {
		_, match := topic.MatchAny(s.Matchers, []string{t})
		may := s.MayRead(t)
		if match && may {
			return t, true
		}
		if may && granted == "" {
			granted = t
		}
		follows = follows || match
	}
	return granted, follows && granted != ""
}
