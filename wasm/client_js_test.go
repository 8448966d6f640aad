package wasm

import (
	"context"
	"testing"
	"time"

	"amalgam/payload/messages"
	"amalgam/wasm/stream"

	"github.com/hack-pad/safejs"
)

// These run in Node.js, with a fetch that answers what the test says:
//
//	GOOS=js GOARCH=wasm go test -exec="$(go env GOROOT)/lib/wasm/go_js_wasm_exec" ./wasm
const fakeFetch = `
	globalThis.asked = [];
	globalThis.fetch = async (url, init) => {
		const request = { url, token: init.headers?.Authorization, aborted: false };
		asked.push(request);
		const answer = answers.shift() ?? { status: 503 };
		let body = null;
		if (answer.chunks) {
			body = new ReadableStream({
				start(c) {
					init.signal.addEventListener("abort", () => { request.aborted = true; try { c.error(new Error("aborted")); } catch {} });
					for (const chunk of answer.chunks) c.enqueue(new TextEncoder().encode(chunk));
					if (answer.end) c.close();
				},
			});
		}
		return new Response(body, { status: answer.status ?? 200, headers: { "Content-Type": "text/event-stream", ...answer.headers } });
	};
`

// js runs JavaScript and returns what it returns, as a string.
func js(t *testing.T, code string) string {
	t.Helper()
	function, err := safejs.Global().Get("Function")
	if err != nil {
		t.Fatal(err)
	}
	f, err := function.New(code)
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.Invoke()
	if err != nil {
		t.Fatal(err)
	}
	if v.Type() != safejs.TypeString {
		return ""
	}
	s, _ := v.String()
	return s
}

func open(t *testing.T, answers string, config Config) (*Client, <-chan Event) {
	t.Helper()
	js(t, fakeFetch+"globalThis.answers = ["+answers+"];")
	if config.URL == "" {
		config.URL = "https://hub.example/.well-known/mercure?topic=t"
	}
	config.Payloads = messages.Payloads
	config.Debug = func(line string) { t.Log(line) }
	c, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.Open()
	events := make(chan Event, 10)
	all := c.Events()
	go func() {
		defer close(events)
		for e := range all {
			events <- e
		}
	}()
	return c, events
}

func next(t *testing.T, events <-chan Event) Event {
	t.Helper()
	select {
	case e, ok := <-events:
		if !ok {
			t.Fatal("the stream has ended")
		}
		return e
	case <-time.After(10 * time.Second):
		t.Fatal("no event in 10 s")
	}
	return Event{}
}

func TestAClientReceivesJudgesAndResumes(t *testing.T) {
	gaps := make(chan [2]string, 1)
	c, events := open(t, `
		{ chunks: [": heartbeat 40000 0\n", "id: 1\nevent: x\nda", "ta: hé\n\nevent: new_message\nid: 2\ndata: {}\n\n"], end: true },
		{ chunks: ["id: 2\ndata: again\n\nid: 3\ndata: more\n\n"], headers: { "Last-Event-ID": "earliest" } },
	`, Config{OnGap: func(a, b string) { gaps <- [2]string{a, b} }})
	if e := next(t, events); e.Name != "x" || e.LastEventID != "1" || string(e.Data) != "hé" || e.Issues != nil {
		t.Errorf("%+v", e)
	}
	if e := next(t, events); e.Name != "new_message" || e.Issues == nil {
		t.Errorf("%+v: want issues", e)
	}
	if e := next(t, events); e.Name != "message" || e.LastEventID != "3" {
		t.Errorf("%+v: want the third, the second came before", e)
	}
	if g := <-gaps; g != [2]string{"2", "earliest"} {
		t.Errorf("gap %v", g)
	}
	if s := c.Status(); s.State != stream.Open {
		t.Errorf("%+v", s)
	}
	if u := js(t, "return asked[1].url"); u != "https://hub.example/.well-known/mercure?topic=t&lastEventID=2" {
		t.Errorf("asked for %s", u)
	}
	c.Close()
	for range events {
	}
	if s := c.Status(); s.State != stream.Closed || s.Code != "" {
		t.Errorf("%+v", s)
	}
	for deadline := time.Now().Add(10 * time.Second); js(t, "return String(asked[1].aborted)") != "true"; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the connection is still open")
		}
	}
}

func TestAClientAsksForItsToken(t *testing.T) {
	n := 0
	c, events := open(t, `{ status: 401 }, { chunks: ["data: a\n\n"] }`, Config{Token: func(context.Context) (string, time.Time, error) {
		if n++; n == 1 {
			return "old", time.Time{}, nil
		}
		return "new", time.Time{}, nil
	}})
	next(t, events)
	if got := js(t, "return asked.map(a => a.token).join()"); got != "Bearer old,Bearer new" {
		t.Errorf("tokens %s", got)
	}
	c.Close()
}

// A hub that cannot say its dialect at first is not taken for a classic one.
func TestAClientAsksAgainForTheDialect(t *testing.T) {
	const metadata = `{ chunks: ["{}"], end: true, headers: { "Content-Type": "application/json" } }`
	c, events := open(t, `{ status: 502 }, `+metadata+`, { chunks: ["data: a\n\n"] }`, Config{
		URL: "https://hub.example/.well-known/mercure", Topics: []string{"t"},
	})
	next(t, events)
	const well = "https://hub.example/.well-known/"
	const about = well + "oauth-protected-resource/.well-known/mercure"
	if got, want := js(t, "return asked.map(a => a.url).join()"), about+","+about+","+well+"mercure?match=t"; got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
	c.Close()
}

func TestARefusalEndsTheClient(t *testing.T) {
	c, events := open(t, `{ status: 403 }`, Config{})
	for e := range events {
		t.Errorf("%+v", e)
	}
	if s := c.Status(); s.State != stream.Closed || s.Code != stream.CodeRefused {
		t.Errorf("%+v", s)
	}
}

func TestWhatAClientNeeds(t *testing.T) {
	if _, err := NewClient(Config{Payloads: messages.Payloads}); err == nil {
		t.Error("no URL, no error")
	}
	if _, err := NewClient(Config{URL: "x"}); err == nil {
		t.Error("no Payloads, no error")
	}
}
