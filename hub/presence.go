package hub

import (
	"encoding/json"
	"sync"
	"time"

	"amalgam/hub/fanout"
	"amalgam/hub/topic"
)

// A PresenceEvent says that subscriptions of one subscriber have begun or
// ended.
type PresenceEvent struct {
	Time       time.Time
	Subscriber string // its id, the same when it comes back within Config.PresenceGrace
	Active     bool   // they have begun
	// Subscriptions are the documents of the subscription API, in the dialect
	// that the subscriber speaks.
	Subscriptions []json.RawMessage
}

// presence holds back the ends of subscribers for a grace, so that one who is
// back in time has never been gone. Who it is is told by its token: see
// Grant.Holder. Nobody is known by no name, and is gone at once: what is held
// back for a holder is no more than it had streams, but for clients without a
// token it would be all that have ever come within the grace.
type presence struct {
	grace time.Duration
	leave func(*fanout.Subscriber)

	mu      sync.Mutex
	away    map[string][]*absence // by who it is, the longest away first
	leaving sync.WaitGroup
	closed  bool
}

// An absence is a subscriber whose stream has ended, and whose end has not been
// announced.
type absence struct {
	who     string
	gone    *fanout.Subscriber
	timer   *time.Timer
	claimed bool // somebody is coming back as it
}

// left takes the end of a stream.
func (p *presence) left(s *fanout.Subscriber, who string) {
	p.mu.Lock()
	if p.closed || p.grace <= 0 || who == "" {
		p.mu.Unlock()
		p.leave(s)
		return
	}
	a := &absence{who: who, gone: s}
	a.timer = time.AfterFunc(p.grace, func() { p.over(a) })
	p.away[who] = append(p.away[who], a)
	p.mu.Unlock()
}

// over ends an absence whose grace is over.
func (p *presence) over(a *absence) {
	p.mu.Lock()
	if a.claimed || !p.drop(a) {
		p.mu.Unlock()
		return
	}
	p.leaving.Add(1)
	p.mu.Unlock()
	defer p.leaving.Done()
	p.leave(a.gone)
}

// drop reports whether the absence was still there. The caller holds mu.
func (p *presence) drop(a *absence) bool {
	list := p.away[a.who]
	for i := range list {
		if list[i] == a {
			list = append(list[:i:i], list[i+1:]...)
			if p.away[a.who] = list; len(list) == 0 {
				delete(p.away, a.who)
			}
			return true
		}
	}
	return false
}

// claim returns the absence that somebody who connects comes back from, or nil.
// settle must follow.
func (p *presence) claim(who string) *absence {
	if who == "" || p.grace <= 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.away[who] {
		if !a.claimed {
			a.claimed = true
			a.timer.Stop()
			return a
		}
	}
	return nil
}

// settle ends a claim: it is back, or it is not, and the grace begins anew.
func (p *presence) settle(a *absence, back bool) {
	if a == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a.claimed = false
	if back {
		p.drop(a)
		return
	}
	a.timer.Reset(p.grace)
}

// list returns those who are away and may come back.
func (p *presence) list() []*fanout.Subscriber {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []*fanout.Subscriber
	for _, list := range p.away {
		for _, a := range list {
			all = append(all, a.gone)
		}
	}
	return all
}

// close ends all absences: nobody comes back to a hub that has stopped. The
// streams have ended by then.
func (p *presence) close() {
	p.mu.Lock()
	p.closed = true
	away := p.away
	p.away = nil
	p.mu.Unlock()
	for _, list := range away {
		for _, a := range list {
			a.timer.Stop()
			p.leave(a.gone)
		}
	}
	p.leaving.Wait()
}

// join announces what has begun with a stream: for one that is back from an
// absence, what is not as it was.
func (h *Hub) join(s *fanout.Subscriber, from *absence) {
	if from == nil {
		h.announce(s, s.Matchers, true)
		return
	}
	h.announce(from.gone, h.without(from.gone, s), false)
	h.announce(s, h.without(s, from.gone), true)
}

// without returns the matchers of s that other does not have.
func (h *Hub) without(s, other *fanout.Subscriber) []*topic.Matcher {
	has := make(map[string]bool, len(other.Matchers))
	for _, m := range other.Matchers {
		id, _ := h.describe(other, m, true)
		has[id] = true
	}
	var rest []*topic.Matcher
	for _, m := range s.Matchers {
		if id, _ := h.describe(s, m, true); !has[id] {
			rest = append(rest, m)
		}
	}
	return rest
}
