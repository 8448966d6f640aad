package stream

import (
	"strings"
	"testing"
)

func TestAStreamResumesAfterItsLastEvent(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	w.publish()
	w.pass(100)
	w.only().end("")
	w.publish()
	w.publish()
	w.until(5000, "open again", func() bool { return len(w.got) == 3 })
	w.wantAll(3)
	if len(w.gaps) > 0 {
		t.Errorf("gaps: %v", w.gaps)
	}
	if u := w.asked[1].URL; !strings.HasSuffix(u, "?topic=t&lastEventID=id-0") {
		t.Errorf("asked for %s", u)
	}
}

func TestAGapIsRaisedWhereTheHubCannotResume(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	for range 3 {
		w.publish()
	}
	w.pass(100)
	w.hub.keeps = 2
	w.only().end("")
	for range 5 {
		w.publish()
	}
	w.until(5000, "a gap", func() bool { return len(w.gaps) > 0 })
	if w.gaps[0] != [2]string{"id-2", "earliest"} {
		t.Errorf("gap %v", w.gaps[0])
	}
}

func TestAReconnectWithoutACursorIsAGap(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	w.only().end("")
	w.until(5000, "a gap", func() bool { return len(w.gaps) > 0 })
	if w.gaps[0] != [2]string{"", ""} {
		t.Errorf("gap %v", w.gaps[0])
	}
}

func TestRepeatsAreDropped(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	l := w.only()
	for range 10 {
		w.publish()
		l.deliver("id: id-0\nevent: chat\ndata: 0\n\n")
	}
	w.pass(1000)
	w.wantAll(10)
}

func TestAnIdThatSticksIsNoRepeat(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	w.only().deliver("id: a\ndata: 1\n\ndata: 2\n\ndata: 3\n\nid: a\ndata: 1 again\n\ndata: 4\n\n")
	w.pass(1000)
	if n := len(w.got); n != 4 {
		t.Errorf("%d events came of the four that are none that came before: %q", n, w.got)
	}
}

func TestASilentStreamIsReplaced(t *testing.T) {
	for _, mute := range []bool{false, true} {
		w := newWorld(t, 1, Config{})
		w.hub.beat, w.hub.mute = 10_000, mute
		w.open()
		w.publish()
		w.pass(60_000)
		if len(w.asked) != 1 {
			t.Fatalf("mute %v: %d connections were made to a hub with a heartbeat", mute, len(w.asked))
		}
		w.only().stalled = true
		w.publish()
		w.until(2*25_000, "the event after the silence", func() bool { return len(w.got) == 2 })
		if n := len(w.asked); n != 2 {
			t.Errorf("mute %v: %d connections, want 2", mute, n)
		}
		w.wantAll(2)
	}
}

func TestAHubWithoutHeartbeatsIsNotSuspected(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	w.publish()
	w.pass(24 * 3600 * 1000)
	if len(w.asked) != 1 {
		t.Errorf("%d connections", len(w.asked))
	}
}

func TestAFirstConnectionThatBringsNothingIsReplaced(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.hub.beat = 10_000
	w.stream.Open()
	w.only().stalled = true // before its first byte
	w.until(1000, "open", func() bool { return w.stream.Status().State == Open })
	w.publish()
	w.until(2*connectWithin, "another connection", func() bool { return len(w.asked) == 2 })
	w.pass(1000)
	w.publish()
	w.until(1000, "the second event", func() bool { return len(w.got) == 1 })
	w.pass(3600_000)
	if len(w.asked) != 2 || len(w.hub.lines) != 1 || len(w.gaps) != 1 {
		t.Errorf("%d connections were made, %d are there, gaps: %q", len(w.asked), len(w.hub.lines), w.gaps)
	}
}

func TestAHubThatSaysNothingIsAskedAgainLessAndLess(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	w.pass(24 * 3600 * 1000)
	if n := len(w.asked); n < 10 || n > 40 {
		t.Errorf("%d connections in a day", n)
	}
	if len(w.gaps) != 0 {
		t.Errorf("gaps: %v", w.gaps)
	}
	w.publish()
	w.pass(1000)
	w.wantAll(1)

	// An EventSource shows no comments: it is not suspected.
	w = newWorld(t, 1, Config{})
	w.answer = func() (Head, bool) { return Head{Status: 200, Hidden: true}, true }
	w.open()
	w.pass(24 * 3600 * 1000)
	if len(w.asked) != 1 {
		t.Errorf("%d connections of an EventSource", len(w.asked))
	}
}

func TestLostEventsAreNoticedByTheHubsCount(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.hub.beat = 10_000
	w.open()
	w.publish()
	w.pass(20_000)
	l := w.only()
	l.stalled = true // what is sent now does not come
	w.publish()
	l.stalled = false
	w.publish()
	w.until(11_000, "a gap", func() bool { return len(w.gaps) == 1 })
	if w.gaps[0] != [2]string{"id-0", "id-2"} {
		t.Errorf("gap %v", w.gaps[0])
	}
	w.pass(60_000)
	if len(w.gaps) != 1 {
		t.Errorf("the gap was raised %d times", len(w.gaps))
	}
}

