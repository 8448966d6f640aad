package stream

import (
	"slices"
	"strings"
	"testing"
)

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
