package stream

import "testing"

func TestAClockThatIsSetBackDelaysNothing(t *testing.T) {
	w := newWorld(t, 1, Config{})
	w.skew = 1_700_000_000_000
	w.hub.beat = 10_000
	w.open()
	w.publish()
	w.pass(15_000)
	w.only().stalled = true
	w.skew -= 3_600_000
	w.publish()
	w.until(60_000, "the event after the silence", func() bool { return len(w.got) == 2 })

	w.answer = func() (Head, bool) { return Head{Status: 503}, true }
	w.only().end("")
	w.until(1000, "waiting", func() bool { return w.stream.Status().State == Waiting })
	w.skew -= 3_600_000
	w.answer = nil
	w.publish()
	w.until(35_000, "the event after the wait", func() bool { return len(w.got) == 3 })
	w.wantAll(3)

	// A request that nothing answers.
	w.only().end("")
	w.until(5000, "another request", func() bool { return w.stream.Status().State == Connecting })
	w.only().ready = false
	w.Cut(w.stream.cur.id)
	asked := len(w.asked)
	w.skew -= 3_600_000
	w.until(2*connectWithin+5000, "another request", func() bool { return len(w.asked) > asked })
	if late := w.stream.Status().Until - w.Now(); late > 60_000 {
		t.Errorf("the next try is in %d ms", late)
	}
}

func TestNoTimerIsLongerThanABrowserKnows(t *testing.T) {
	w := newWorld(t, 1, Config{URL: "https://hub.example/", Selectors: []Selector{{Value: "t"}}, Dialect: Classic, Renewable: true, Token: "one", Expires: 1_000_000 + 365*86_400_000})
	w.open()
	w.stream.SetSelectors(nil) // the world refuses timers that are longer
	if s := w.stream.Status(); s.Code != CodeTopics {
		t.Errorf("%+v", s)
	}
	w.until(366*86_400_000, "a new token is asked for", func() bool { return w.tokens == 1 })

	w = newWorld(t, 1, Config{})
	w.answer = func() (Head, bool) { return Head{Status: 503, RetryAfter: 40 * 86_400_000}, true }
	w.stream.Open()
	w.pass(1000)
	w.answer = nil
	w.until(41*86_400_000, "open", func() bool { return w.stream.Status().State == Open })
	if len(w.asked) != 2 || w.now < 40*86_400_000 {
		t.Errorf("%d requests by %d", len(w.asked), w.now)
	}
}
