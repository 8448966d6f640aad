package stream

import (
	"slices"
	"strconv"
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
	w.pass(24 * 3600 * 1000)
	if len(w.asked) != 1 {
		t.Errorf("%d connections", len(w.asked))
	}
}

func TestAConnectionIsReplacedAfterSleep(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	w.publish()
	w.pass(1000)
	w.only().stalled = true
	w.now += 3_600_000 // no timer has run
	w.publish()
	w.until(60_000, "the event after the sleep", func() bool { return len(w.got) == 2 })
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

func TestTopicsChangeWithoutAGap(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	for i := range 400 {
		w.publish()
		w.pass(1)
		if i%7 == 0 {
			w.stream.SetSelectors([]Selector{{Value: "more" + strings.Repeat("!", i%3)}})
		}
	}
	w.pass(5000)
	w.wantAll(400)
	if len(w.gaps) > 0 || len(w.hub.lines) != 1 {
		t.Errorf("gaps %v, %d connections", w.gaps, len(w.hub.lines))
	}
	if u := w.asked[len(w.asked)-1].URL; !strings.Contains(u, "topic=t&topic=more") {
		t.Errorf("asked for %s", u)
	}
	for _, s := range w.status[2:] {
		t.Errorf("the change could be seen: %+v", s)
	}
}

func TestTheFirstEventsSurviveAChangeOfTopics(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	w.stream.SetSelectors([]Selector{{Value: "more"}}) // no event has come: there is no cursor
	for range 100 {
		w.publish()
		w.pass(10)
	}
	w.pass(3000)
	w.wantAll(100)
	if len(w.gaps) > 0 || len(w.hub.lines) != 1 {
		t.Errorf("gaps %v, %d connections", w.gaps, len(w.hub.lines))
	}
}

func TestATopicThatIsRefusedIsTakenBack(t *testing.T) {
	w := newWorld(t, 1, Config{Selectors: []Selector{{Value: "room"}}})
	w.open()
	w.answer = func() (Head, bool) { return Head{Status: 403}, true }
	w.stream.SetSelectors([]Selector{{Value: "room"}, {Value: "secret"}})
	w.pass(1000)
	w.answer = nil
	w.publish()
	w.pass(1000)
	w.wantAll(1)
	if len(w.faults) != 1 || !strings.Contains(w.faults[0], "403") || !slices.Equal(w.kept, []Selector{{Value: "room"}}) {
		t.Errorf("faults %q, kept %v", w.faults, w.kept)
	}
	w.only().end("")
	w.until(5000, "open", func() bool { return len(w.hub.lines) == 1 && w.stream.Status().State == Open })
	if u := w.asked[len(w.asked)-1].URL; strings.Contains(u, "secret") {
		t.Errorf("asked for %s", u)
	}
}

func TestATokenIsRenewedBeforeItExpires(t *testing.T) {
	w := newWorld(t, 1, Config{Renewable: true, Token: "one", Expires: 1_000_000 + 100_000})
	w.open()
	w.publish()
	w.until(95_000, "asked for a token", func() bool { return w.tokens == 1 })
	if w.now < 1_000_000+50_000 {
		t.Errorf("asked after %d ms of 100,000", w.now-1_000_000)
	}
	for range 20 {
		w.publish()
		w.pass(1)
	}
	w.stream.Token("two", w.now+100_000)
	for range 50 {
		w.publish()
		w.pass(1)
	}
	w.pass(100)
	w.wantAll(71)
	if r := w.asked[1]; r.Token != "two" || len(w.asked) != 2 || len(w.gaps) > 0 {
		t.Errorf("token %q, %d connections, gaps %v", r.Token, len(w.asked), w.gaps)
	}
}

func Test401AsksOnceForAToken(t *testing.T) {
	w := newWorld(t, 1, Config{Renewable: true, Token: "old"})
	w.answer = func() (Head, bool) { return Head{Status: 401}, true }
	w.stream.Open()
	w.until(1000, "asked", func() bool { return w.tokens == 1 })
	if s := w.stream.Status(); s.State != Waiting || s.Code != CodeToken {
		t.Errorf("%+v", s)
	}
	w.stream.Token("new", 0)
	w.until(1000, "closed", func() bool { return w.stream.Status().State == Closed })
	if s := w.stream.Status(); s.Code != CodeUnauthorized || w.tokens != 1 || w.asked[1].Token != "new" {
		t.Errorf("%+v, asked %d times, token %q", s, w.tokens, w.asked[1].Token)
	}
}

func TestATokenThatCannotBeHadIsAskedForAgainAndNeverDoneWithout(t *testing.T) {
	w := newWorld(t, 1, Config{Renewable: true})
	w.stream.Open()
	if w.tokens != 1 || len(w.asked) != 0 {
		t.Fatalf("asked %d times, %d connections: a token comes first", w.tokens, len(w.asked))
	}
	w.stream.NoToken("503")
	w.until(2000, "asked again", func() bool { return w.tokens == 2 })
	w.stream.Token("one", 0)
	w.until(1000, "open", func() bool { return w.stream.Status().State == Open })
	w.answer = func() (Head, bool) { return Head{Status: 401}, true }
	w.only().end("")
	w.until(3000, "asked again", func() bool { return w.tokens == 3 })
	w.stream.Token("", 0)
	if s := w.stream.Status(); s.State != Closed || s.Code != CodeToken {
		t.Errorf("without a token: %+v", s)
	}
	for _, r := range w.asked {
		if r.Token == "" {
			t.Error("a request went out without a token")
		}
	}
}

func TestAPageThatDoesNotAnswerIsAskedForATokenAgain(t *testing.T) {
	w := newWorld(t, 1, Config{Renewable: true})
	w.stream.Open()
	w.until(40_000, "waiting", func() bool { return w.stream.Status().State == Waiting })
	if s := w.stream.Status(); s.Code != CodeToken || s.Until == 0 {
		t.Errorf("%+v", s)
	}
	w.until(2000, "asked again", func() bool { return w.tokens == 2 })
	w.stream.Token("late", w.Now()+100_000)
	w.until(1000, "open", func() bool { return w.stream.Status().State == Open })
	w.until(95_000, "asked before it expires", func() bool { return w.tokens == 3 })
	w.until(40_000, "asked again", func() bool { return w.tokens == 4 })
	if s := w.stream.Status(); s.State != Open || len(w.asked) != 1 {
		t.Errorf("%+v after %d connections", s, len(w.asked))
	}
}

func TestTokensThatHaveExpiredByThisClockAreNotAskedForInARow(t *testing.T) {
	w := newWorld(t, 1, Config{Renewable: true})
	w.skew = 3_600_000 // of a clock that is an hour ahead
	w.stream.Open()
	answered := 0
	for end := w.now + 600_000; w.now < end; w.pass(10) {
		if w.tokens > answered {
			answered = w.tokens
			w.stream.Token("token "+strconv.Itoa(answered), w.now+300_000)
		}
	}
	if answered < 2 || answered > 12 {
		t.Errorf("the page was asked for %d tokens in ten minutes", answered)
	}
	if s := w.stream.Status(); s.State != Open {
		t.Errorf("%+v", s)
	}
}

func TestA401ToAChangeOfTopicsIsNotForgottenWhereThePageHasNoOtherToken(t *testing.T) {
	w := newWorld(t, 1, Config{Renewable: true, Token: "one"})
	w.open()
	w.answer = func() (Head, bool) { return Head{Status: 401}, true }
	w.stream.SetSelectors([]Selector{{Value: "more"}})
	w.until(1000, "asked", func() bool { return w.tokens == 1 })
	w.stream.Token("one", 0)
	w.until(1000, "closed", func() bool { return w.stream.Status().State == Closed })
	if s := w.stream.Status(); s.Code != CodeUnauthorized {
		t.Errorf("%+v", s)
	}
}

func TestAPageInTheCacheHasNoConnection(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	w.publish()
	w.pass(100)
	w.stream.Suspend()
	if len(w.hub.lines) != 0 {
		t.Error("it has one")
	}
	w.publish()
	w.pass(600_000)
	if len(w.asked) != 1 {
		t.Errorf("%d connections", len(w.asked))
	}
	w.stream.Resume()
	w.until(1000, "the event meanwhile", func() bool { return len(w.got) == 2 })
}

func TestOnlineConnectsAtOnceAndReplacesWhatMayBeDead(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	w.publish()
	w.pass(100)
	w.only().stalled = true
	w.stream.Offline()
	w.publish()
	w.stream.Online()
	w.until(200, "the event meanwhile", func() bool { return len(w.got) == 2 })
	w.answer = func() (Head, bool) { return Head{}, true }
	w.only().end("network changed")
	w.pass(120_000)
	w.answer = nil
	w.stream.Online()
	w.until(100, "open", func() bool { return w.stream.Status().State == Open })
}

func TestAConnectionLostOfflineSaysThatTheBrowserIsOffline(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	w.until(100, "open", func() bool { return w.stream.Status().State == Open })
	w.stream.Offline()
	w.only().end("network changed")
	w.until(100, "waiting", func() bool { return w.stream.Status().State == Waiting })
	if got := w.stream.Status(); got.Code != CodeOffline || got.Until == 0 {
		t.Errorf("%+v", got)
	}
}

func TestAutoAsksTheHubForItsDialect(t *testing.T) {
	w := newWorld(t, 1, Config{URL: "https://hub.example/.well-known/mercure", Selectors: []Selector{{Value: "a b"}, {Name: "match_urlpattern", Value: "/x/:id"}}})
	w.open()
	if u := w.asked[0].URL; !strings.HasSuffix(u, "?match=a%20b&match_urlpattern=%2Fx%2F%3Aid") {
		t.Errorf("asked for %s", u)
	}
}

func TestAHubThatCannotBeAskedForItsDialectIsAskedAgain(t *testing.T) {
	w := newWorld(t, 1, Config{URL: "https://hub.example/.well-known/mercure", Selectors: []Selector{{Value: "a"}}})
	w.vain = 3
	w.stream.Open()
	w.pass(5)
	if s := w.stream.Status(); s.State != Waiting || s.Code != CodeLost || s.Until == 0 {
		t.Errorf("status %+v", s)
	}
	w.until(30_000, "open", func() bool { return w.stream.Status().State == Open })
	if u := w.asked[0].URL; len(w.asked) != 1 || !strings.HasSuffix(u, "?match=a") {
		t.Errorf("asked for %s first of %d", u, len(w.asked))
	}
}

func TestALongListTravelsInTheBody(t *testing.T) {
	w := newWorld(t, 1, Config{URL: "https://hub.example/.well-known/mercure?match=a"})
	var list []Selector
	for range 200 {
		list = append(list, Selector{Value: strings.Repeat("x", 30)})
	}
	w.stream.SetSelectors(list)
	w.open()
	if r := w.asked[0]; r.Method != "QUERY" || r.URL != "https://hub.example/.well-known/mercure?match=a" || strings.Count(r.Body, "match=") != 200 {
		t.Errorf("%s %s, %d bytes", r.Method, r.URL, len(r.Body))
	}
}

func TestWithoutTopicsNothingIsSent(t *testing.T) {
	w := newWorld(t, 1, Config{URL: "https://hub.example/.well-known/mercure", Dialect: Classic})
	w.stream.Open()
	w.pass(60_000)
	if s := w.stream.Status(); s.Code != CodeTopics || len(w.asked) != 0 {
		t.Errorf("%+v, %d requests", s, len(w.asked))
	}
	w.stream.SetSelectors([]Selector{{Value: "t"}})
	w.until(1000, "open", func() bool { return w.stream.Status().State == Open })
	w.stream.SetSelectors(nil)
	if s := w.stream.Status(); s.Code != CodeTopics || len(w.hub.lines) != 0 {
		t.Errorf("%+v, %d connections", s, len(w.hub.lines))
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

// Browsers open six connections to an origin over HTTP/1.1: where all are taken,
// the one that is to take over waits for that which it is to take over from.
func TestAConnectionThatGetsNoPlaceTakesThatOfTheOther(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.open()
	w.publish()
	w.pass(100)
	w.most = 1
	w.stream.SetSelectors([]Selector{{Value: "more"}})
	for range 100 {
		w.publish()
		w.pass(1000)
	}
	w.pass(1000)
	w.wantAll(101)
	if l := w.only(); !l.ready || len(w.gaps) > 0 {
		t.Errorf("ready: %v, gaps: %v", l.ready, w.gaps)
	}
	if u := w.asked[len(w.asked)-1].URL; !strings.Contains(u, "topic=more") {
		t.Errorf("asked for %s", u)
	}
}

func TestAChangeThatDoesNotComeThroughIsToldOnce(t *testing.T) {
	for _, answer := range []Head{{Status: 429}, {}} { // {}: no answer
		w := newWorld(t, 1, Config{})
		w.open()
		w.answer = func() (Head, bool) { return answer, true }
		w.stream.SetSelectors([]Selector{{Value: "more"}})
		w.until(60_000, "a fault", func() bool { return len(w.faults) > 0 })
		w.pass(600_000)
		if len(w.faults) != 1 || !strings.Contains(w.faults[0], "the change of topics, or of the token, does not come through") || len(w.kept) != 1 {
			t.Errorf("%+v: faults %q, kept %v", answer, w.faults, w.kept)
		}
		w.answer = nil
		w.until(60_000, "the other topics", func() bool { return strings.Contains(w.asked[len(w.asked)-1].URL, "more") && len(w.hub.lines) == 1 })
		w.publish()
		w.pass(1000)
		w.wantAll(1)
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
