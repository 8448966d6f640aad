package stream

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// world is a clock that is moved on, a hub with a log, and what lies between
// it and one stream. Everything in it happens in one goroutine.
type world struct {
	*testing.T
	r      *rand.Rand
	now    int64
	skew   int64 // what the wall clock is wrong by
	agenda agenda
	seq    int

	hub struct {
		log   []string // ids; the topic is "t"
		beat  int64    // heartbeat, 0 for none
		mute  bool     // says nothing of its heartbeat
		keeps int      // how many of the newest it replays; 0 for all
		lines map[int32]*line
	}
	most int // how many connections the browser has, 0 for any number
	// answer, when set, makes the head of the next connections.
	answer func() (Head, bool)

	stream *Stream
	wake   int // the appointment of the last Wake
	status []Status
	got    []string
	gaps   [][2]string
	faults []string
	kept   []Selector // by the last fault
	tokens int
	vain   int // how often Discover finds nothing out
	asked  []*Request
	onGap  func()
}

// line is one connection at the hub's end.
type line struct {
	w       *world
	id      int32
	cut     bool
	stalled bool
	ready   bool // its head has been sent
	at      int  // of the log, sent so far
	sent    int64
	arrives int64 // when what is under way has arrived: bytes do not overtake
}

type appointment struct {
	at  int64
	seq int
	do  func()
}
type agenda []appointment

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].seq < a[j].seq
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(appointment)) }
func (a *agenda) Pop() any {
	old := *a
	x := old[len(old)-1]
	*a = old[:len(old)-1]
	return x
}

func newWorld(t *testing.T, seed uint64, c Config) *world {
	w := &world{T: t, r: rand.New(rand.NewPCG(seed, 7)), now: 1_000_000}
	w.hub.lines = map[int32]*line{}
	if c.URL == "" {
		c.URL = "https://hub.example/.well-known/mercure?topic=t"
	}
	w.stream = New(c, w)
	return w
}

func (w *world) in(ms int64, do func()) {
	w.seq++
	heap.Push(&w.agenda, appointment{w.now + ms, w.seq, do})
}

// pass lets time pass.
func (w *world) pass(ms int64) {
	end := w.now + max(ms, 0)
	for len(w.agenda) > 0 && w.agenda[0].at <= end {
		a := heap.Pop(&w.agenda).(appointment)
		w.now = max(w.now, a.at)
		a.do()
	}
	w.now = end
}

// until lets time pass until ok, for at most limit.
func (w *world) until(limit int64, what string, ok func() bool) {
	w.Helper()
	for end := w.now + limit; !ok(); {
		if len(w.agenda) == 0 || w.agenda[0].at > end {
			w.Fatalf("%s: not in %d ms; the stream is %+v", what, limit, w.stream.Status())
		}
		w.pass(w.agenda[0].at - w.now)
	}
}

// The hub.

func (w *world) publish() {
	w.hub.log = append(w.hub.log, "id-"+strconv.Itoa(len(w.hub.log)))
	for _, l := range w.hub.lines {
		l.send()
	}
}

func (l *line) send() {
	for ; l.ready && l.at < len(l.w.hub.log); l.at++ {
		id := l.w.hub.log[l.at]
		l.sent++
		l.deliver("id: " + id + "\nevent: chat\ndata: " + strings.TrimPrefix(id, "id-") + "\n\n")
	}
}

// deliver takes bytes to the stream, a little later.
func (l *line) deliver(s string) {
	if l.stalled || l.cut {
		return
	}
	l.arrives = max(l.arrives, l.w.now+1+l.w.r.Int64N(20))
	l.w.in(l.arrives-l.w.now, func() {
		if !l.stalled && !l.cut {
			l.w.stream.Bytes(l.id, []byte(s))
		}
	})
}

func (l *line) end(reason string) {
	if l.cut {
		return
	}
	delete(l.w.hub.lines, l.id)
	l.arrives = max(l.arrives, l.w.now+1)
	l.w.in(l.arrives-l.w.now, func() {
		if !l.cut {
			l.w.stream.End(l.id, reason)
		}
	})
}

func (l *line) beat() {
	if l.cut || l.w.hub.lines[l.id] != l {
		return
	}
	if l.w.hub.mute {
		l.deliver(":\n")
	} else {
		l.deliver(fmt.Sprintf(": heartbeat %d %d\n", l.w.hub.beat, l.sent))
	}
	l.w.in(l.w.hub.beat, l.beat)
}

