package stream

import (
	"strings"
	"testing"
)

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
