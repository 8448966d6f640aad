package hub_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub"
	"amalgam/hub/eventlog/bolt"
	"amalgam/hub/hubtest"
	"amalgam/hub/sse"
)

func topicQuery(topics ...string) string { return url.Values{"topic": topics}.Encode() }

func TestAnUpdateReachesWhoFollowsItsTopic(t *testing.T) {
	h := hubtest.Start(t, nil)
	exact := h.Subscribe(t, topicQuery("https://example.com/books/1"), nil)
	template := h.Subscribe(t, topicQuery("https://example.com/books/{id}"), nil)
	all := h.Subscribe(t, topicQuery("*"), nil)
	twice := h.Subscribe(t, topicQuery("https://example.com/books/1", "https://example.com/books/{id}", "*"), nil)
	itself := h.Subscribe(t, topicQuery("https://example.com/{a}"), nil)

	h.Send(t, "topic", "https://example.com/books/2", "data", "two")
	id := h.Send(t, "topic", "https://example.com/books/1", "data", "one\nmore\r\nlines\rhere", "type", "chat", "retry", "1500")
	h.Send(t, "topic", "other", "topic", "https://example.com/books/1", "data", "alternate")
	h.Send(t, "topic", "https://example.com/{a}", "data", "the template as a string")
	h.Send(t, "topic", "nobody", "data", "")

	e := exact.Next(t)
	want := sse.Event{ID: id, Type: "chat", Data: "one\nmore\nlines\nhere", Retry: "1500"}
	if e != want {
		t.Errorf("got %+v, want %+v", e, want)
	}
	exact.Want(t, "alternate")
	template.Want(t, "two", "one\nmore\nlines\nhere", "alternate")
	all.Want(t, "two", "one\nmore\nlines\nhere", "alternate", "the template as a string", "")
	twice.Want(t, "two", "one\nmore\nlines\nhere", "alternate", "the template as a string", "")
	itself.Want(t, "the template as a string")
	if !strings.HasPrefix(id, "urn:uuid:") || len(id) != len("urn:uuid:00000000-0000-0000-0000-000000000000") || id[len("urn:uuid:")+14] != '4' {
		t.Errorf("the generated id is %q, want a urn:uuid: of version 4", id)
	}
}

func TestAPrivateUpdateReachesOnlyWhoseTokenGrantsIt(t *testing.T) {
	h := hubtest.Start(t, nil)
	id := h.Send(t, "topic", "a", "topic", "users/1", "data", "replayed secret", "private", "")
	from := "&lastEventID=" + "earliest"

	anonymous := h.Subscribe(t, topicQuery("a")+from, nil)
	wrong := h.Subscribe(t, topicQuery("a")+from, hubtest.Bearer(hubtest.SubscriberToken(t, "b", "users/{id}/x")))
	canonical := h.Subscribe(t, topicQuery("a")+from, hubtest.Bearer(hubtest.SubscriberToken(t, "a")))
	alternate := h.Subscribe(t, topicQuery("a")+from, hubtest.Bearer(hubtest.SubscriberToken(t, "users/{id}")))
	notFollowing := h.Subscribe(t, topicQuery("b")+from, hubtest.Bearer(hubtest.SubscriberToken(t, "*")))

	h.Send(t, "topic", "a", "topic", "users/1", "data", "secret", "private", "on")
	h.Send(t, "topic", "a", "topic", "b", "data", "fence")

	anonymous.Want(t, "fence")
	wrong.Want(t, "fence")
	canonical.Want(t, "replayed secret", "secret", "fence")
	alternate.Want(t, "replayed secret", "secret", "fence")
	notFollowing.Want(t, "fence")
	_ = id
}

func TestTheTokenIsFoundInHeaderQueryAndCookieInThatOrder(t *testing.T) {
	h := hubtest.Start(t, nil)
	good, bad := hubtest.SubscriberToken(t, "a"), hubtest.SubscriberToken(t, "b")
	cookie := func(token string) string { return "mercureAuthorization=" + token }
	query := topicQuery("a")
	for name, s := range map[string]*hubtest.Stream{
		"header":              h.Subscribe(t, query, hubtest.Bearer(good)),
		"query":               h.Subscribe(t, query+"&authorization="+good, nil),
		"cookie":              h.Subscribe(t, query, http.Header{"Cookie": {cookie(good)}}),
		"header before query": h.Subscribe(t, query+"&authorization="+bad, hubtest.Bearer(good)),
		"query before cookie": h.Subscribe(t, query+"&authorization="+good, http.Header{"Cookie": {cookie(bad)}}),
	} {
		h.Send(t, "topic", "a", "data", name, "private", "on")
		for {
			if e := s.Next(t); e.Data == name {
				break
			}
		}
	}
	for name, header := range map[string]http.Header{
		"a refused header is not replaced by a good cookie": {"Authorization": {"Bearer x"}, "Cookie": {cookie(good)}},
		"Basic":           {"Authorization": {"Basic eDp5"}},
		"two headers":     {"Authorization": {"Bearer " + good, "Bearer " + good}},
		"an unsigned one": {"Authorization": {"Bearer " + unsigned(t)}},
	} {
		if resp, body := h.Do(t, "GET", h.URL+"?"+query, header, ""); resp.StatusCode != 401 || resp.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %s %s, want 401 with a challenge", name, resp.Status, body)
		}
	}
}

