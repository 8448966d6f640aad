package stream

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"strings"
	"testing"
)

// heard writes down what a parser finds.
type heard struct{ lines []string }

func (h *heard) event(name, id, topic, data []byte) {
	h.lines = append(h.lines, fmt.Sprintf("event %q %q %q %q", name, id, topic, data))
}
func (h *heard) comment(text []byte) { h.lines = append(h.lines, fmt.Sprintf("comment %q", text)) }
func (h *heard) retry(ms int64)      { h.lines = append(h.lines, fmt.Sprintf("retry %d", ms)) }
func (h *heard) seen(id []byte)      { h.lines = append(h.lines, fmt.Sprintf("seen %q", id)) }

func parseAll(pieces ...string) []string {
	h := &heard{}
	p := &parser{sink: h}
	for _, piece := range pieces {
		p.feed([]byte(piece))
	}
	return h.lines
}

func TestAnEventStreamIsReadAsTheStandardSays(t *testing.T) {
	for _, c := range []struct {
		name, stream string
		want         []string
	}{
		{"topics", "topic: a\ntopic: b\ndata: 1\n\ntopic: c\ntopic:\ndata: 2\n\ndata: 3\n\n",
			[]string{`event "" "" "a\nb" "1"`, `event "" "" "c\n" "2"`, `event "" "" "" "3"`}},
		{"all fields", "event: chat\nid: 7\ntopic: t\nretry: 3000\ndata: a\ndata: b\n\n",
			[]string{`retry 3000`, `event "chat" "7" "t" "a\nb"`}},
		{"the id sticks, the rest does not", "id: 7\nevent: x\ndata: a\n\ndata: b\n\n",
			[]string{`event "x" "7" "" "a"`, `event "" "7" "" "b"`}},
		{"an id alone is remembered", "id: 7\n\n", []string{`seen "7"`}},
		{"an empty id forgets", "id: 7\ndata: a\n\nid\ndata: b\n\n", []string{`event "" "7" "" "a"`, `event "" "" "" "b"`}},
		{"an id with NUL does not count", "id: a\x00b\ndata: a\n\n", []string{`event "" "" "" "a"`}},
		{"one space only is taken off", "data:  a\ndata:b\n\n", []string{`event "" "" "" " a\nb"`}},
		{"fields without a colon", "data\n\n", []string{`event "" "" "" ""`}},
		{"an event without data is none", "event: x\n\n", nil},
		{"comments", ": hello\n:\n", []string{`comment " hello"`, `comment ""`}},
		{"all line ends", "data: a\r\n\r\ndata: b\r\rdata: c\n\n", []string{`event "" "" "" "a"`, `event "" "" "" "b"`, `event "" "" "" "c"`}},
		{"a byte order mark", "\ufeffdata: a\n\n", []string{`event "" "" "" "a"`}},
		{"only the first byte order mark", "\ufeff\ufeffdata: a\n\n", nil},
		{"retry of anything but digits", "retry: 3s\nretry:\nretry: 99999999999999999999\n", nil},
		{"an unknown field", "foo: bar\ndata: a\n\n", []string{`event "" "" "" "a"`}},
		{"an event that is not whole", "data: a\n", nil},
	} {
		want := fmt.Sprint(c.want)
		if got := fmt.Sprint(parseAll(c.stream)); got != want {
			t.Errorf("%s: %s, want %s", c.name, got, want)
		}
		// However it is cut, it says the same.
		for cut := 1; cut < len(c.stream); cut++ {
			if got := fmt.Sprint(parseAll(c.stream[:cut], c.stream[cut:])); got != want {
				t.Errorf("%s, cut after %d bytes: %s, want %s", c.name, cut, got, want)
			}
		}
		if got := fmt.Sprint(parseAll(strings.Split(c.stream, "")...)); got != want {
			t.Errorf("%s, byte by byte: %s, want %s", c.name, got, want)
		}
	}
}

func FuzzParser(f *testing.F) {
	f.Add([]byte("id: 1\nevent: chat\r\ndata: a\rdata: b\n\n: c\nretry: 7\n\n"), 5)
	f.Add([]byte("\ufeffdata: a\n\n"), 1)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		whole := parseAll(string(b))
		if cut < 0 || cut > len(b) {
			cut = len(b) / 2
		}
		if pieces := parseAll(string(b[:cut]), string(b[cut:])); fmt.Sprint(pieces) != fmt.Sprint(whole) {
			t.Errorf("whole: %q\ncut: %q", whole, pieces)
		}
	})
}

func TestReadingAllocatesNothing(t *testing.T) {
	p := &parser{sink: &deaf{}}
	piece := bytes.Repeat([]byte("id: urn:uuid:00000000-0000-4000-8000-000000000000\nevent: chat\ndata: {\"text\":\"hello\"}\n\n: beat\n"), 20)
	half := len(piece) / 2
	p.feed(piece)
	if n := testing.AllocsPerRun(100, func() { p.feed(piece[:half]); p.feed(piece[half:]) }); n > 0 {
		t.Errorf("%.1f allocations for 20 events", n)
	}
}

type deaf struct{ bytes int }

func (d *deaf) event(_, _, _, data []byte) { d.bytes += len(data) }
func (*deaf) comment([]byte)               {}
func (*deaf) retry(int64)                  {}
func (*deaf) seen([]byte)                  {}

func BenchmarkParser(b *testing.B) {
	p := &parser{sink: &deaf{}}
	piece := bytes.Repeat([]byte("id: urn:uuid:00000000-0000-4000-8000-000000000000\nevent: chat\ndata: "+strings.Repeat("x", 130)+"\n\n"), 100)
	b.ReportAllocs()
	b.SetBytes(int64(len(piece)))
	for b.Loop() {
		p.feed(piece)
	}
}

func TestTheWindowRemembersTheLastIDs(t *testing.T) {
	var w window
	id := func(i int) []byte { return fmt.Appendf(nil, "id-%d", i) }
	const n = 5 * windowSize
	for i := range n {
		if w.repeats(id(i)) {
			t.Fatalf("id %d is new", i)
		}
		if i%97 == 0 {
			for _, back := range []int{0, 1, windowSize / 2, windowSize - 1} {
				if i >= back && !w.repeats(id(i-back)) {
					t.Fatalf("id %d, %d ids before %d, is forgotten", i-back, back, i)
				}
			}
		}
	}
	for i := n - windowSize - 10; i < n-windowSize; i++ {
		if w.slots[w.find(maphash.Bytes(w.seed, id(i)))] != 0 {
			t.Errorf("id %d is still remembered: the window is not bounded", i)
		}
	}
	used := 0
	for _, s := range w.slots {
		if s != 0 {
			used++
		}
	}
	if used != windowSize {
		t.Errorf("%d slots are used, want %d", used, windowSize)
	}
	x := id(1 << 30)
	if a := testing.AllocsPerRun(100, func() { w.repeats(x) }); a > 0 {
		t.Errorf("%.1f allocations", a)
	}
}
