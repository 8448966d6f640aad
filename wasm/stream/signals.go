package stream

// Tick is the call that Host.Wake asked for.
func (s *Stream) Tick() {
	now := s.host.Now()
	late := s.wakeAt > 0 && now-s.wakeAt > sleptFor
	if early := s.wakeAt - now; early > setBack {
		s.debug("the clock was set back")
		s.setBack(now, early)
	}
	s.wakeAt = 0
	if s.status.State == Closed || s.suspended {
		return
	}
	due := func(at int64) bool { return at > 0 && now >= at }
	if c := s.cur; c != nil {
		switch {
		case !c.open && now-c.since >= connectWithin:
			s.drop(CodeSilent, "the hub has not answered for 30 seconds")
		case c.open && s.limit > 0 && now-c.heard >= s.limit:
			s.drop(CodeSilent, "nothing has come for 2.5 times as long as the hub is ever silent: the connection is dead")
		case c.open && s.limit == 0 && late:
			s.drop(CodeSilent, "the device has slept: the connection may be dead")
		case c.bare && s.limit == 0 && s.next == nil && now-c.since >= connectWithin<<s.doubts:
			// Dead, or of a hub that says nothing until there is an event: that one
			// is asked again less and less.
			s.doubts = min(s.doubts+1, 7)
			s.replace("nothing has come since the hub answered")
		}
	}
	if c := s.next; c != nil {
		switch {
		case !c.open && now-c.since >= connectWithin:
			// Maybe there is no connection left for it; it knows where to go on.
			s.swap()
			c.since = now
			s.set(Status{State: Connecting, Code: CodeSilent, Reason: "the connection that was to take over was not answered for 30 seconds: it gets the place of the other"})
		case due(c.holdUntil):
			dead := s.cur != nil && s.cur.bare && !c.bare
			s.swap()
			if dead {
				s.debug("a gap: the connection before was dead from its beginning")
				s.host.Gap("", "")
			}
			s.unhold(c)
		}
	}
	if due(s.againAt) {
		s.replace("once more")
	}
	if due(s.renewAt) {
		s.ask()
	}
	if due(s.answerBy) {
		s.NoToken("it has not answered for 30 seconds")
	}
	if due(s.retryAt) {
		s.connect()
	}
	s.plan()
}

// setBack moves what was to be done by a clock that is set back by so much. A
// token's expiry stays: that is a date.
func (s *Stream) setBack(now, by int64) {
	for _, at := range []*int64{&s.retryAt, &s.againAt, &s.answerBy} {
		if *at > now {
			*at = max(*at-by, 1)
		}
	}
	for _, c := range []*conn{s.cur, s.next} {
		if c != nil {
			c.since, c.heard, c.holdUntil = min(c.since, now), min(c.heard, now), min(c.holdUntil, now+holdFor)
		}
	}
}

// drop ends a connection that does not answer.
func (s *Stream) drop(code Code, reason string) {
	c := s.cur
	s.cur = nil
	s.host.Cut(c.id)
	s.lost(c, code, reason)
}

// plan asks the host for the next Tick.
func (s *Stream) plan() {
	if s.status.State == Closed || s.suspended {
		return
	}
	at := int64(0)
	soonest := func(t int64) {
		if t > 0 && (at == 0 || t < at) {
			at = t
		}
	}
	soonest(s.retryAt)
	soonest(s.renewAt)
	soonest(s.againAt)
	soonest(s.answerBy)
	for _, c := range []*conn{s.cur, s.next} {
		switch {
		case c == nil:
		case !c.open:
			soonest(c.since + connectWithin)
		case c.holdUntil > 0:
			soonest(c.holdUntil)
		case s.limit > 0:
			soonest(c.heard + s.limit)
		default:
			soonest(s.host.Now() + lookEvery)
		}
	}
	if at == s.wakeAt {
		return
	}
	if at == 0 {
		s.wakeAt = 0
		s.host.Wake(-1)
		return
	}
	now := s.host.Now()
	s.wakeAt = min(at, now+longestWake)
	s.host.Wake(max(0, s.wakeAt-now))
}

const offline = "the browser is offline"

// Offline says that the browser has lost its network. A connection that works
// all the same, to this machine say, is kept.
func (s *Stream) Offline() {
	s.offline = true
	s.debug("the browser says that it is offline")
	if s.status.State == Waiting && s.retryAt > 0 {
		s.set(Status{State: Waiting, Code: CodeOffline, Reason: offline, Until: s.retryAt})
	}
}

// Online says that there is a network again: what waits connects at once, and
// what is open is replaced, because it may be dead without knowing.
func (s *Stream) Online() {
	s.offline = false
	s.debug("the browser says that it is online")
	s.hurry("online again")
}

// Woken says that the page was frozen, or the device asleep.
func (s *Stream) Woken() {
	s.debug("the page was frozen")
	s.hurry("awake again")
}

func (s *Stream) hurry(why string) {
	switch {
	case s.suspended || s.status.State == Closed || s.status.State == Idle:
	case s.cur != nil && s.cur.open:
		if s.next == nil {
			s.replace(why)
		}
	case s.cur == nil && s.retryAt > 0:
		s.attempt = 0
		s.connect()
	}
}

// Suspend lets go of the network while the page is in the back/forward cache.
func (s *Stream) Suspend() {
	if s.suspended || s.status.State == Closed || s.status.State == Idle {
		return
	}
	s.suspended = true
	s.cut()
	s.host.Wake(-1)
	s.wakeAt = 0
	s.set(Status{State: Waiting, Code: CodeSuspended, Reason: "the page is in the back/forward cache"})
}

// Resume goes on after Suspend.
func (s *Stream) Resume() {
	if !s.suspended {
		return
	}
	s.suspended = false
	s.attempt = 0
	if s.asking { // the page could not answer either
		s.answerBy = s.host.Now() + tokenWithin
	}
	s.connect()
	s.plan()
}
