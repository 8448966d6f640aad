package hub_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub"
	"amalgam/hub/hubtest"
)

// presenceWatch is a hub with a grace, and somebody who sees who comes and goes.
type presenceWatch struct {
	*hubtest.Hub
	events *hubtest.Stream
	ended  endings
	seen   chan hub.PresenceEvent
}

func watchPresence(t *testing.T, grace time.Duration) *presenceWatch {
	w := &presenceWatch{ended: make(endings, 100), seen: make(chan hub.PresenceEvent, 100)}
	w.Hub = hubtest.Start(t, func(c *hub.Config) {
		c.Subscriptions, c.PresenceGrace, c.Logger = true, grace, slog.New(w.ended)
		c.OnPresence = func(e hub.PresenceEvent) { w.seen <- e }
	})
	const all = "/.well-known/mercure/subscriptions{/topic}{/subscriber}"
	w.events = w.Subscribe(t, topicQuery(all), hubtest.Bearer(hubtest.SubscriberToken(t, all)))
	w.events.Next(t) // its own
	<-w.seen
	return w
}

func (w *presenceWatch) join(t *testing.T, user string, topics ...string) *hubtest.Stream {
	t.Helper()
	token := hubtest.Sign(t, hubtest.SubscriberSecret, jwt.MapClaims{
		"iat":     time.Now().Add(-time.Second).UnixNano(), // no two tokens of a user are the same
		"mercure": map[string]any{"payload": map[string]any{"user": user}},
	})
	return w.Subscribe(t, topicQuery(topics...), hubtest.Bearer(token))
}

type presenceChange struct {
	Topic, Subscriber string
	Active            bool
}

// next returns the next subscription event, which OnPresence must have told,
// too: who has only one subscription is expected.
func (w *presenceWatch) next(t *testing.T) presenceChange {
	t.Helper()
	var got presenceChange
	data := w.events.Next(t).Data
	if err := json.Unmarshal([]byte(data), &got); err != nil {
		t.Fatal(err)
	}
	select {
	case e := <-w.seen:
		if e.Subscriber != got.Subscriber || e.Active != got.Active || len(e.Subscriptions) != 1 || string(e.Subscriptions[0]) != data {
			t.Errorf("OnPresence was told %+v, the subscription event is %s", e, data)
		}
	case <-time.After(hubtest.Patience):
		t.Error("OnPresence was not told of " + data)
	}
	return got
}

func (w *presenceWatch) leave(t *testing.T, s *hubtest.Stream) {
	t.Helper()
	s.Close()
	w.ended.want(t, "client")
}

func (w *presenceWatch) listed(t *testing.T, topic string) int {
	t.Helper()
	const api = "/.well-known/mercure/subscriptions"
	_, body := w.Do(t, "GET", w.Base+api, hubtest.Bearer(hubtest.SubscriberToken(t, api)), "")
	return strings.Count(body, `"topic": "`+topic+`"`)
}

func TestWhoIsBackWithinTheGraceHasNeverBeenGone(t *testing.T) {
	w := watchPresence(t, time.Hour)
	ann := w.join(t, "ann", "a")
	joined := w.next(t)
	w.leave(t, ann)
	if n := w.listed(t, "a"); n != 1 {
		t.Errorf("who may come back is listed %d times", n)
	}
	ann = w.join(t, "ann", "a")
	if n := w.listed(t, "a"); n != 1 {
		t.Errorf("who is back is listed %d times", n)
	}
	// What comes next is of somebody else: there was no leave, and no join.
	w.join(t, "bob", "b")
	if got := w.next(t); got.Topic != "b" || !got.Active || got.Subscriber == joined.Subscriber {
		t.Errorf("the next event is %+v", got)
	}
	// Back with another topic: the subscriber is the same, what it follows is not.
	w.leave(t, ann)
	w.join(t, "ann", "c")
	if got := w.next(t); got != (presenceChange{"a", joined.Subscriber, false}) {
		t.Errorf("what it followed ends with %+v", got)
	}
	if got := w.next(t); got != (presenceChange{"c", joined.Subscriber, true}) {
		t.Errorf("what it follows begins with %+v", got)
	}
}

func TestWhoIsSomebodyElseDoesNotComeBack(t *testing.T) {
	w := watchPresence(t, time.Hour)
	ann := w.join(t, "ann", "a")
	joined := w.next(t)
	w.leave(t, ann)
	w.join(t, "bob", "a")
	if got := w.next(t); got.Subscriber == joined.Subscriber || !got.Active {
		t.Errorf("bob came as %+v", got)
	}
	if n := w.listed(t, "a"); n != 2 {
		t.Errorf("%d are listed", n)
	}
}

func TestTwoTabsOfOneUserAreAwayEachForItself(t *testing.T) {
	w := watchPresence(t, time.Hour)
	ids := map[string]bool{}
	var tabs []*hubtest.Stream
	for range 2 {
		tabs = append(tabs, w.join(t, "ann", "a"))
		ids[w.next(t).Subscriber] = true
	}
	if len(ids) != 2 {
		t.Fatalf("two tabs have the ids %v", ids)
	}
	for _, tab := range tabs {
		w.leave(t, tab)
	}
	for range 2 {
		w.join(t, "ann", "a")
	}
	w.join(t, "ann", "third")
	if got := w.next(t); got.Topic != "third" || ids[got.Subscriber] {
		t.Errorf("the next event is %+v", got)
	}
}

func TestWhoDoesNotComeBackIsGoneAfterTheGrace(t *testing.T) {
	w := watchPresence(t, 50*time.Millisecond)
	s := w.join(t, "ann", "a")
	joined := w.next(t)
	w.leave(t, s)
	if got := w.next(t); got != (presenceChange{"a", joined.Subscriber, false}) {
		t.Errorf("the end is announced as %+v", got)
	}
	if n := w.listed(t, "a"); n != 0 {
		t.Errorf("who is gone is listed %d times", n)
	}
}

func TestAnonymousSubscribersAreNotTakenForEachOther(t *testing.T) {
	w := watchPresence(t, time.Hour)
	s := w.Subscribe(t, topicQuery("a"), nil)
	joined := w.next(t)
	w.leave(t, s)
	// Nobody can come back: to hold its end back would only keep it.
	if got := w.next(t); got != (presenceChange{"a", joined.Subscriber, false}) {
		t.Errorf("its end is %+v", got)
	}
	if n := w.listed(t, "a"); n != 0 {
		t.Errorf("%d are listed", n)
	}
	w.Subscribe(t, topicQuery("a"), nil)
	if got := w.next(t); got.Subscriber == joined.Subscriber || !got.Active {
		t.Errorf("the second one came as %+v", got)
	}
}

func TestAHubThatStopsEndsEveryAbsence(t *testing.T) {
	w := watchPresence(t, time.Hour)
	s := w.join(t, "ann", "a")
	joined := w.next(t)
	w.leave(t, s)
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone := map[string]int{}
	for range 2 { // ann and the watcher
		if e := <-w.seen; !e.Active {
			gone[e.Subscriber]++
		}
	}
	if len(gone) != 2 || gone[joined.Subscriber] != 1 {
		t.Errorf("gone are %v", gone)
	}
}
