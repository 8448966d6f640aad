package demo

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"amalgam/payload"
	"amalgam/payload/messages"
)

// event reads a publication as the browser will: it must hold to its schema.
func event[T any](t *testing.T, p published, name, topic string) T {
	t.Helper()
	if got := p.form["topic"]; !slices.Equal(got, []string{topic}) {
		t.Errorf("published to %q, want %q", got, topic)
	}
	if p.form.Get("type") != name {
		t.Errorf("type %q, want %q", p.form.Get("type"), name)
	}
	if p.form.Get("private") != "on" {
		t.Error("the update is not private: everybody would read it")
	}
	data := p.form.Get("data")
	if faults := messages.Payloads.Validate(name, []byte(data)); len(faults) > 0 {
		t.Errorf("%s does not hold: %+v in %s", name, faults, data)
	}
	var v T
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func justNow(t *testing.T, at string) {
	t.Helper()
	if d := since(t, at); d < -time.Second || d > time.Minute {
		t.Errorf("time %s is %v away from now", at, d)
	}
	if !strings.Contains(at, ".") || !strings.HasSuffix(at, "Z") {
		t.Errorf("time %s: want UTC with milliseconds, from which the page tells the latency", at)
	}
}

func TestAMessageBecomesAChatInItsRoom(t *testing.T) {
	hub := newHubEndpoint(t)
	b := newBrowser(t, newTestApp(t, hub))
	ada := b.join("Ada", "lobby")
	const text = "  <b>hi</b>\nü 👩‍🚀  "
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	answer := decode[idAnswer](t, b.post("/api/rooms/lobby/messages", string(body)), http.StatusOK)

	chat := event[messages.Chat](t, hub.only(t), "chat", "/rooms/lobby")
	justNow(t, chat.SentAt)
	chat.SentAt = ""
	want := messages.Chat{ID: answer.ID, Room: "lobby", From: messages.Person{ID: ada.User.ID, Name: "Ada"}, Text: strings.TrimSpace(text)}
	if answer.ID == "" || chat != want {
		t.Errorf("published %+v, want %+v", chat, want)
	}
}

func TestTheLongestMessageIsTaken(t *testing.T) {
	hub := newHubEndpoint(t)
	b := newBrowser(t, newTestApp(t, hub))
	b.join(strings.Repeat("é", 40), strings.Repeat("r", 64))
	body := `{"text":"` + strings.Repeat(`\ud83d\ude00`, maxText) + `"}` // as an escaping client sends it
	decode[idAnswer](t, b.post("/api/rooms/"+strings.Repeat("r", 64)+"/messages", body), http.StatusOK)
	event[messages.Chat](t, hub.only(t), "chat", "/rooms/"+strings.Repeat("r", 64))
}

func TestReadingBecomesAReceipt(t *testing.T) {
	hub := newHubEndpoint(t)
	b := newBrowser(t, newTestApp(t, hub))
	ada := b.join("Ada", "lobby")
	decode[idAnswer](t, b.post("/api/rooms/lobby/read", `{"messageId":"m-1"}`), http.StatusOK)
	receipt := event[messages.ReadMessage](t, hub.only(t), "read_message", "/rooms/lobby")
	justNow(t, receipt.ReadAt)
	receipt.ReadAt = ""
	if want := (messages.ReadMessage{Conversation: "lobby", MessageID: "m-1", ReaderID: ada.User.ID}); receipt != want {
		t.Errorf("published %+v, want %+v", receipt, want)
	}
}

func TestNotifyingReachesOnePersonOnly(t *testing.T) {
	hub := newHubEndpoint(t)
	b := newBrowser(t, newTestApp(t, hub))
	b.join("Ada", "lobby")
	answer := decode[idAnswer](t, b.post("/api/users/u-2/notify", `{"title":"Ada waves","body":"From lobby","level":"warning"}`), http.StatusOK)
	n := event[messages.Notification](t, hub.only(t), "notification", "/users/u-2")
	justNow(t, n.CreatedAt)
	n.CreatedAt = ""
	if want := (messages.Notification{ID: answer.ID, Title: "Ada waves", Body: "From lobby", Level: "warning"}); n != want {
		t.Errorf("published %+v, want %+v", n, want)
	}
}

func TestANotificationNeedsNoBodyAndNoLevel(t *testing.T) {
	hub := newHubEndpoint(t)
	b := newBrowser(t, newTestApp(t, hub))
	b.join("Ada", "lobby")
	decode[idAnswer](t, b.post("/api/users/u-2/notify", `{"title":"Ada waves"}`), http.StatusOK)
	event[messages.Notification](t, hub.only(t), "notification", "/users/u-2")
}

func TestTheBrokenPayloadIsRefusedFaultByFault(t *testing.T) {
	hub := newHubEndpoint(t)
	b := newBrowser(t, newTestApp(t, hub))
	b.join("Ada", "lobby")
	decode[idAnswer](t, b.post("/api/rooms/lobby/broken", ""), http.StatusOK)
	p := hub.only(t)
	if p.form.Get("type") != "chat" || p.form.Get("topic") != "/rooms/lobby" || p.form.Get("private") != "on" {
		t.Errorf("published %v", p.form)
	}
	faults := messages.Payloads.Validate("chat", []byte(p.form.Get("data")))
	for path, keyword := range map[string]string{"/from": "required", "/text": "minLength", "/sentAt": "format"} {
		if !slices.ContainsFunc(faults, func(f payload.Issue) bool { return f.Path == path && f.Keyword == keyword }) {
			t.Errorf("the faults are %+v, want %s at %s among them", faults, keyword, path)
		}
	}
	if len(faults) != 3 {
		t.Errorf("%d faults, want 3", len(faults))
	}
}

func TestNothingIsPublishedThatDoesNotHold(t *testing.T) {
	hub := newHubEndpoint(t)
	a := newTestApp(t, hub)
	err := a.publish(t.Context(), messages.EventChat, "/rooms/lobby", messages.Chat{ID: "1", Room: "lobby", Text: "hi", SentAt: "yesterday"})
	p, ok := err.(*problem)
	if !ok || p.Status != http.StatusUnprocessableEntity {
		t.Fatalf("error %v, want a refusal with 422", err)
	}
	var issues []payload.Issue
	if err := json.Unmarshal(p.Issues, &issues); err != nil || !slices.ContainsFunc(issues, func(i payload.Issue) bool { return i.Path == "/sentAt" && i.Keyword != "" && i.Message != "" }) {
		t.Errorf("issues %s (%v), want one at /sentAt", p.Issues, err)
	}
	hub.silent(t)
}

func TestTheAPIRefuses(t *testing.T) {
	long := strings.Repeat("é", maxText+1)
	for name, c := range map[string]struct {
		path, body, field string
		status            int
	}{
		"an empty text":                {"/api/rooms/lobby/messages", `{"text":""}`, "text", 400},
		"a text of spaces":             {"/api/rooms/lobby/messages", `{"text":" \n "}`, "text", 400},
		"a text of 4,001 code points":  {"/api/rooms/lobby/messages", `{"text":"` + long + `"}`, "text", 400},
		"a room that cannot be":        {"/api/rooms/a.b/messages", `{"text":"hi"}`, "room", 400},
		"a room joined by others":      {"/api/rooms/library/messages", `{"text":"hi"}`, "room", 403},
		"a receipt in another room":    {"/api/rooms/library/read", `{"messageId":"1"}`, "room", 403},
		"a broken one in another room": {"/api/rooms/library/broken", ``, "room", 403},
		"a receipt for nothing":        {"/api/rooms/lobby/read", `{}`, "messageId", 400},
		"a receipt for a long id":      {"/api/rooms/lobby/read", `{"messageId":"` + strings.Repeat("m", 129) + `"}`, "messageId", 400},
		"no title":                     {"/api/users/u-2/notify", `{"body":"hi"}`, "title", 400},
		"a title of 201 code points":   {"/api/users/u-2/notify", `{"title":"` + strings.Repeat("é", 201) + `"}`, "title", 400},
		"a body of 2,001 code points":  {"/api/users/u-2/notify", `{"title":"a","body":"` + strings.Repeat("é", 2001) + `"}`, "body", 400},
		"a level nobody knows":         {"/api/users/u-2/notify", `{"title":"a","level":"loud"}`, "level", 400},
		"a user that cannot be":        {"/api/users/*/notify", `{"title":"a"}`, "id", 400},
		"an address that is not there": {"/api/rooms/lobby/mesages", `{"text":"hi"}`, "path", 404},
	} {
		t.Run(name, func(t *testing.T) {
			hub := newHubEndpoint(t)
			b := newBrowser(t, newTestApp(t, hub))
			b.join("Ada", "lobby")
			refused(t, b.post(c.path, c.body), c.status, c.field)
			hub.silent(t)
		})
	}
}

// changing are all routes that change something, with a body that each takes.
var changing = map[string]string{
	"/api/session":              `{"name":"Eve","room":"lobby"}`,
	"/api/rooms/lobby/messages": `{"text":"hi"}`,
	"/api/rooms/lobby/read":     `{"messageId":"1"}`,
	"/api/rooms/lobby/broken":   ``,
	"/api/users/u-2/notify":     `{"title":"a"}`,
}

func TestOnlyMembersMayAct(t *testing.T) {
	hub := newHubEndpoint(t)
	b := newBrowser(t, newTestApp(t, hub))
	for path, body := range changing {
		if path != "/api/session" {
			refused(t, b.post(path, body), http.StatusUnauthorized, sessionCookie)
		}
	}
	b.join("Ada", "lobby")
	refused(t, b.post("/api/rooms/lobby/messages", `{"text":"hi"}`, header(personHeader, "somebody-else")), http.StatusUnauthorized, sessionCookie)
	hub.silent(t)
}

func TestOtherSitesMayNotAct(t *testing.T) {
	none := header("Origin", "")
	for name, c := range map[string]struct {
		field string
		edits []func(*http.Request)
	}{
		"another origin":         {"Origin", []func(*http.Request){header("Origin", "https://evil.test")}},
		"another port":           {"Origin", []func(*http.Request){header("Origin", "http://demo.test:81")}},
		"a look-alike":           {"Origin", []func(*http.Request){header("Origin", "http://demo.test.evil.test")}},
		"an opaque origin":       {"Origin", []func(*http.Request){header("Origin", "null")}},
		"no word of where from":  {"Origin", []func(*http.Request){none}},
		"another site":           {"Sec-Fetch-Site", []func(*http.Request){header("Sec-Fetch-Site", "cross-site")}},
		"a sister site":          {"Sec-Fetch-Site", []func(*http.Request){header("Sec-Fetch-Site", "same-site")}},
		"a navigation by itself": {"Sec-Fetch-Site", []func(*http.Request){none, header("Sec-Fetch-Site", "none")}},
	} {
		t.Run(name, func(t *testing.T) {
			hub := newHubEndpoint(t)
			b := newBrowser(t, newTestApp(t, hub))
			b.join("Ada", "lobby")
			for path, body := range changing {
				refused(t, b.post(path, body, c.edits...), http.StatusForbidden, c.field)
			}
			hub.silent(t)
		})
	}
	b := newBrowser(t, newTestApp(t, newHubEndpoint(t)))
	b.join("Ada", "lobby", none, header("Sec-Fetch-Site", "same-origin"))
}

func TestTheHubsRefusalIsLoggedAndNotPassedOn(t *testing.T) {
	hub := newHubEndpoint(t)
	a := newTestApp(t, hub)
	var log bytes.Buffer
	a.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	b := newBrowser(t, a)
	b.join("Ada", "lobby")
	hub.refuseWith(http.StatusUnauthorized, "signature does not verify")
	p := refused(t, b.post("/api/rooms/lobby/messages", `{"text":"a secret"}`), http.StatusBadGateway, "")
	if strings.Contains(p.Detail+p.Mend, "signature") || !strings.Contains(p.Detail, "401") {
		t.Errorf("the page is told %+v", p)
	}
	if s := log.String(); !strings.Contains(s, "signature does not verify") || strings.Contains(s, "a secret") || strings.Contains(s, "Bearer") {
		t.Errorf("the log says %s", s)
	}
	hub.Close()
	refused(t, b.post("/api/rooms/lobby/messages", `{"text":"hi"}`), http.StatusBadGateway, "")
}
