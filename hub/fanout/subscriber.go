package fanout

import (
	"strings"
	"sync"
	"time"

	"amalgam/hub/topic"
	"amalgam/hub/update"
)

// A Subscriber is one stream. The exported fields are set by who makes it and
// never change after Attach.
type Subscriber struct {
	ID       string           // urn:uuid:…, random for each connection
	Matchers []*topic.Matcher // what it follows, one subscription each
	// MayRead says whether the subscriber's token grants a topic; nil grants
	// nothing. It is asked for private updates only.
	MayRead func(topic string) bool
	// NameTopics adds topic lines to every event (topics=on).
	NameTopics bool
	// Until is when the stream ends, and Ending why; zero for never.
	Until  time.Time
	Ending Reason
	// About is for the owner of the subscriber, such as what to announce.
	About any

	// slot and place are where it stands in the heartbeat wheel; Fanout.mu.
	slot, place int
	// offered is the last entry this subscriber was considered for; Fanout.mu.
	offered uint64
	// by is what has brought that entry, while it is being found out; Fanout.mu.
	by []string

	// written is the place of the last event that was written, or that the
	// client had already. It belongs to whoever writes at the moment.
	written uint64
	sent    uint64 // events on this connection; the same owner
	out     uint64 // bytes of them and of heartbeats; the same owner
	line    *line  // the connection, once it has been handed over by Go

	mu        sync.Mutex
	queue     []queued
	spare     []queued // the other half of queue, empty, so that neither is allocated anew
	bytes     int
	behind    bool   // the queue was dropped: read the log from there
	dropped   uint64 // the place before the first entry that was dropped
	live      uint64 // entries after this place come through the queue
	beat      bool
	ended     Reason        // why the stream is to end, "" while it is not
	scheduled bool          // somebody writes, or will: line only
	wake      chan struct{} // wakes Serve; nil otherwise
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

type queued struct {
	*frame
	topics string // for subscribers that asked for topics=on: see names
}

// offer puts a frame into the queue. A queue that would grow over max is
// dropped: what was in it is read from the log. It reports whether s has to be
// scheduled now, and whether the queue was dropped.
func (s *Subscriber) offer(q queued, max int) (schedule, dropped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.behind:
		return false, false
	case s.bytes+len(q.event) > max && len(s.queue) > 0:
		s.dropped = s.queue[0].seq - 1
		clear(s.queue)
		s.queue, s.bytes, s.behind, dropped = s.queue[:0], 0, true, true
	default:
		s.queue = append(s.queue, q)
		s.bytes += len(q.event)
	}
	return s.stir(), dropped
}

// stir lets whoever writes know that there is something to do. Callers hold
// s.mu; the answer is for line subscribers, who have nobody waiting.
func (s *Subscriber) stir() (schedule bool) {
	if s.wake != nil {
		select {
		case s.wake <- struct{}{}:
		default:
		}
		return false
	}
	if s.line == nil || s.scheduled {
		return false
	}
	s.scheduled = true
	return true
}

// work is what a writer has to do.
type work struct {
	queue  []queued
	beat   bool
	behind bool
	ended  Reason
}

func (w *work) empty() bool { return len(w.queue) == 0 && !w.beat && !w.behind && w.ended == "" }

// take empties the queue. What it returns is the writer's until it calls take
// again. A line subscriber without work is no longer scheduled.
func (s *Subscriber) take() work {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := work{s.queue, s.beat, s.behind, s.ended}
	s.queue, s.spare = s.spare[:0], s.queue
	s.bytes, s.beat = 0, false
	if w.empty() {
		s.scheduled = false
	}
	return w
}

// over returns why the stream is to end, or "".
func (s *Subscriber) over() Reason {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
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

// names returns the topics that have brought u, in lines. For a private update
// it names those that may be read, and then has an empty line for the others.
func (s *Subscriber) names(u *update.Update, followed []string) string {
	if !u.Private {
		return strings.Join(followed, "\n")
	}
	names, _ := s.wants(u)
	first, hidden := names, false
	for _, t := range followed {
		switch {
		case t == first:
		case s.MayRead(t):
			names += "\n" + t
		default:
			hidden = true
		}
	}
	if hidden {
		names += "\n"
	}
	return names
}

// follows returns which topics of u have brought it, as the index finds them.
func (s *Subscriber) follows(u *update.Update) (topics []string) {
	for _, t := range u.Topics {
		if _, ok := topic.MatchAny(s.Matchers, []string{t}); ok {
			topics = append(topics, t)
		}
	}
	return topics
}
