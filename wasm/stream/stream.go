package stream

import (
	"slices"
	"strconv"
	"sync/atomic"
)

// Config says what to subscribe to and how. URL is required.
type Config struct {
	// URL is the hub's, absolute. Its query may name topics and a cursor.
	URL string
	// Selectors are followed besides those in URL.
	Selectors []Selector
	Dialect   Dialect
	// EventSource says that the host connects with one, which tells neither
	// status nor comments.
	EventSource bool
	// LastEventID is the id after which to begin; empty: now.
	LastEventID string
	// Heartbeat is the hub's longest silence in milliseconds, if it is known.
	// Otherwise it is read from the stream.
	Heartbeat int64
	// MinDelay and MaxDelay bound the wait before connecting again, in
	// milliseconds: it is random, below a limit that doubles from the one to
	// the other. Default 1,000 and 30,000. A hub's retry replaces MinDelay, and
	// exceeds MaxDelay only where none is given.
	MinDelay, MaxDelay int64
	// Token is sent as a bearer token; Expires is when it expires, in Unix
	// milliseconds, 0 if unknown.
	Token   string
	Expires int64
	// Renewable says that the host can be asked for a token.
	Renewable bool
	// NameTopics asks the hub to name the topics of each event (topics=on), which
	// the host gets all, a line each; otherwise the first one.
	NameTopics bool
	// Debug has the host told of each decision.
	Debug bool
}

// A Host is the world of one stream. Its methods must not block, and may be
// called from within any call of the stream. They may call Close.
type Host interface {
	// Now returns the wall clock in Unix milliseconds.
	Now() int64
	// Random returns a number from 0 to n-1.
	Random(n int64) int64
	// Connect sends r. The host answers with Head, Bytes and End, naming conn.
	Connect(conn int32, r *Request)
	// Cut ends a connection; the stream takes no more answers of it.
	Cut(conn int32)
	// Wake asks for a call of Tick in so many milliseconds, instead of what
	// was asked before; a negative number asks for none.
	Wake(ms int64)
	// Discover finds out the hub's dialect; Discovered or Undiscovered is the
	// answer, one of which must come.
	Discover()
	// AskToken asks for a new token; Token or NoToken is the answer.
	AskToken()
	// Changed is told each change of the status.
	Changed(Status)
	// Gap says that events may have been missed: the stream was to go on after
	// the id requested, and goes on after received. Both are empty where there
	// was no id to go on from. Where fewer events have come than the hub says
	// it has sent, those lie between the two.
	Gap(requested, received string)
	// Fault says that something failed that does not end the stream, which goes
	// on to follow what is kept.
	Fault(code Code, reason string, kept []Selector)
	// Event takes an event. The bytes are valid until it returns.
	Event(name, id, topic, data []byte)
	Debug(line string)
}

// Times, in milliseconds.
const (
	connectWithin = 30_000  // an answer to a request
	tokenWithin   = 30_000  // an answer of the page that is asked for a token
	livedLong     = 5_000   // a connection that lived so long was a good one
	holdFor       = 500     // see take
	renewBefore   = 60_000  // a token's expiry, or a fifth of what is left of it
	lookEvery     = 30_000  // whether the device has slept
	sleptFor      = 60_000  // a Tick that comes so late comes after sleep
	setBack       = 1_000   // a Tick that comes so early comes by a clock that was set back
	longestWake   = 1 << 30 // some browsers' timers fire at once when they are to fire after 2^31 or more
)

// A Stream is one subscription. Make it with New.
type Stream struct {
	c       Config
	host    Host
	dialect Dialect
	status  Status

	selectors []Selector
	inURL     bool // the URL itself names topics

	cur  *conn // being made or read
	next *conn // being made to take its place, without a gap
	vain int   // how often that did not succeed in a row

	lastID []byte
	// confirmed is what lastID was when the hub last said how many events it
	// had sent, and all had come.
	confirmed []byte
	opened    bool // once at least
	window    window
	attempt   uint
	minDelay  int64
	longest   int64 // delay
	limit     int64 // of silence; 0 while it is not known
	doubts    uint8 // how many connections in a row have brought nothing

	discovering bool
	asking      bool // for a token
	wantToken   bool // before anything is sent
	asked401    bool

	offline   bool
	suspended bool

	// 0 for never. againAt is another try to replace cur; answerBy is when the
	// page that is asked for a token is asked again.
	retryAt, renewAt, againAt, answerBy int64
	wakeAt                              int64
}

// New makes a stream. Open starts it.
func New(c Config, host Host) *Stream {
	if c.MinDelay <= 0 {
		c.MinDelay = 1000
	}
	longest := max(c.MaxDelay, c.MinDelay)
	if c.MaxDelay <= 0 {
		c.MaxDelay, longest = 30_000, longestRetry
	}
	s := &Stream{c: c, host: host, dialect: c.Dialect, status: Status{State: Idle}, minDelay: c.MinDelay, longest: longest}
	s.selectors = slices.Clone(c.Selectors)
	s.lastID = []byte(c.LastEventID)
	if c.Heartbeat > 0 {
		s.limit = silence(c.Heartbeat)
	}
	s.read(c.URL)
	return s
}