// The world as the stream sees it.

func (w *world) Now() int64           { return w.now + w.skew }
func (w *world) Random(n int64) int64 { return w.r.Int64N(n) }

func (w *world) Connect(id int32, r *Request) {
	w.asked = append(w.asked, r)
	l := &line{w: w, id: id}
	w.hub.lines[id] = l
	w.arrive(l, r)
}

// arrive takes a request to the hub, as soon as it has a connection.
func (w *world) arrive(l *line, r *Request) {
	id := l.id
	w.in(1+w.r.Int64N(30), func() {
		if l.cut {
			return
		}
		if w.most > 0 {
			taken := 0
			for _, other := range w.hub.lines {
				if other.ready {
					taken++
				}
			}
			if taken >= w.most {
				w.arrive(l, r)
				return
			}
		}
		if w.answer != nil {
			if h, ok := w.answer(); ok {
				delete(w.hub.lines, id)
				if h.Status == 0 {
					w.stream.End(id, "no route to the hub")
				} else {
					w.stream.Head(id, h)
				}
				return
			}
		}
		u, err := url.Parse(r.URL)
		if err != nil {
			w.Fatal(err)
		}
		query := u.Query()
		h := Head{Status: 200, Type: "text/event-stream"}
		l.at = len(w.hub.log)
		if cursor := query.Get("lastEventID"); cursor != "" {
			h.HasCursor, h.Cursor, l.at = true, "earliest", 0
			if n, err := strconv.Atoi(strings.TrimPrefix(cursor, "id-")); err == nil && n < len(w.hub.log) {
				h.Cursor, l.at = cursor, n+1
			}
			if first := len(w.hub.log) - w.hub.keeps; w.hub.keeps > 0 && l.at < first {
				h.Cursor, l.at = "earliest", first
			}
		}
		l.ready = true
		w.stream.Head(id, h)
		if w.hub.beat > 0 {
			l.beat()
		}
		l.send()
	})
}

func (w *world) Cut(id int32) {
	if l := w.hub.lines[id]; l != nil {
		l.cut = true
		delete(w.hub.lines, id)
	}
}

func (w *world) Wake(ms int64) {
	if ms > 1<<31-1 {
		w.Fatalf("a timer of %d ms was asked for: a browser's fires at once", ms)
	}
	w.wake++
	mine := w.wake
	if ms >= 0 {
		w.in(ms, func() {
			if w.wake == mine {
				w.stream.Tick()
			}
		})
	}
}

func (w *world) Discover() {
	w.in(5, func() {
		if w.vain--; w.vain >= 0 {
			w.stream.Undiscovered()
			return
		}
		w.stream.Discovered(Draft1)
	})
}
func (w *world) AskToken() { w.tokens++ }
func (w *world) Changed(s Status) {
	w.status = append(w.status, s)
}
func (w *world) Gap(requested, received string) {
	w.gaps = append(w.gaps, [2]string{requested, received})
	if w.onGap != nil {
		w.onGap()
	}
}
func (w *world) Fault(code Code, reason string, kept []Selector) {
	w.faults = append(w.faults, string(code)+": "+reason)
	w.kept = kept
}
func (w *world) Event(name, id, topic, data []byte) {
	w.got = append(w.got, string(data))
}
func (w *world) Debug(line string) { w.Logf("%d: %s", w.now, line) }

func (w *world) only() *line {
	w.Helper()
	if len(w.hub.lines) != 1 {
		w.Fatalf("%d connections, want 1", len(w.hub.lines))
	}
	for _, l := range w.hub.lines {
		return l
	}
	return nil
}

func (w *world) open() {
	w.Helper()
	w.stream.Open()
	w.until(1000, "open", func() bool { return w.stream.Status().State == Open })
}

// wantAll checks that events 0 to n-1 have come, once and in order.
func (w *world) wantAll(n int) {
	w.Helper()
	for i, data := range w.got {
		if data != strconv.Itoa(i) {
			w.Fatalf("event %d is %s", i, data)
		}
	}
	if len(w.got) != n {
		w.Fatalf("%d events came, want %d", len(w.got), n)
	}
}
