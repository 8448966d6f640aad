package engine

import (
	"hash/maphash"
	"strings"

	"amalgam/payload"
	"amalgam/wasm/stream"

	"github.com/hack-pad/safejs"
)

// config reads what the bridge's options say.
func config(o safejs.Value) stream.Config {
	text := func(name string) string {
		v, err := o.Get(name)
		if err != nil || v.Type() != safejs.TypeString {
			return ""
		}
		s, _ := v.String()
		return s
	}
	number := func(name string) int64 {
		v, err := o.Get(name)
		if err != nil {
			return 0
		}
		n, _ := v.Float()
		return int64(n)
	}
	return stream.Config{
		URL:         text("url"),
		Selectors:   selectors(text("topics")),
		Dialect:     stream.Dialect(number("dialect")),
		EventSource: number("eventSource") != 0,
		LastEventID: text("lastEventId"),
		Heartbeat:   number("heartbeat"),
		MinDelay:    number("min"),
		MaxDelay:    number("max"),
		Token:       text("token"),
		Expires:     number("expires"),
		Renewable:   number("renewable") != 0,
		NameTopics:  number("nameTopics") != 0,
		Debug:       number("debug") != 0,
	}
}

// selectors reads a list: a line for the name of the parameter, which may be
// empty, and a line for its value, for each.
func selectors(text string) []stream.Selector {
	var list []stream.Selector
	for text != "" {
		var name, value string
		name, text, _ = strings.Cut(text, "\n")
		value, text, _ = strings.Cut(text, "\n")
		list = append(list, stream.Selector{Name: name, Value: value})
	}
	return list
}

// served is one stream whose host is the bridge.
type served struct {
	server *server
	id     int32
	set    *payload.Set
	stream *stream.Stream
}

func (v *served) call(method string, args ...any) {
	if _, err := v.server.bridge.Call(method, append([]any{v.id}, args...)...); err != nil {
		println("amalgam: the page could not be told", method, err.Error())
	}
}

// guard ends a stream over which the module has panicked.
func (v *served) guard() {
	if r := recover(); r != nil {
		v.fail("panic", "the SDK's module panicked: "+panicText(r))
	}
}

func (v *served) fail(code, reason string) {
	delete(v.server.streams, v.id)
	v.call("changed", string(stream.Closed), code, reason, 0)
}

func (v *served) Now() int64 { return v.server.now }

func (v *served) Random(n int64) int64 {
	return int64(maphash.Bytes(maphash.MakeSeed(), nil) % uint64(max(n, 1)))
}

func (v *served) Connect(conn int32, r *stream.Request) {
	v.call("connect", conn, r.Method, r.URL, r.Body, r.Token)
}

func (v *served) Cut(conn int32)                 { v.call("cut", conn) }
func (v *served) Wake(ms int64)                  { v.call("wake", float64(ms)) }
func (v *served) Discover()                      { v.call("discover") }
func (v *served) AskToken()                      { v.call("askToken") }
func (v *served) Gap(requested, received string) { v.call("gap", requested, received) }
func (v *served) Debug(line string)              { v.call("debug", line) }

func (v *served) Fault(code stream.Code, reason string, kept []stream.Selector) {
	lines := ""
	for _, one := range kept {
		lines += one.Name + "\n" + one.Value + "\n"
	}
	v.call("fault", string(code), reason, lines)
}

func (v *served) Changed(s stream.Status) {
	if s.State == stream.Closed {
		delete(v.server.streams, v.id)
	}
	v.call("changed", string(s.State), string(s.Code), s.Reason, float64(s.Until))
}

func (v *served) Event(name, id, topic, data []byte) {
	v.server.batch.add(v.set, name, id, topic, data)
}
