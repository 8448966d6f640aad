package demo

import (
	"bytes"
	"crypto/tls"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestJoiningSetsBothCookies(t *testing.T) {
	a := newTestApp(t, newHubEndpoint(t))
	b := newBrowser(t, a)
	s := b.join("Ada", "lobby")

	if s.User.Name != "Ada" || s.User.ID == "" || s.Room != "lobby" {
		t.Errorf("session %+v", s)
	}
	if want := []string{"/rooms/lobby", "/users/" + s.User.ID, "/demo/messages"}; !slices.Equal(s.Topics, want) {
		t.Errorf("topics %q, want %q", s.Topics, want)
	}
	for name, path := range map[string]string{hubCookie: "/.well-known/mercure", sessionCookie: "/api/"} {
		c := b.cookies[name]
		if c == nil {
			t.Fatalf("no cookie %s", name)
		}
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != path || c.MaxAge != 12*60*60 || c.Secure || c.Domain != "" {
			t.Errorf("cookie %s: %s", name, c.Raw)
		}
	}

	grant := b.grant()
	if want := []string{"/rooms/lobby", "/users/" + s.User.ID}; !slices.Equal(grant.Mercure.Subscribe, want) {
		t.Errorf("the token grants %q, want %q", grant.Mercure.Subscribe, want)
	}
	if grant.Mercure.Payload != s.User {
		t.Errorf("the token's payload is %+v, want %+v", grant.Mercure.Payload, s.User)
	}
	if left := time.Until(grant.ExpiresAt.Time); left > 12*time.Hour || left < 12*time.Hour-time.Minute {
		t.Errorf("the token ends in %v, want 12h", left)
	}
	if !grant.ExpiresAt.Equal(s.ExpiresAt) {
		t.Errorf("the page is told %v, the token says %v", s.ExpiresAt, grant.ExpiresAt)
	}
	if people := parseToken[sessionClaims](t, b.cookies[sessionCookie].Value, a.sessionKey).People; len(people) != 1 || people[0] != (person{s.User.ID, "Ada", "lobby"}) {
		t.Errorf("the session holds %+v", people)
	}
}

func TestCookiesAreSecureWhereTheRequestCameByTLS(t *testing.T) {
	for _, c := range []struct {
		what   string
		edit   func(*http.Request)
		secure bool
	}{
		{"TLS", func(r *http.Request) { r.TLS = &tls.ConnectionState{} }, true},
		{"a header that anybody can send", header("X-Forwarded-Proto", "https"), false},
	} {
		b := newBrowser(t, newTestApp(t, newHubEndpoint(t)))
		b.join("Ada", "lobby", c.edit)
		for _, name := range []string{hubCookie, sessionCookie} {
			if b.cookies[name].Secure != c.secure {
				t.Errorf("with %s, Secure of %s is %v", c.what, name, !c.secure)
			}
		}
	}
}

func TestTwoWindowsOfOneBrowserAreTwoPeople(t *testing.T) {
	hub := newHubEndpoint(t)
	b := newBrowser(t, newTestApp(t, hub))
	ada := b.join("Ada", "lobby")
	bob := b.join("Bob", "library")
	if ada.User.ID == bob.User.ID {
		t.Fatal("both have the same id")
	}

	want := []string{"/rooms/lobby", "/users/" + ada.User.ID, "/rooms/library", "/users/" + bob.User.ID}
	if got := b.grant().Mercure.Subscribe; !slices.Equal(got, want) {
		t.Errorf("the browser's token grants %q, want %q: Ada's stream could not reconnect", got, want)
	}
	decode[idAnswer](t, b.post("/api/rooms/lobby/messages", `{"text":"hello"}`, header(personHeader, ada.User.ID)), http.StatusOK)
	if data := hub.only(t).form.Get("data"); !strings.Contains(data, `"name":"Ada"`) {
		t.Errorf("Ada's window spoke as %s", data)
	}
	refused(t, b.post("/api/rooms/lobby/messages", `{"text":"hello"}`, header(personHeader, bob.User.ID)), http.StatusForbidden, "room")
}

func TestJoiningAgainKeepsThePerson(t *testing.T) {
	b := newBrowser(t, newTestApp(t, newHubEndpoint(t)))
	first := b.join("Ada", "lobby")
	again := b.join("Ada L.", "library", header(personHeader, first.User.ID))
	if again.User.ID != first.User.ID {
		t.Errorf("id %s became %s", first.User.ID, again.User.ID)
	}
	if want := []string{"/rooms/library", "/users/" + first.User.ID}; !slices.Equal(b.grant().Mercure.Subscribe, want) {
		t.Errorf("the token grants %q, want %q: the room that was left must be gone", b.grant().Mercure.Subscribe, want)
	}
	stranger := newBrowser(t, newTestApp(t, newHubEndpoint(t)))
	if s := stranger.join("Eve", "lobby", header(personHeader, first.User.ID)); s.User.ID == first.User.ID {
		t.Error("another browser took Ada's id")
	}
}

func TestCookiesStayWithinWhatBrowsersKeep(t *testing.T) {
	b := newBrowser(t, newTestApp(t, newHubEndpoint(t)))
	var first sessionAnswer
	for i := range maxPeople + 1 {
		s := b.join(strings.Repeat("𝔸", maxName), strings.Repeat("r", 63)+string(rune('a'+i)))
		if i == 0 {
			first = s
		}
	}
	for name, c := range b.cookies {
		if len(c.Raw) > 4096 {
			t.Errorf("cookie %s has %d bytes: a browser would drop it", name, len(c.Raw))
		}
	}
	if slices.Contains(b.grant().Mercure.Subscribe, "/users/"+first.User.ID) {
		t.Error("the first of too many people is still granted")
	}
}

func TestASessionThatIsNotOursIsNone(t *testing.T) {
	hub := newHubEndpoint(t)
	a := newTestApp(t, hub)
	claims := sessionClaims{People: []person{{"42", "Eve", "lobby"}}}
	unsigned := func(key []byte) string {
		token, err := sign(key, claims)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	for name, value := range map[string]string{
		"another process's key":   unsigned(bytes.Repeat([]byte{1}, 32)),
		"the hub's key":           unsigned(subscriberKey),
		"our key but no expiry":   unsigned(a.sessionKey),
		"no signature":            "eyJhbGciOiJub25lIn0.eyJwZW9wbGUiOltdfQ.",
		"something else entirely": "Ada",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t, a)
			b.cookies[sessionCookie] = &http.Cookie{Name: sessionCookie, Value: value, Path: "/api/"}
			refused(t, b.post("/api/rooms/lobby/messages", `{"text":"hello"}`), http.StatusUnauthorized, sessionCookie)
		})
	}
	hub.silent(t)
}

