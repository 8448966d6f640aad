package stream

import (
	"bytes"
	"strconv"
)

// A conn is one connection of a stream.
type conn struct {
	s         *Stream
	id        int32
	parser    parser
	cursor    string // the id it was to go on after
	selectors []Selector
	open      bool
	bare      bool  // nothing has come after its head, though that could be seen
	since     int64 // when it was asked for, then when it was answered
	heard     int64 // when the last bytes came
	beats     beats
	got       bool  // an event has come
	events    int64 // how many, those that came before as well

	// What comes on a connection that is to take another's place without a
	// cursor is held until the other's last events have surely arrived.
	held      []byte
	holdUntil int64
}

// A Head is the beginning of an answer.
type Head struct {
	Status int
	// Type is the Content-Type.
	Type string
	// Cursor is Last-Event-ID or Mercure-Last-Event-ID; HasCursor says whether
	// there was one that the page may read.
	Cursor    string
	HasCursor bool
	// RetryAfter is in milliseconds, 0 if there is none.
	RetryAfter int64
	// EventSource hides all of the above but the status 200.
	Hidden bool
}

func (s *Stream) find(id int32) *conn {
	switch {
	case s.cur != nil && s.cur.id == id:
		return s.cur
	case s.next != nil && s.next.id == id:
		return s.next
	}
	return nil
}

// Head takes the beginning of an answer.
func (s *Stream) Head(id int32, h Head) {
	c := s.find(id)
	if c == nil {
		return
	}
	if h.Status == 200 && (h.Hidden || isEventStream(h.Type)) {
		s.take(c, h)
		return
	}
	if c == s.next {
		s.keep(h)
		return
	}
	s.host.Cut(id)
	s.cur = nil
	answer := "the hub answered " + strconv.Itoa(h.Status)
	switch h.Status {
	case 200:
		s.wait(CodeNoStream, "the answer is "+quoted(h.Type)+" instead of an event stream: something between the page and the hub answers in its place", h.RetryAfter)
	case 204:
		s.end(CodeEnded, answer+": it wants no more connections from this client")
	case 400:
		s.end(CodeRefused, answer+": it does not understand the request; look at the topics, and at the hub's log")
	case 403:
		s.end(CodeRefused, answer+": the token does not grant this")
	case 401:
		s.unauthorized()
	default:
		s.wait(CodeStatus, answer, h.RetryAfter)
	}
	s.plan()
}

func isEventStream(contentType string) bool {
	const want = "text/event-stream"
	return len(contentType) >= len(want) && bytes.EqualFold([]byte(contentType[:len(want)]), []byte(want))
}

func quoted(s string) string {
	if s == "" {
		return "without a Content-Type"
	}
	return strconv.Quote(s)
}

// take begins to read a connection.
func (s *Stream) take(c *conn, h Head) {
	now := s.host.Now()
	c.open, c.bare, c.since, c.heard = true, !h.Hidden, now, now
	s.asked401, s.vain = false, 0
	if s.c.Debug {
		s.debug("connection " + strconv.Itoa(int(c.id)) + " is open, after " + strconv.Quote(h.Cursor))
	}
	if c == s.next {
		if c.cursor == "" {
			c.holdUntil = now + holdFor
			s.plan()
			return
		}
		s.swap()
	}
	missed := s.opened && c.cursor == ""
	s.opened = true
	s.set(Status{State: Open})
	switch {
	case s.cur != c: // closed by whoever was told
	case c.cursor != "" && h.HasCursor && h.Cursor != c.cursor:
		s.debug("a gap: the hub goes on after " + strconv.Quote(h.Cursor))
		s.host.Gap(c.cursor, h.Cursor)
	case missed && c.held == nil && c.holdUntil == 0:
		s.debug("a gap: no event had come yet to go on from")
		s.host.Gap("", "")
	}
	s.plan()
}

// swap puts next into the place of cur.
func (s *Stream) swap() {
	old := s.cur
	s.cur, s.next = s.next, nil
	if old != nil {
		s.host.Cut(old.id)
	}
}

// keep goes on with the connection there is, when another could not take its
// place.
func (s *Stream) keep(h Head) {
	next := s.next
	s.next = nil
	s.host.Cut(next.id)
	switch h.Status {
	case 401:
		s.unauthorized()
	case 204, 400, 403:
		reason := "the hub answered " + strconv.Itoa(h.Status) + " to the change of topics, which is taken back"
		s.selectors = s.cur.selectors
		s.host.Fault(CodeRefused, reason, s.selectors)
	default:
		s.later(h.RetryAfter, "the hub answered "+strconv.Itoa(h.Status))
	}
	s.plan()
}