// Status returns what the stream is doing, and why.
func (s *Stream) Status() Status { return s.status }

// Open connects.
func (s *Stream) Open() {
	if s.status.State != Idle {
		return
	}
	s.wantToken = s.c.Renewable && s.c.Token == ""
	s.renewal()
	s.connect()
}

// Close ends the stream for good.
func (s *Stream) Close() { s.end("", "") }

func (s *Stream) end(code Code, reason string) {
	if s.status.State == Closed {
		return
	}
	s.cut()
	s.host.Wake(-1)
	s.set(Status{State: Closed, Code: code, Reason: reason})
}

// cut ends every connection.
func (s *Stream) cut() {
	for _, c := range []**conn{&s.cur, &s.next} {
		if *c != nil {
			old := *c
			*c = nil
			s.host.Cut(old.id)
		}
	}
	s.retryAt, s.againAt = 0, 0
}

var lastConn atomic.Int32

// connect makes the first connection, or the next after one was lost.
func (s *Stream) connect() {
	s.retryAt = 0
	switch {
	case s.status.State == Closed, s.suspended, s.cur != nil:
		return
	case !s.inURL && len(s.selectors) == 0:
		s.set(Status{State: Waiting, Code: CodeTopics, Reason: "there is nothing to subscribe to: the URL names no topic, and subscribe has not been called"})
		return
	case s.dialect == Auto:
		s.set(Status{State: Connecting})
		if !s.discovering {
			s.discovering = true
			s.debug("asking the hub for its metadata, to know its dialect")
			s.host.Discover()
		}
		return
	case s.wantToken:
		s.set(Status{State: Connecting})
		s.ask()
		return
	}
	s.set(Status{State: Connecting})
	if s.status.State == Connecting && s.cur == nil { // nobody has closed it meanwhile
		s.cur = s.dial()
	}
	s.plan()
}

func (s *Stream) dial() *conn {
	c := &conn{s: s, id: lastConn.Add(1), cursor: string(s.lastID), selectors: slices.Clone(s.selectors), since: s.host.Now()}
	c.parser.sink = c
	r := s.request(c.selectors, c.cursor)
	if s.c.Debug {
		s.debug("connection " + strconv.Itoa(int(c.id)) + ": " + r.Method + " " + r.URL)
	}
	s.host.Connect(c.id, r)
	return c
}

// Discovered answers Host.Discover.
func (s *Stream) Discovered(d Dialect) {
	s.discovering = false
	if s.dialect == Auto {
		s.dialect = d
	}
	s.connect()
}

// Undiscovered answers Host.Discover where the hub could not be asked: it is
// asked again.
func (s *Stream) Undiscovered() {
	s.discovering = false
	if s.dialect == Auto && s.status.State == Connecting && s.cur == nil {
		s.wait(CodeLost, "the hub could not be asked for its dialect", 0)
	}
}

// SetSelectors replaces what is followed besides the URL's topics. An open
// connection goes on until another has taken its place, so that nothing is
// missed.
func (s *Stream) SetSelectors(list []Selector) {
	if slices.Equal(list, s.selectors) {
		return
	}
	s.selectors = slices.Clone(list)
	switch {
	case s.status.State == Idle || s.status.State == Closed:
	case !s.inURL && len(list) == 0:
		s.cut()
		s.connect() // says what it waits for
		s.plan()
	default:
		s.replace("other topics")
	}
}

// replace puts a new connection in the place of the one there is.
func (s *Stream) replace(why string) {
	s.againAt = 0
	if s.next != nil {
		s.host.Cut(s.next.id)
		s.next = nil
	}
	if s.cur != nil && s.cur.open {
		s.debug("replacing the connection: " + why)
		s.next = s.dial()
		s.plan()
		return
	}
	if s.cur != nil {
		s.host.Cut(s.cur.id)
		s.cur = nil
	}
	if s.status.Code != CodeStatus { // a hub in trouble is not asked more often
		s.connect()
	}
}

func (s *Stream) set(status Status) {
	if s.status == status || s.status.State == Closed {
		return
	}
	s.status = status
	if s.c.Debug {
		line := string(status.State)
		if status.Reason != "" {
			line += ": " + status.Reason
		}
		if status.Until > 0 {
			line += " (in " + strconv.FormatInt(status.Until-s.host.Now(), 10) + " ms)"
		}
		s.debug(line)
	}
	s.host.Changed(status)
}

func (s *Stream) debug(line string) {
	if s.c.Debug {
		s.host.Debug(line)
	}
}
