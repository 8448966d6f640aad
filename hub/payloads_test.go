package hub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/eventlog/memory"
	"amalgam/hub/hubtest"
	"amalgam/hub/update"
	"amalgam/payload"
)

const chatSchema = `{"properties": {
	"chat": {"type": "object", "required": ["text"], "properties": {
		"text": {"type": "string", "minLength": 1},
		"from": {"$ref": "#/$defs/Person"}}},
	"typing": {"$ref": "#/$defs/Person"}},
	"$defs": {"Person": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}}}`

func schemas(t *testing.T) *payload.Set {
	t.Helper()
	set, err := payload.ParseSchema([]byte(chatSchema))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// refusedPayload is a refusal as a client reads it.
type refusedPayload struct {
	Type, Title, Detail, Rule, Field, Request string
	Status                                    int
	Issues                                    []payload.Issue
}

func TestAnUpdateWhoseDataDoesNotHoldIsRefusedWithItsFaults(t *testing.T) {
	for _, explain := range []bool{true, false} {
		h := hubtest.Start(t, func(c *hub.Config) { c.Payloads, c.Explain = schemas(t), explain })
		for _, c := range []struct {
			name, event, data string
			want              []string // path and keyword of each issue
		}{
			{"two faults", "chat", `{"text":"","from":{}}`, []string{"/text minLength", "/from required"}},
			{"a type", "typing", `[]`, []string{" type"}},
			{"no JSON", "typing", `hello`, []string{" syntax"}},
			{"no data", "chat", ``, []string{" syntax"}},
		} {
			resp, body := h.Post(t, hubtest.PublisherToken(t, "*"), url.Values{"topic": {"a"}, "type": {c.event}, "data": {c.data}})
			wantRefusal(t, c.name, resp, body, 422, "payload")
			var p refusedPayload
			if err := json.Unmarshal([]byte(body), &p); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, i := range p.Issues {
				got = append(got, i.Path+" "+i.Keyword)
				if i.Message == "" {
					t.Errorf("%s: an issue says nothing: %s", c.name, body)
				}
			}
			if !slices.Equal(got, c.want) || p.Status != 422 || p.Field != "data" || p.Title != "Unprocessable Entity" || p.Type != "about:blank" || !strings.Contains(p.Detail, `"`+c.event+`"`) {
				t.Errorf("explain %v, %s: %s, want issues %q", explain, c.name, body, c.want)
			}
			// The answer has the verdict of the set itself.
			if want := schemas(t).Validate(c.event, []byte(c.data)); !reflect.DeepEqual(p.Issues, want) {
				t.Errorf("%s: the issues are %+v, the set's %+v", c.name, p.Issues, want)
			}
		}
		// What the set does not know passes; what was refused is not in the log.
		h.Send(t, "topic", "a", "data", "no type")
		h.Send(t, "topic", "a", "data", "not in the set", "type", "Chat")
		h.Send(t, "topic", "a", "data", `{"text":"holds"}`, "type", "chat")
		h.Subscribe(t, "topic=*&lastEventID=earliest", nil).Want(t, "no type", "not in the set", `{"text":"holds"}`)
		if got, want := h.PayloadFaults(), map[string]uint64{"chat": 2, "typing": 2}; !maps.Equal(got, want) {
			t.Errorf("counted %v, want %v", got, want)
		}
	}
}

func TestTheDataIsJudgedAfterTheGrant(t *testing.T) {
	h := hubtest.Start(t, func(c *hub.Config) { c.Payloads = schemas(t) })
	form := url.Values{"topic": {"a"}, "type": {"chat"}, "data": {"{}"}}
	resp, body := h.Post(t, hubtest.PublisherToken(t, "b"), form)
	wantRefusal(t, "without a grant", resp, body, 403, "topic-not-granted")
	if n := h.PayloadFaults()["chat"]; n != 0 {
		t.Errorf("%d updates were judged that nobody may publish", n)
	}
	resp, body = h.Post(t, hubtest.PublisherToken(t, "a"), form)
	wantRefusal(t, "with a grant", resp, body, 422, "payload")
}

// lines is a log that a test reads while the hub writes.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestAHubThatWarnsTakesWhatDoesNotHoldAndLogsAndCountsIt(t *testing.T) {
	var log lines
	h := hubtest.Start(t, func(c *hub.Config) {
		c.Payloads, c.PayloadsMode = schemas(t), hub.PayloadsWarn
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	h.Send(t, "topic", "a", "type", "chat", "data", `{"text":"holds"}`)
	if strings.Contains(log.String(), "payloads") {
		t.Errorf("a warning of an update that holds:\n%s", log.String())
	}
	resp, body := h.Post(t, hubtest.PublisherToken(t, "*"), url.Values{"topic": {"a"}, "type": {"chat"}, "data": {`{"text":""}`}})
	if resp.StatusCode != 200 {
		t.Fatalf("%s: %s, want it taken", resp.Status, body)
	}
	h.Subscribe(t, "topic=*&lastEventID=earliest", nil).Want(t, `{"text":"holds"}`, `{"text":""}`)
	// The warning is written before the answer.
	_, warning, _ := strings.Cut(log.String(), "level=WARN")
	warning, _, _ = strings.Cut(warning, "\n")
	for _, want := range []string{"would be refused", "type=chat", "issues=1", "at /text, must be at least 1 character long", "request=" + resp.Header.Get("X-Request-Id")} {
		if !strings.Contains(warning, want) {
			t.Errorf("the warning lacks %q:\n%s", want, log.String())
		}
	}
	if got, want := h.PayloadFaults(), map[string]uint64{"chat": 1, "typing": 0}; !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}

func TestTheEmbeddingProgramIsHeldToTheSchemasToo(t *testing.T) {
	h := hubtest.Start(t, func(c *hub.Config) { c.Payloads = schemas(t) })
	_, err := h.Publish(context.Background(), &update.Update{Topics: []string{"a"}, Type: "chat", Data: "{}"})
	var refused *hub.PayloadError
	if !errors.As(err, &refused) || refused.Type != "chat" || len(refused.Issues) != 1 || refused.Issues[0].Keyword != "required" {
		t.Errorf("%v, want a PayloadError", err)
	}
	if _, err := h.Publish(context.Background(), &update.Update{Topics: []string{"a"}, Type: "chat", Data: `{"text":"x"}`}); err != nil {
		t.Error(err)
	}
}

// A client hears an update without a type as one of the type message, and judges
// it by that.
func TestAnUpdateWithoutATypeIsAMessage(t *testing.T) {
	set, err := payload.ParseSchema([]byte(`{"properties":{"message":{"type":"integer"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	h := hubtest.Start(t, func(c *hub.Config) { c.Payloads = set })
	resp, body := h.Post(t, hubtest.PublisherToken(t, "*"), url.Values{"topic": {"a"}, "data": {"x"}})
	wantRefusal(t, "data that does not hold", resp, body, 422, "payload")
	if !strings.Contains(body, `the schema of \"message\"`) {
		t.Errorf("the refusal does not name the event: %s", body)
	}
	h.Send(t, "topic", "a", "data", "1")
	if got, want := h.PayloadFaults(), map[string]uint64{"message": 1}; !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}

func TestTheSchemasAreServed(t *testing.T) {
	origins, err := auth.ParseOrigins([]string{"https://app.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	h := hubtest.Start(t, func(c *hub.Config) {
		c.Payloads, c.CORSOrigins = schemas(t), origins
		c.Anonymous, c.Explain = false, false // they are public all the same
	})
	at := h.URL + "/payloads"
	page := http.Header{"Origin": {"https://app.example.com"}}
	resp, body := h.Do(t, "GET", at, page, "")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/schema+json" || resp.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("%s %v", resp.Status, resp.Header)
	}
	served, err := payload.ParseSchema([]byte(body))
	if err != nil {
		t.Fatalf("what is served is no schema: %v\n%s", err, body)
	}
	const wrong = `{"text":"","from":{"id":1}}`
	if got, want := served.Validate("chat", []byte(wrong)), schemas(t).Validate("chat", []byte(wrong)); len(want) != 2 || !reflect.DeepEqual(got, want) {
		t.Errorf("the served schemas judge %+v, the hub %+v", got, want)
	}
	if resp.Header.Get("Access-Control-Allow-Origin") != "https://app.example.com" || !strings.Contains(resp.Header.Get("Access-Control-Expose-Headers"), "ETag") {
		t.Errorf("the page may not read them: %v", resp.Header)
	}
	if resp, _ := h.Do(t, "GET", at, http.Header{"Origin": {"https://other.example"}}, ""); resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a page that is not listed may read them: %v", resp.Header)
	}
	etag := resp.Header.Get("ETag")
	if len(etag) < 10 || etag[0] != '"' {
		t.Fatalf("the ETag %q is not a strong one", etag)
	}

	head, none := h.Do(t, "HEAD", at, nil, "")
	if head.StatusCode != 200 || none != "" || head.Header.Get("ETag") != etag || head.ContentLength != int64(len(body)) {
		t.Errorf("HEAD: %s %v", head.Status, head.Header)
	}
	for match, want := range map[string]int{etag: 304, `"x", W/` + etag: 304, "*": 304, `"x"`: 200} {
		resp, body := h.Do(t, "GET", at, http.Header{"If-None-Match": {match}}, "")
		if resp.StatusCode != want || want == 304 && body != "" || resp.Header.Get("ETag") != etag {
			t.Errorf("If-None-Match: %s: %s, want %d", match, resp.Status, want)
		}
	}
	post, _ := h.Do(t, "POST", at, nil, "")
	if post.StatusCode != 405 || post.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("POST: %s %v", post.Status, post.Header)
	}

	other, err := payload.ParseSchema([]byte(`{"properties":{"chat":true}}`))
	if err != nil {
		t.Fatal(err)
	}
	h = hubtest.Start(t, func(c *hub.Config) { c.Payloads = other })
	if resp, _ := h.Do(t, "GET", h.URL+"/payloads", http.Header{"If-None-Match": {etag}}, ""); resp.StatusCode != 200 || resp.Header.Get("ETag") == etag {
		t.Errorf("other schemas have the same ETag: %s %v", resp.Status, resp.Header)
	}
}

func TestAHubWithoutSchemasSaysSo(t *testing.T) {
	h := hubtest.Start(t, func(c *hub.Config) { c.Explain = false })
	resp, body := h.Do(t, "GET", h.URL+"/payloads", nil, "")
	wantRefusal(t, "no schemas", resp, body, 404, "payloads-none")
	if !strings.Contains(body, "payloads FILE") {
		t.Errorf("the mend is missing: %s", body)
	}
	if h.PayloadFaults() != nil {
		t.Errorf("counted %v", h.PayloadFaults())
	}
}

func TestAnUnknownPayloadsModeStopsTheStart(t *testing.T) {
	log := memory.New(memory.Options{})
	defer log.Close()
	_, err := hub.New(hub.Config{Log: log, Anonymous: true, PublisherKeys: []*auth.Key{hubtest.Key(t, "HS256", hubtest.PublisherSecret)}, PayloadsMode: 7})
	if err == nil || !strings.Contains(err.Error(), "PayloadsMode is 7") {
		t.Errorf("%v", err)
	}
}
