package wasm

import "github.com/hack-pad/safejs"

// eventSource is one browser EventSource and everything that hangs on it. It is
// the only kind of source so far; another (fetch, for tokens and headers) would
// report to the same function and close the same way.
type eventSource struct {
	value    safejs.Value
	dispatch safejs.Func
	report   func(Status)
	message  safejs.Value // the MessageEvent constructor
	closed   bool
}

// openEventSource starts a connection. report is called with each change of
// state, from the browser's event handler: it must not block. When the status
// is Closed, everything has been let go before report is called.
func openEventSource(url string, credentials bool, report func(Status)) (*eventSource, *Status) {
	unsupported := &Status{Closed, CodeUnsupported, "this environment has no EventSource: the SDK connects from a page or a worker in a browser"}
	constructor, err := safejs.Global().Get("EventSource")
	if err != nil || constructor.Type() != safejs.TypeFunction {
		return nil, unsupported
	}
	s := &eventSource{report: report}
	if s.message, err = safejs.Global().Get("MessageEvent"); err != nil || s.message.Type() != safejs.TypeFunction {
		return nil, unsupported
	}
	s.value, err = constructor.New(url, map[string]any{"withCredentials": credentials})
	if err != nil {
		return nil, &Status{Closed, CodeURL, "the browser does not take the hub's URL: " + err.Error()}
	}
	s.dispatch, err = safejs.FuncOf(s.handle)
	if err != nil {
		return nil, s.fail(err)
	}
	for _, name := range lifecycle {
		if _, err := s.value.Call("addEventListener", name, s.dispatch); err != nil {
			return nil, s.fail(err)
		}
	}
	return s, nil
}

// lifecycle holds the events of the EventSource itself. A hub's event may have
// the same name; it is a MessageEvent, these are not.
var lifecycle = []string{"open", "error"}

func (s *eventSource) fail(err error) *Status {
	s.close()
	return &Status{Closed, CodeGlue, err.Error()}
}

// handle is the one function that the browser calls for open and error.
func (s *eventSource) handle(_ safejs.Value, args []safejs.Value) any {
	defer func() {
		if v := recover(); v != nil {
			s.close()
			s.report(Status{Closed, CodePanic, "the SDK's module panicked: " + panicText(v)})
		}
	}()
	if s.closed || len(args) == 0 {
		return nil
	}
	event := args[0]
	if ours, err := event.InstanceOf(s.message); err == nil && ours {
		return nil // sent by the hub under the name open or error
	}
	status := Status{State: Open}
	if name, _ := s.property(event, "type"); name == "error" {
		readyState := readyStateConnecting
		if v, err := s.value.Get("readyState"); err == nil {
			readyState, _ = v.Int()
		}
		status = afterError(readyState)
	}
	if status.State == Closed {
		s.close()
	}
	s.report(status)
	return nil
}

func (s *eventSource) property(v safejs.Value, name string) (string, error) {
	p, err := v.Get(name)
	if err != nil {
		return "", err
	}
	return p.String()
}

// close ends the connection and lets go of everything. It is harmless twice,
// and may be called from within handle.
func (s *eventSource) close() {
	if s.closed {
		return
	}
	s.closed = true
	for _, name := range lifecycle {
		s.value.Call("removeEventListener", name, s.dispatch)
	}
	s.value.Call("close")
	s.dispatch.Release()
}
