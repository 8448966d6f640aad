package conformance

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// An Answer is a response that has been read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	what   string // the request, for messages
}

const formType = "application/x-www-form-urlencoded"

// header makes a header from names and values in turn. A name may come twice.
func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

// bearer makes a header with a token, and more names and values in turn.
func bearer(token string, pairs ...string) http.Header {
	return header(append([]string{"Authorization", "Bearer " + token}, pairs...)...)
}

// form encodes names and values in turn, in their order.
func form(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(pairs[i]) + "=" + url.QueryEscape(pairs[i+1]))
	}
	return b.String()
}

// send sends a request and returns its response, whose body is still open.
func (t *T) send(ctx context.Context, method, target string, h http.Header, body string) *http.Response {
	var content io.Reader
	if body != "" || method == http.MethodPost {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, target, content)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	for name, values := range h {
		req.Header[name] = values
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	resp, err := t.env.client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, short(target), err)
	}
	return resp
}

// do sends a request and reads the answer. The body of a stream that the hub
// grants is left unread.
func (t *T) do(method, target string, h http.Header, body string) Answer {
	ctx, cancel := context.WithTimeout(t.ctx, t.Target.Patience)
	defer cancel()
	resp := t.send(ctx, method, target, h, body)
	defer resp.Body.Close()
	a := Answer{Status: resp.StatusCode, Header: resp.Header, what: method + " " + short(target)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") && method != http.MethodHead {
		return a
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the answer to %s: %v", a.what, err)
	}
	a.Body = string(b)
	return a
}

// get asks for a URL below the hub's origin or an absolute one.
func (t *T) get(target string, h http.Header) Answer {
	if strings.HasPrefix(target, "/") {
		target = t.base() + target
	}
	return t.do(http.MethodGet, target, h, "")
}

// post publishes fields, names and values in turn, with a header.
func (t *T) post(h http.Header, fields ...string) Answer { return t.postBody(h, form(fields...)) }

func (t *T) postBody(h http.Header, body string) Answer {
	all := http.Header{"Content-Type": {formType}}
	for name, values := range h {
		all[name] = values
	}
	a := t.do(http.MethodPost, t.Target.URL, all, body)
	a.what = "POST " + short(body)
	return a
}

// publish publishes fields with a token for everything.
func (t *T) publish(fields ...string) Answer { return t.post(bearer(t.publisher("*")), fields...) }

// sent publishes fields, which the hub must take, and returns the id.
func (t *T) sent(fields ...string) string {
	a := t.publish(fields...)
	if a.Status != http.StatusOK {
		t.Fatalf("%s: %d %s, want 200", a.what, a.Status, short(a.Body))
	}
	return a.Body
}

// try asks for a stream and returns the answer without reading the stream.
func (t *T) try(query string, h http.Header) Answer {
	return t.do(http.MethodGet, t.streamURL(query), t.withToken(query, h), "")
}

func (t *T) streamURL(query string) string { return t.Target.URL + "?" + query }

// withToken adds a token without rights to a header that has none, for hubs
// that want one from every subscriber.
func (t *T) withToken(query string, h http.Header) http.Header {
	if t.Target.Anonymous || h.Get("Authorization") != "" || h.Get("Cookie") != "" || strings.Contains(query, "authorization=") {
		return h
	}
	all := bearer(t.subscriber("urn:nothing"))
	for name, values := range h {
		all[name] = values
	}
	return all
}

// want fails the check unless the answer has one of the statuses.
func (t *T) want(a Answer, statuses ...int) bool {
	for _, s := range statuses {
		if a.Status == s {
			return true
		}
	}
	t.Errorf("%s: %d %s, want %v", a.what, a.Status, short(a.Body), statuses)
	return false
}

// granted fails the check unless the hub opens a stream for the request.
func (t *T) granted(query string, h http.Header) { t.want(t.try(query, h), http.StatusOK) }

// match is the query that subscribes to topics exactly, in the check's dialect.
func (t *T) match(topics ...string) string {
	var pairs []string
	for _, topic := range topics {
		pairs = append(pairs, choose(t, "topic", "match"), topic)
	}
	return form(pairs...)
}

// cursor is the query parameter of a cursor, with its "&".
func (t *T) cursor(id string) string {
	return "&" + form(choose(t, "lastEventID", "last_event_id"), id)
}

// cursorHeader is the header that answers a cursor.
func (t *T) cursorHeader() string { return choose(t, "Last-Event-Id", "Mercure-Last-Event-Id") }
