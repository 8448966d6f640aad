package wasm

import (
	"errors"
	"slices"
	"testing"

	"amalgam/payload/messages"

	"github.com/hack-pad/safejs"
)

// These run in Node.js, with an EventSource that does what the test says:
//
//	GOOS=js GOARCH=wasm go test -exec="$(go env GOROOT)/lib/wasm/go_js_wasm_exec" ./wasm
const fakeEventSource = `
	globalThis.EventSource = class extends EventTarget {
		constructor(url, init) {
			if (url === "bad") throw new SyntaxError("no URL");
			super();
			Object.assign(this, { url, withCredentials: init.withCredentials, readyState: 0, listeners: 0 });
			globalThis.lastEventSource = this;
		}
		addEventListener(...args) { this.listeners++; super.addEventListener(...args); }
		removeEventListener(...args) { this.listeners--; super.removeEventListener(...args); }
		close() { this.readyState = 2; }
		open() { this.readyState = 1; this.dispatchEvent(new Event("open")); }
		fail(readyState) { this.readyState = readyState; this.dispatchEvent(new Event("error")); }
		message(type, data, lastEventId) { this.dispatchEvent(new MessageEvent(type, { data, lastEventId })); }
	};
`

// do runs JavaScript, in which source is the last EventSource made.
func do(t *testing.T, code string) safejs.Value {
	t.Helper()
	function, err := safejs.Global().Get("Function")
	if err != nil {
		t.Fatal(err)
	}
	body, err := function.New("source", code)
	if err != nil {
		t.Fatal(err)
	}
	source, err := safejs.Global().Get("lastEventSource")
	if err != nil {
		t.Fatal(err)
	}
	result, err := body.Invoke(source)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func number(t *testing.T, code string) int {
	t.Helper()
	n, err := do(t, "return Number("+code+")").Int()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// build returns a client on a fake EventSource, and the states it goes through.
func build(t *testing.T, config Config) (*Client, *[]Status) {
	t.Helper()
	do(t, fakeEventSource)
	var states []Status
	config.Payloads = messages.Payloads
	if config.URL == "" {
		config.URL = "https://hub.example/?topic=a"
	}
	if config.OnState == nil {
		config.OnState = func(s Status) { states = append(states, s) }
	}
	client, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	if client.Status().State != Idle {
		t.Errorf("before Build: %+v", client.Status())
	}
	if err := client.Build(); err != nil {
		t.Fatal(err)
	}
	return client, &states
}

func TestAClientReceivesWithVerdictsUntilClosed(t *testing.T) {
	client, states := build(t, Config{Events: []string{"error", "extra"}})
	do(t, `
		source.open();
		source.message("read_message", '{"conversation":"c","messageId":"m","readerId":"r","readAt":"2026-01-02T03:04:05Z"}', "1");
		source.message("read_message", '{}', "2");
		source.message("message", 'no JSON', "3");
		source.message("error", 'from the hub', "4");
		source.message("extra", 'é', "5");
		source.fail(0);
		source.open();
	`)
	var got []Event
	for event := range client.Events() {
		got = append(got, event)
		if event.LastEventID == "5" {
			client.Close()
		}
	}
	var names []string
	for _, event := range got {
		names = append(names, event.Name)
		if bad := event.LastEventID == "2"; bad != (len(event.Issues) > 0) {
			t.Errorf("event %s has issues %v", event.LastEventID, event.Issues)
		}
	}
	if want := []string{"read_message", "read_message", "message", "error", "extra"}; !slices.Equal(names, want) {
		t.Errorf("received %v, want %v", names, want)
	}
	if len(got) == 5 && string(got[4].Data) != "é" {
		t.Errorf("data %q", got[4].Data)
	}
	var told []State
	for _, status := range *states {
		told = append(told, status.State)
	}
	if want := []State{Connecting, Open, Waiting, Open, Closed}; !slices.Equal(told, want) {
		t.Errorf("states %v, want %v", told, want)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	client, _ := build(t, Config{})
	if n := number(t, "source.listeners"); n != 2+5 {
		t.Errorf("%d listeners, want open, error, message and the four of the set", n)
	}
	// Keep the functions, to see that they are released.
	source, listen := client.source, client.listen
	client.Close()
	client.Close()
	if n := number(t, "source.listeners"); n != 0 {
		t.Errorf("%d listeners after Close", n)
	}
	if n := number(t, "source.readyState"); n != 2 {
		t.Errorf("readyState %d after Close", n)
	}
	if client.Status() != (Status{State: Closed}) {
		t.Errorf("status %+v", client.Status())
	}
	do(t, `globalThis.complaints = 0; globalThis.consoleError = console.error; console.error = () => complaints++`)
	defer do(t, `console.error = consoleError`)
	for _, function := range []safejs.Func{source.dispatch, listen} {
		if _, err := function.Value().Invoke(); err != nil {
			t.Error(err)
		}
	}
	if n := number(t, "complaints"); n != 2 { // "call to released function"
		t.Errorf("%d of 2 functions are released", n)
	}
	if err := client.Build(); err != nil || number(t, "source.listeners") != 7 {
		t.Errorf("after Build anew: %v, %d listeners", err, number(t, "source.listeners"))
	}
	client.Close()
}

func TestARefusedStreamEndsTheLoop(t *testing.T) {
	client, states := build(t, Config{})
	do(t, `source.fail(2)`)
	for event := range client.Events() {
		t.Errorf("received %+v", event)
	}
	if last := (*states)[len(*states)-1]; last.Code != CodeRefused || client.Status() != last {
		t.Errorf("status %+v, last told %+v", client.Status(), last)
	}
	if n := number(t, "source.listeners"); n != 0 {
		t.Errorf("%d listeners left", n)
	}
}

func TestCloseFromWithinOnState(t *testing.T) {
	var client *Client
	client, _ = build(t, Config{OnState: func(s Status) {
		if s.State == Open {
			client.Close()
		}
	}})
	do(t, `source.open(); source.message("message", "1", "")`)
	for event := range client.Events() {
		t.Errorf("received %+v", event)
	}
}

func TestAPanicInOnStateIsTold(t *testing.T) {
	var told []Status
	_, _ = build(t, Config{OnState: func(s Status) {
		told = append(told, s)
		if s.State == Open {
			panic("from the page")
		}
	}})
	do(t, `source.open()`)
	if last := told[len(told)-1]; last.State != Closed || last.Code != CodePanic {
		t.Errorf("told %+v", told)
	}
	if n := number(t, "source.readyState"); n != 2 {
		t.Errorf("readyState %d", n)
	}
}

func TestBadConfigurationsAreRefused(t *testing.T) {
	for _, config := range []Config{{}, {URL: "https://hub.example/"}, {Payloads: messages.Payloads}} {
		if _, err := NewClient(config); err == nil {
			t.Errorf("%+v is taken", config)
		}
	}
	do(t, fakeEventSource)
	client, err := NewClient(Config{URL: "bad", Payloads: messages.Payloads})
	if err != nil {
		t.Fatal(err)
	}
	err = client.Build()
	var status *StatusError
	if !errors.As(err, &status) || status.Status.Code != CodeURL || client.Status().Code != CodeURL {
		t.Errorf("a URL that the browser refuses: %v, %+v", err, client.Status())
	}
	do(t, `delete globalThis.EventSource`)
	err = client.Build()
	if !errors.As(err, &status) || status.Status.Code != CodeUnsupported {
		t.Errorf("without an EventSource: %v", err)
	}
}

func TestCookiesGoAlongUnlessSwitchedOff(t *testing.T) {
	for _, without := range []bool{false, true} {
		client, _ := build(t, Config{WithoutCredentials: without})
		if got := number(t, "source.withCredentials") == 1; got == without {
			t.Errorf("WithoutCredentials %v: withCredentials %v", without, got)
		}
		client.Close()
	}
}
