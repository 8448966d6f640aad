package conformance

import (
	"slices"
	"strings"
)

// arrives publishes data and wants it to arrive as want.
func arrives(t *T, data, want string) {
	s := t.open(t.match(t.Topic("a")), "")
	id := t.sent("topic", t.Topic("a"), "data", data)
	e := s.Next()
	if e.Data != want {
		t.Errorf("%q arrived as %q, want %q", short(data), short(e.Data), short(want))
	}
	if e.ID != id || e.Type != "" || e.Retry != "" {
		t.Errorf("%q arrived with id %q, type %q, retry %q; want id %q alone", short(data), e.ID, e.Type, e.Retry, id)
	}
	s.Close()
}

const lines7 = "protocol.md decision 3"

// How an update is written as a Server-Sent Event.
var encodingChecks = slices.Concat(
	each("Each line of data has a data line of its own, be it ended by LF, CR or CRLF", lines7, publication8, "data-lines",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), "")
			t.sent("topic", t.Topic("a"), "data", "1\n2\r3\r\n4\n\r5")
			e := s.Next()
			if want := "1\n2\n3\n4\n\n5"; e.Data != want {
				t.Errorf("the data arrived as %q, want %q", e.Data, want)
			}
			n := 0
			for _, l := range e.Lines {
				if strings.HasPrefix(l, "data:") {
					n++
				}
			}
			if n != 6 {
				t.Errorf("the event has %d data lines, want 6: %q", n, e.Lines)
			}
		}),
	each("Line breaks at the start and the end of data are kept", lines7, publication8, "data-lines",
		func(t *T) {
			arrives(t, "\na\n", "\na\n")
			arrives(t, "\n", "\n")
			arrives(t, "\r\n\r\n", "\n\n")
		}),
	each("Data cannot forge a field, a comment or another event", "protocol.md decision 3", "draft-08, Server-Sent Events Field Injection", "data-lines",
		func(t *T) {
			for _, end := range []string{"\n", "\r", "\r\n"} {
				data := strings.ReplaceAll("x|id: forged|event: forged|retry: 1|:comment||data: y", "|", end)
				arrives(t, data, strings.ReplaceAll("x|id: forged|event: forged|retry: 1|:comment||data: y", "|", "\n"))
			}
		}),
	each("Spaces, colons and field names at the start of data are data", "draft-07, Subscription", publication8, "",
		func(t *T) {
			for _, data := range []string{" leading", "  two", "\ttab", ": colon", "data: x", "id: x", " "} {
				arrives(t, data, data)
			}
		}),
	each("Data is any Unicode text, unchanged", "draft-07, Subscription", publication8, "",
		func(t *T) {
			for _, data := range []string{"é ü 漢字", "👩‍👩‍👧", "\u202eright to left", "a\u0085b\u2028c\u2029d", "\ufeffBOM", "\U0010ffff", "e\u0301 is not é", "\v\f\x1c"} {
				arrives(t, data, data)
			}
		}),
	each("A form is decoded as browsers encode it", publication7, publication8, "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), "")
			t.postBody(bearer(t.publisher("*")), form("topic", t.Topic("a"))+"&data=a+b%2Bc%26d%3De;f=g%")
			s.Want("a b+c&d=e;f=g%")
		}),
	each("Long data arrives whole", "draft-07, Subscription", "draft-08, Subscription", "",
		func(t *T) {
			data := strings.Repeat("0123456789abcdé ", 20_000)
			arrives(t, data+strings.Repeat("x", 200_000), data+strings.Repeat("x", 200_000))
		}),
	each("The type of an update is the event's, and without one there is no event line", publication7, publication8, "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), "")
			for _, name := range []string{"chat", "é: with colon", "", " leading"} {
				t.sent("topic", t.Topic("a"), "type", name, "data", "x")
				e := s.Next()
				if e.Type != name {
					t.Errorf("the event's type is %q, want %q", e.Type, name)
				}
				if has := slices.ContainsFunc(e.Lines, func(l string) bool { return strings.HasPrefix(l, "event") }); has != (name != "") {
					t.Errorf("type %q: the lines are %q", name, e.Lines)
				}
			}
		}),
	each("The retry of an update is the event's", publication7, publication8, "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), "")
			t.sent("topic", t.Topic("a"), "retry", "1500", "data", "1")
			t.sent("topic", t.Topic("a"), "data", "2")
			if e := s.Next(); e.Retry != "1500" {
				t.Errorf("the event's retry is %q, want 1500", e.Retry)
			}
			if e := s.Next(); e.Retry != "" {
				t.Errorf("the next event has the retry %q, want none", e.Retry)
			}
		}),
	each("An event has an id, and no field that an EventSource does not know", "draft-07, Reconnection", "draft-08, Reconnection", "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), "")
			t.sent("topic", t.Topic("a"), "data", "x", "type", "y", "retry", "1", "private", "on", "id", t.tag)
			t.sent("topic", t.Topic("a"), "data", "x", "type", "y", "retry", "1", "id", t.tag)
			e := s.Next()
			if e.ID != t.tag {
				t.Errorf("the id is %q, want %q", e.ID, t.tag)
			}
			for _, l := range e.Lines {
				if name, _, _ := strings.Cut(l, ":"); !slices.Contains([]string{"id", "event", "retry", "data"}, name) {
					t.Errorf("the event has the line %q", l)
				}
			}
		}),
)