func TestASessionEnds(t *testing.T) {
	a := newTestApp(t, newHubEndpoint(t))
	b := newBrowser(t, a)
	b.join("Ada", "lobby")
	a.now = func() time.Time { return time.Now().Add(sessionLifetime + time.Minute) }
	refused(t, b.post("/api/rooms/lobby/messages", `{"text":"hello"}`), http.StatusUnauthorized, sessionCookie)
}

func TestJoiningRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		body, field string
		status      int
	}{
		"a room with a slash":         {`{"name":"Ada","room":"a/b"}`, "room", 400},
		"a room that is a template":   {`{"name":"Ada","room":"{room}"}`, "room", 400},
		"no room":                     {`{"name":"Ada"}`, "room", 400},
		"a room of 65 letters":        {`{"name":"Ada","room":"` + strings.Repeat("r", 65) + `"}`, "room", 400},
		"a name of spaces":            {`{"name":"  ","room":"lobby"}`, "name", 400},
		"a name of 41 code points":    {`{"name":"` + strings.Repeat("é", 41) + `","room":"lobby"}`, "name", 400},
		"a name with a line break":    {`{"name":"A\nB","room":"lobby"}`, "name", 400},
		"a name that is a number":     {`{"name":7,"room":"lobby"}`, "name", 400},
		"a field nobody knows":        {`{"name":"Ada","romo":"lobby"}`, "romo", 400},
		"something that is not JSON":  {`name=Ada`, "", 400},
		"two objects":                 {`{"name":"Ada","room":"lobby"}{}`, "", 400},
		"more than the body may hold": {`{"name":"` + strings.Repeat("a", maxBody) + `"}`, "", 413},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t, newTestApp(t, newHubEndpoint(t)))
			refused(t, b.post("/api/session", c.body), c.status, c.field)
			if len(b.cookies) != 0 {
				t.Error("a refusal set cookies")
			}
		})
	}
	b := newBrowser(t, newTestApp(t, newHubEndpoint(t)))
	refused(t, b.post("/api/session", "{}", header("Content-Type", "text/plain")), http.StatusUnsupportedMediaType, "Content-Type")
	b.join(strings.Repeat("é", 40), strings.Repeat("r", 64)) // the longest that may be
}
