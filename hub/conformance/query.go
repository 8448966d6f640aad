package conformance

import (
	"net/http"
	"slices"
)

// query asks for a stream with the method QUERY.
func (t *T) query(query, body, contentType string, h http.Header) Answer {
	h = t.withToken(query, h)
	all := http.Header{"Content-Type": {contentType}}
	for name, values := range h {
		all[name] = values
	}
	return t.do("QUERY", t.queryURL(query), all, body)
}

func (t *T) queryURL(query string) string {
	if query == "" {
		return t.Target.URL
	}
	return t.streamURL(query)
}

// openQuery opens a stream with the method QUERY.
func (t *T) openQuery(query, body string, pairs ...string) *Stream {
	h := t.withToken(query, header(pairs...))
	if h == nil {
		h = http.Header{}
	}
	h.Set("Content-Type", formType)
	return t.openWith("QUERY", t.queryURL(query), h, body)
}

// The method QUERY, which is a GET whose parameters may be in a body.
var queryChecks = slices.Concat(
	draft1("QUERY subscribes with a form in its body", subscription8, "",
		func(t *T) {
			s := t.openQuery("", form("match", t.Topic("a"), "match_urlpattern", t.Topic("b/:id")))
			t.sent("topic", t.Topic("c"), "data", "c")
			t.sent("topic", t.Topic("b/1"), "data", "b")
			t.sent("topic", t.Topic("a"), "data", "a")
			s.Want("b", "a")
		}),
	draft1("QUERY unites the matchers of the query component with those of the body", subscription8, "",
		func(t *T) {
			s := t.openQuery(form("match", t.Topic("a")), form("match", t.Topic("b")))
			t.sent("topic", t.Topic("a"), "data", "a")
			t.sent("topic", t.Topic("b"), "data", "b")
			s.Want("a", "b")
		}),
	draft1("QUERY takes its cursor from the query component before the body, from the header before both", subscription8, "cursor-position",
		func(t *T) {
			one, two, three := t.sent("topic", t.Topic("a"), "data", "1"), t.sent("topic", t.Topic("a"), "data", "2"), t.sent("topic", t.Topic("a"), "data", "3")
			t.sent("topic", t.Topic("a"), "data", "4")
			match := form("match", t.Topic("a"))
			t.openQuery("", match+"&"+form("last_event_id", one)).Want("2", "3", "4")
			t.openQuery(form("last_event_id", two), match+"&"+form("last_event_id", one)).Want("3", "4")
			t.openQuery(form("last_event_id", two), match+"&"+form("last_event_id", one), "Last-Event-ID", three).Want("4")
		}),
	draft1("The match namespace is reserved in the body of a QUERY too", subscription8, "match-namespace",
		func(t *T) {
			t.want(t.query(form("match", t.Topic("a")), form("match_regexp", "x"), formType, nil), http.StatusBadRequest)
			t.want(t.query(form("match", t.Topic("a")), form("MATCH", "x"), formType, nil), http.StatusBadRequest)
		}),
	draft1("Values in the body of a QUERY obey the same rules", subscription8, "control-characters",
		func(t *T) {
			t.want(t.query(form("match", t.Topic("a")), form("match", "a\nb"), formType, nil), http.StatusBadRequest)
		}),
	draft1("A QUERY whose body is no form is refused", subscription8, "",
		func(t *T) {
			t.want(t.query(form("match", t.Topic("a")), `{"match":"x"}`, "application/json", nil), http.StatusUnsupportedMediaType, http.StatusBadRequest)
		}),
	hubwide("A request that speaks both dialects is refused with 400", "protocol.md, both in one request", "dialect-both",
		func(t *T) {
			t.want(t.try(form("topic", t.Topic("a"), "match", t.Topic("a")), nil), http.StatusBadRequest)
			t.want(t.try(form("match_urlpattern", t.Topic("a"), "topic", t.Topic("a")), nil), http.StatusBadRequest)
		}),
	hubwide("A QUERY that speaks one dialect in the query and the other in the body is refused with 400", "protocol.md, both in one request", "dialect-both",
		func(t *T) {
			t.want(t.query(form("topic", t.Topic("a")), form("match", t.Topic("a")), formType, nil), http.StatusBadRequest)
			t.want(t.query(form("match", t.Topic("a")), form("topic", t.Topic("a")), formType, nil), http.StatusBadRequest)
		}),
)