// later tries again to replace the connection there is, no sooner than after
// milliseconds. It tells once of what does not pass by itself.
func (s *Stream) later(after int64, reason string) {
	s.againAt = s.host.Now() + max(after, s.delay())
	if s.vain++; s.vain == 3 {
		s.host.Fault(CodeStatus, "the change of topics, or of the token, does not come through: "+reason, s.selectors)
	}
}

// Bytes takes what has come on a connection.
func (s *Stream) Bytes(id int32, b []byte) {
	c := s.find(id)
	if c == nil || !c.open {
		return
	}
	c.heard, c.bare, s.doubts = s.host.Now(), false, 0
	if c == s.next {
		c.held = append(c.held, b...)
		return
	}
	s.feed(c, b)
}

func (s *Stream) feed(c *conn, b []byte) {
	if !c.parser.feed(b) {
		s.end(CodeTooLarge, "an event is larger than 64 MiB")
	}
}

// End takes the end of a connection: of its body, or an error that a person
// may read.
func (s *Stream) End(id int32, reason string) {
	c := s.find(id)
	if c == nil {
		return
	}
	if c == s.next {
		if c.open { // it had begun to take over; what it held is asked for again
			s.debug("the connection that was to take over has ended")
		}
		s.next = nil
		s.later(0, reason)
		s.plan()
		return
	}
	s.cur = nil
	if reason == "" {
		reason = "the hub ended the connection"
	}
	s.lost(c, CodeLost, reason)
}

// lost goes on after the connection that was read has ended.
func (s *Stream) lost(c *conn, code Code, reason string) {
	if next := s.next; next != nil {
		// The other one was asked for after the last event: it has the rest.
		s.cur, s.next = next, nil
		if next.open {
			s.unhold(next)
		} else {
			s.set(Status{State: Connecting, Code: code, Reason: reason})
		}
		s.plan()
		return
	}
	if c.got || c.open && s.host.Now()-c.since >= livedLong {
		s.attempt = 0
	}
	s.wait(code, reason, 0)
}

// unhold reads what was held.
func (s *Stream) unhold(c *conn) {
	held := c.held
	c.held, c.holdUntil = nil, 0
	s.feed(c, held)
}

// wait waits for the next try, no less than after milliseconds.
func (s *Stream) wait(code Code, reason string, after int64) {
	if s.status.State == Closed {
		return
	}
	if s.offline && code == CodeLost {
		code, reason = CodeOffline, offline
	}
	s.retryAt = s.host.Now() + max(after, s.delay())
	s.set(Status{State: Waiting, Code: code, Reason: reason, Until: s.retryAt})
	s.plan()
}

// delay is random, below a limit that doubles (full jitter).
func (s *Stream) delay() int64 {
	limit := max(s.c.MaxDelay, s.minDelay)
	if s.attempt < 20 {
		limit = min(limit, s.minDelay<<s.attempt)
	}
	limit = min(limit, s.longest)
	s.attempt++
	return s.host.Random(limit + 1)
}

// What a parser finds.

func (c *conn) event(name, id, topic, data []byte) {
	s := c.s
	if s.cur != c {
		return // closed by whoever took the event before
	}
	c.events++
	if !c.got {
		c.got = true
		s.attempt = 0
	}
	if len(id) > 0 {
		// An id that only sticks from the event before says nothing of this one.
		if c.parser.hasID && s.window.repeats(id) {
			if s.c.Debug {
				s.debug("dropped, because it came before: " + string(id))
			}
			return
		}
		s.lastID = append(s.lastID[:0], id...)
	}
	if !s.c.NameTopics {
		topic, _, _ = bytes.Cut(topic, newline)
	}
	s.host.Event(name, id, topic, data)
}

var newline = []byte("\n")

func (c *conn) seen(id []byte) { c.s.lastID = append(c.s.lastID[:0], id...) }

func (c *conn) retry(ms int64) { c.s.minDelay = max(ms, 1) }

func (c *conn) comment(text []byte) {
	s := c.s
	interval, events := c.beats.hear(text, s.host.Now())
	if interval > 0 && s.c.Heartbeat <= 0 {
		if limit := silence(interval); limit != s.limit {
			s.limit = limit
			if s.c.Debug {
				s.debug("the hub has a heartbeat each " + strconv.FormatInt(interval, 10) + " ms")
			}
			s.plan()
		}
	}
	if events < 0 || s.cur != c {
		return
	}
	// More than the hub has sent is what something on the way has repeated.
	if events > c.events {
		if s.c.Debug {
			s.debug("a gap: the hub has sent " + strconv.FormatInt(events, 10) + " events, " + strconv.FormatInt(c.events, 10) + " have come")
		}
		s.host.Gap(string(s.confirmed), string(s.lastID))
	}
	c.events = events
	s.confirmed = append(s.confirmed[:0], s.lastID...)
}
