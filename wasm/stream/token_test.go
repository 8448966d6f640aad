package stream

import (
	"strconv"
	"testing"
)

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
	w.hub.beat = 10_000
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
