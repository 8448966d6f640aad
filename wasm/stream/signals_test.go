package stream

import "testing"

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
