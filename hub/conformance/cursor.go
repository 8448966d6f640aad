package conformance

import (
	"net/http"
	"slices"
)

const (
	cursor7 = "draft-07, Reconnection"
	cursor8 = "draft-08, Reconnection"
)

// resume opens a stream of the topic a at a cursor given by the query.
func (t *T) resume(cursor string) *Stream { return t.open(t.match(t.Topic("a"))+cursor, "") }

// resumeHeader opens a stream of the topic a with a Last-Event-ID header and
// more in the query.
func (t *T) resumeHeader(id, query string) *Stream {
	target := t.streamURL(t.match(t.Topic("a")) + query)
	return t.openWith(http.MethodGet, target, t.withToken(query, header("Last-Event-ID", id)), "")
}

// history publishes numbered updates of the topic a and returns their ids.
func (t *T) history(n int) (ids, data []string) {
	for i := range n {
		data = append(data, string(rune('0'+i)))
		ids = append(ids, t.sent("topic", t.Topic("a"), "data", data[i]))
	}
	return ids, data
}

// wantAnswer fails the check unless the stream answers a cursor with id.
func (s *Stream) wantAnswer(id string) {
	if got := s.Header.Get(s.t.cursorHeader()); got != id {
		s.t.Errorf("%s is %q, want %q", s.t.cursorHeader(), got, id)
	}
}

// The cursor: how a subscriber names what it has seen, and what is answered.
var cursorChecks = slices.Concat(
	each("A Last-Event-ID header replays what came after it", cursor7, cursor8, "cursor-position",
		func(t *T) {
			ids, data := t.history(4)
			t.resumeHeader(ids[1], "").Want(data[2:]...)
		}),
	each("The cursor can be in the query", cursor7, cursor8, "cursor-position",
		func(t *T) {
			ids, data := t.history(4)
			t.resume(t.cursor(ids[0])).Want(data[1:]...)
			t.resume(t.cursor(ids[2])).Want(data[3:]...)
		}),
	classic("The query parameter may also be spelled Last-Event-ID or last_event_id", "protocol.md, cursor asked", "cursor-position",
		func(t *T) {
			ids, data := t.history(3)
			for _, name := range []string{"lastEventID", "Last-Event-ID", "last_event_id"} {
				s := t.resume("&" + form(name, ids[1]))
				s.wantAnswer(ids[1])
				s.Want(data[2:]...)
			}
		}),
	draft1("lastEventID is no cursor", "protocol.md, cursor asked", "",
		func(t *T) {
			ids, _ := t.history(2)
			s := t.resume("&" + form("lastEventID", ids[0]))
			s.wantAnswer("")
			t.sent("topic", t.Topic("a"), "data", "live")
			s.Want("live")
		}),
	each("The header wins over the query", cursor7, cursor8, "cursor-position",
		func(t *T) {
			ids, data := t.history(4)
			s := t.resumeHeader(ids[2], t.cursor(ids[0]))
			s.wantAnswer(ids[2])
			s.Want(data[3:]...)
			t.resumeHeader("earliest", t.cursor(ids[2])).Want(data...)
		}),
	each("A cursor is answered in the header of its dialect, with the id before the first event", cursor7, cursor8, "",
		func(t *T) {
			ids, _ := t.history(2)
			other := choose(t, "Mercure-Last-Event-Id", "Last-Event-Id")
			for _, s := range []*Stream{t.resume(t.cursor(ids[0])), t.resumeHeader(ids[0], "")} {
				s.wantAnswer(ids[0])
				if got := s.Header.Values(other); len(got) > 0 {
					t.Errorf("the answer also has %s: %q", other, got)
				}
			}
		}),
	each("Without a cursor nothing is replayed and nothing answered", cursor7, cursor8, "",
		func(t *T) {
			t.history(2)
			s := t.resume("")
			if s.Header.Get("Last-Event-ID") != "" || s.Header.Get("Mercure-Last-Event-ID") != "" {
				t.Errorf("a cursor is answered that nobody asked for: %v", s.Header)
			}
			t.sent("topic", t.Topic("a"), "data", "live")
			s.Want("live")
		}),
	each("The cursor earliest replays everything and is answered with earliest", cursor7, cursor8, "",
		func(t *T) {
			_, data := t.history(3)
			for _, s := range []*Stream{t.resume(t.cursor("earliest")), t.resumeHeader("earliest", "")} {
				s.wantAnswer("earliest")
				s.Want(data...)
			}
		}),
	each("A cursor that the hub does not know is answered with earliest, and everything is replayed", cursor7, cursor8, "cursor-unknown",
		func(t *T) {
			_, data := t.history(3)
			for _, id := range []string{"urn:unknown:" + t.tag, "#1", "EARLIEST", " " + t.tag} {
				s := t.resume(t.cursor(id))
				s.wantAnswer("earliest")
				s.Want(data...)
			}
		}),
	each("An id is found exactly: neither a part of it nor more than it", cursor7, cursor8, "cursor-unknown",
		func(t *T) {
			ids, data := t.history(2)
			for _, id := range []string{ids[0][:len(ids[0])-1], ids[0] + "0", "URN" + ids[0][3:]} {
				s := t.resume(t.cursor(id))
				s.wantAnswer("earliest")
				s.Want(data...)
			}
		}),
	each("The newest id as a cursor replays nothing and is answered", cursor7, cursor8, "cursor-position",
		func(t *T) {
			ids, _ := t.history(3)
			s := t.resume(t.cursor(ids[2]))
			s.wantAnswer(ids[2])
			t.sent("topic", t.Topic("a"), "data", "live")
			s.Want("live")
		}),
	each("An id that was used twice means the earliest update with it", "protocol.md, ids", cursor8, "cursor-position",
		func(t *T) {
			id := "urn:twice:" + t.tag
			t.sent("topic", t.Topic("a"), "data", "0")
			t.sent("topic", t.Topic("a"), "data", "1", "id", id)
			t.sent("topic", t.Topic("a"), "data", "2")
			t.sent("topic", t.Topic("a"), "data", "3", "id", id)
			t.sent("topic", t.Topic("a"), "data", "4")
			s := t.resume(t.cursor(id))
			s.wantAnswer(id)
			s.Want("2", "3", "4")
		}),
	each("The id of an update of another topic is a cursor: there is one sequence for the hub", cursor7, "draft-08, Publication", "cursor-position",
		func(t *T) {
			t.sent("topic", t.Topic("a"), "data", "1")
			id := t.sent("topic", t.Topic("b"), "data", "other")
			t.sent("topic", t.Topic("a"), "data", "2")
			s := t.open(t.match(t.Topic("a"), t.Topic("b"))+t.cursor(id), "")
			s.wantAnswer(id)
			s.Want("2")
		}),
	each("An id with every kind of character can be a cursor", cursor7, cursor8, "cursor-position",
		func(t *T) {
			for _, id := range []string{"é 漢 & = + % # ; " + t.tag, "https://example.com/?" + t.tag + "#x"} {
				if got := t.sent("topic", t.Topic("a"), "data", "before", "id", id); got != id {
					t.Fatalf("the id is %q, want %q", got, id)
				}
				t.sent("topic", t.Topic("a"), "data", "after")
				t.resume(t.cursor(id)).Want("after")
				t.sent("topic", t.Topic("a"), "data", "end")
			}
		}),
)
