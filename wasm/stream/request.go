package stream

import "strings"

// Dialect is a generation of the protocol.
type Dialect uint8

// The dialects. Auto is settled by the URL's parameters, then by the hub's
// metadata.
const (
	Auto Dialect = iota
	Classic
	Draft1
)

// A Selector is one topic, or many, to subscribe to. Name is the parameter that
// carries it, such as match_urlpattern; empty for the dialect's usual one.
type Selector struct{ Name, Value string }

// A Request is what a host has to send to connect.
type Request struct {
	Method string // GET or QUERY
	URL    string
	Body   string // of a QUERY: application/x-www-form-urlencoded
	Token  string // for Authorization: Bearer; empty for none
}

// maxURL is up to which length parameters travel in the URL, where the dialect
// knows another way. Servers and proxies begin to refuse at some 8,000 bytes.
const maxURL = 4096

// request makes the request for a connection that follows selectors and goes
// on after cursor.
func (s *Stream) request(selectors []Selector, cursor string) *Request {
	url, _, _ := strings.Cut(s.c.URL, "#")
	path, query, _ := strings.Cut(url, "?")
	var kept, more strings.Builder
	for _, pair := range strings.Split(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if pair != "" && !isCursor(name) {
			join(&kept, pair)
		}
	}
	for _, sel := range selectors {
		name := sel.Name
		if name == "" {
			name = "topic"
			if s.dialect == Draft1 {
				name = "match"
			}
		}
		join(&more, escape(name)+"="+escape(sel.Value))
	}
	if s.c.NameTopics {
		join(&more, "topics=on")
	}
	if cursor != "" {
		name := "lastEventID"
		if s.dialect == Draft1 {
			name = "last_event_id"
		}
		join(&more, name+"="+escape(cursor))
	}
	r := &Request{Method: "GET", Token: s.c.Token}
	if s.dialect == Draft1 && !s.c.EventSource && len(path)+kept.Len()+more.Len() > maxURL {
		r.Method, r.Body = "QUERY", more.String()
	} else if more.Len() > 0 {
		join(&kept, more.String())
	}
	r.URL = path
	if kept.Len() > 0 {
		r.URL += "?" + kept.String()
	}
	return r
}

func join(b *strings.Builder, pair string) {
	if b.Len() > 0 {
		b.WriteByte('&')
	}
	b.WriteString(pair)
}

// isCursor reports whether a parameter says where to go on, in any dialect.
func isCursor(name string) bool {
	return name == "lastEventID" || name == "last_event_id" || strings.EqualFold(name, "Last-Event-ID")
}

// read takes from the URL what it says: the cursor and the dialect.
func (s *Stream) read(url string) {
	url, _, _ = strings.Cut(url, "#")
	_, query, _ := strings.Cut(url, "?")
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		switch {
		case isCursor(name):
			if len(s.lastID) == 0 {
				s.lastID = []byte(unescape(value))
			}
		case name == "topic":
			s.inURL = true
			if s.dialect == Auto {
				s.dialect = Classic
			}
		case strings.HasPrefix(strings.ToLower(name), "match"):
			s.inURL = true
			if s.dialect == Auto {
				s.dialect = Draft1
			}
		}
	}
}

const hex = "0123456789ABCDEF"

// escape writes s as a form's value, so that it is read back the same by every
// parser.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b.WriteByte(' ')
		case s[i] == '%' && i+2 < len(s) && digit(s[i+1]) >= 0 && digit(s[i+2]) >= 0:
			b.WriteByte(byte(digit(s[i+1])<<4 | digit(s[i+2])))
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func digit(c byte) int {
	if 'a' <= c && c <= 'f' {
		c -= 'a' - 'A'
	}
	return strings.IndexByte(hex, c)
}