func unsigned(t *testing.T) string {
	s, err := jwt.New(jwt.SigningMethodNone).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAStreamEndsWhenItsTokenDoes(t *testing.T) {
	h := hubtest.Start(t, nil)
	exp := time.Now().Add(2 * time.Second).Truncate(time.Second)
	token := hubtest.Sign(t, hubtest.SubscriberSecret, jwt.MapClaims{"exp": exp.Unix(), "mercure": map[string]any{"subscribe": []string{"*"}}})
	s := h.Subscribe(t, topicQuery("a"), hubtest.Bearer(token))
	s.WantEnd(t)
	if early := time.Until(exp); early > 150*time.Millisecond {
		t.Errorf("the stream ended %v before its token", early)
	} else if early < -3*time.Second {
		t.Errorf("the stream ended %v after its token", -early)
	}
	time.Sleep(time.Until(exp)) // streams end a little early
	if resp, _ := h.Do(t, "GET", h.URL+"?topic=a", hubtest.Bearer(token), ""); resp.StatusCode != 401 {
		t.Errorf("an expired token: %s, want 401", resp.Status)
	}
}

func TestAStreamEndsAfterItsLongestLifeWithJitter(t *testing.T) {
	h := hubtest.Start(t, func(c *hub.Config) { c.WriteTimeout = time.Second })
	start := time.Now()
	h.Subscribe(t, topicQuery("a"), nil).WantEnd(t)
	if took := time.Since(start); took < 750*time.Millisecond {
		t.Errorf("the stream lived %v, want 0.8 s to 1 s", took)
	}
}

func TestReplayIsExact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	log, err := bolt.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := hubtest.Start(t, func(c *hub.Config) { c.Log = log })
	t.Cleanup(func() { _ = log.Close() })
	var ids, data []string
	for i := range 600 { // more than one chunk
		data = append(data, fmt.Sprint(i))
		ids = append(ids, h.Send(t, "topic", "a", "data", fmt.Sprint(i)))
		if i%3 == 0 {
			h.Send(t, "topic", "b", "data", "not for a")
		}
	}
	check := func(name string, s *hubtest.Stream, answer string, want []string) {
		t.Helper()
		if got := s.Response.Header.Get("Last-Event-ID"); got != answer {
			t.Errorf("%s: Last-Event-ID: %q, want %q", name, got, answer)
		}
		s.Want(t, want...)
	}
	check("header", h.Subscribe(t, "topic=a", http.Header{"Last-Event-Id": {ids[9]}}), ids[9], data[10:])
	check("query", h.Subscribe(t, "topic=a&lastEventID="+ids[598], nil), ids[598], data[599:])
	check("header before query", h.Subscribe(t, "topic=a&lastEventID="+ids[0], http.Header{"Last-Event-Id": {ids[500]}}), ids[500], data[501:])
	check("earliest", h.Subscribe(t, "topic=a&lastEventID=earliest", nil), "earliest", data)
	check("unknown", h.Subscribe(t, "topic=a&lastEventID=nonsense", nil), "earliest", data)
	if resp, _ := h.Do(t, "HEAD", h.URL+"?topic=a&lastEventID="+ids[7], nil, ""); resp.Header.Get("Last-Event-ID") != ids[7] {
		t.Errorf("HEAD answers the cursor with %q, as GET does not", resp.Header.Get("Last-Event-ID"))
	}
	newest := h.Subscribe(t, "topic=a&lastEventID="+ids[599], nil)
	check("newest", newest, ids[599], nil)
	none := h.Subscribe(t, "topic=a", nil)
	check("no cursor", none, "", nil)
	h.Send(t, "topic", "a", "data", "live")
	none.Want(t, "live")
	newest.Want(t, "live")
}

func TestHeartbeatsAndTheFirstCommentKeepAStreamAlive(t *testing.T) {
	h := hubtest.Start(t, func(c *hub.Config) { c.Heartbeat = 50 * time.Millisecond })
	s := h.Subscribe(t, "topic=a", nil)
	for range 4 {
		select {
		case <-s.Comments:
		case <-time.After(hubtest.Patience):
			t.Fatal("no comment")
		}
	}
	for name, want := range map[string]string{
		"Content-Type":      "text/event-stream",
		"X-Accel-Buffering": "no",
		"Cache-Control":     "no-cache, no-store, no-transform, must-revalidate",
	} {
		if got := s.Response.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestTopicsOnNamesTheTopicThatBringsAnEvent(t *testing.T) {
	h := hubtest.Start(t, nil)
	public := h.Subscribe(t, "topic=b&topic=c&topics=on", nil)
	private := h.Subscribe(t, "topic=books&topics=on&lastEventID=earliest", hubtest.Bearer(hubtest.SubscriberToken(t, "users/42")))
	h.Send(t, "topic", "a", "topic", "b", "topic", "c", "data", "1")
	h.Send(t, "topic", "books", "topic", "users/42", "data", "2", "private", "on")
	if e := public.Next(t); e.Topic != "b" {
		t.Errorf("the topic line is %q, want b", e.Topic)
	}
	if e := private.Next(t); e.Topic != "users/42" {
		t.Errorf("the topic line is %q, want the one the token grants", e.Topic)
	}
}