func TestWhatAnAnswerMeans(t *testing.T) {
	for _, c := range []struct {
		head  Head
		state State
		code  Code
		words string
	}{
		{Head{Status: 204}, Closed, CodeEnded, "204"},
		{Head{Status: 400}, Closed, CodeRefused, "400"},
		{Head{Status: 403}, Closed, CodeRefused, "403"},
		{Head{Status: 401}, Closed, CodeUnauthorized, "getToken"},
		{Head{Status: 404}, Waiting, CodeStatus, "404"},
		{Head{Status: 502}, Waiting, CodeStatus, "502"},
		{Head{Status: 200, Type: "text/html"}, Waiting, CodeNoStream, "text/html"},
		{Head{}, Waiting, CodeLost, "no route"},
	} {
		w := newWorld(t, 1, Config{})
		answers := 0
		w.answer = func() (Head, bool) { answers++; return c.head, answers == 1 }
		w.stream.Open()
		w.until(1000, "an answer", func() bool { return w.stream.Status().State != Connecting })
		s := w.stream.Status()
		if s.State != c.state || s.Code != c.code || !strings.Contains(s.Reason, c.words) {
			t.Errorf("%+v: %+v", c.head, s)
		}
		if s.State == Waiting {
			if s.Until < w.now {
				t.Errorf("%+v: waits until %d, it is %d", c.head, s.Until, w.now)
			}
			w.until(2000, "open", func() bool { return w.stream.Status().State == Open })
			continue
		}
		w.pass(3_600_000)
		if len(w.asked) != 1 {
			t.Errorf("%+v: asked %d times", c.head, len(w.asked))
		}
	}
}

func TestDelaysGrowAndAreRandom(t *testing.T) {
	w := newWorld(t, 1, Config{MinDelay: 100, MaxDelay: 5000})
	w.answer = func() (Head, bool) { return Head{Status: 503}, true }
	w.stream.Open()
	w.pass(10 * 60_000)
	n := len(w.asked)
	if n < 100 || n > 600 { // a mean of 2.5 s
		t.Errorf("%d tries in ten minutes, want some 240", n)
	}
	w.answer = func() (Head, bool) { return Head{Status: 429, RetryAfter: 60_000}, true }
	w.pass(10_000)
	before := len(w.asked)
	w.pass(600_000)
	if n := len(w.asked) - before; n < 9 || n > 11 {
		t.Errorf("%d tries in ten minutes to a hub that wants one a minute", n)
	}
}

func TestRetryOfTheHubCounts(t *testing.T) {
	w := newWorld(t, 3, Config{})
	w.open()
	w.only().deliver("retry: 20000\n\n")
	w.pass(100)
	longest := int64(0)
	for range 20 {
		w.publish() // so that each connection is a good one
		w.pass(100)
		w.only().end("")
		w.pass(50)
		longest = max(longest, w.stream.Status().Until-w.now)
		w.until(21_000, "open", func() bool { return w.stream.Status().State == Open })
	}
	if longest < 10_000 {
		t.Errorf("the longest of 20 waits is %d ms, want up to 20,000", longest)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	w.stream.SetSelectors([]Selector{{Value: "more"}})
	w.stream.Close()
	w.publish()
	asked := len(w.asked)
	w.pass(3_600_000)
	if len(w.hub.lines) != 0 || len(w.asked) != asked || len(w.got) != 0 || w.stream.Status().State != Closed {
		t.Errorf("%d connections, %d requests more, %d events", len(w.hub.lines), len(w.asked)-asked, len(w.got))
	}
}

// A thousand random faults: every event comes once, in order, or a gap is
// raised; and the stream is never dead.
func TestNoFaultEndsAStreamInSilence(t *testing.T) {
	for seed := range uint64(60) {
		w := newWorld(t, seed, Config{MaxDelay: 5000})
		w.hub.beat = 10_000
		w.hub.mute = seed%3 == 0
		w.open()
		for w.now < 1_000_000+60_000 { // heartbeats are learned
			w.publish()
			w.pass(500)
		}
		for range 200 {
			for range w.r.IntN(20) {
				w.publish()
				w.pass(w.r.Int64N(200))
			}
			for _, l := range w.hub.lines {
				switch w.r.IntN(8) {
				case 0:
					l.stalled = true
				case 1:
					l.end("")
				case 2:
					l.end("reset")
				case 3:
					l.deliver("id: id-0\nevent: chat\ndata: 0\n\n") // may be beyond the window
				}
			}
			bad := Head{}
			switch w.r.IntN(8) {
			case 0:
				bad = Head{Status: 502}
			case 1:
				bad = Head{Status: 200, Type: "text/html"}
			case 2:
				w.stream.SetSelectors([]Selector{{Value: string(rune('a' + w.r.IntN(9)))}})
			case 3:
				w.stream.Online()
			case 4:
				w.stream.Suspend()
				w.pass(w.r.Int64N(5000))
				w.stream.Resume()
			}
			left := w.r.IntN(4)
			w.answer = func() (Head, bool) { left--; return bad, left >= 0 }
		}
		w.answer = nil
		w.publish()
		w.until(120_000, "the last event", func() bool { return len(w.got) == len(w.hub.log) || len(w.gaps) > 0 })
		if len(w.gaps) > 0 {
			t.Errorf("seed %d: a hub that keeps everything has no gaps: %v", seed, w.gaps[0])
		}
		w.wantAll(len(w.hub.log))
	}
}

func TestNoRetryOfTheHubIsLongerThanTheLongestDelayThatIsGiven(t *testing.T) {
	w := newWorld(t, 3, Config{MinDelay: 100, MaxDelay: 5000})
	w.open()
	w.only().deliver("retry: 60000\n\n")
	w.pass(100)
	for range 20 {
		w.only().end("")
		w.pass(50)
		if wait := w.stream.Status().Until - w.now; wait > 5000 {
			t.Fatalf("it waits for %d ms", wait)
		}
		w.until(5100, "open", func() bool { return w.stream.Status().State == Open })
	}
}
