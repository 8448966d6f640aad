package doctor_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"amalgam/hub"
	"amalgam/hub/doctor"
	"amalgam/hub/hubtest"
)

// A broken is one fault in front of a sound hub, and the finding that names it.
type broken struct {
	name   string
	wrap   wrapper
	path   string // default the hub's
	o      doctor.Options
	check  string
	status doctor.Status
	words  []string
	also   []string // checks that fail for the same reason
}

func (b broken) run(t *testing.T, h http.Handler) {
	t.Run(b.name, func(t *testing.T) {
		t.Parallel()
		path := b.path
		if path == "" {
			path = hub.DefaultPath
		}
		b.o.URL = front(t, h, b.wrap) + path
		r := examine(t, b.o)
		want(t, r, b.check, b.status, b.words...)
		wantOnly(t, r, append(b.also, b.check)...)
	})
}

// set and del change a header of every answer.
func set(name, value string) wrapper {
	return onHeader(func(h http.Header, _ *http.Request) { h.Set(name, value) })
}

func del(name string) wrapper {
	return onHeader(func(h http.Header, _ *http.Request) { h.Del(name) })
}

// status answers one method itself.
func status(method string, code int) wrapper {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == method {
				w.WriteHeader(code)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func TestWhatIsWrongInFrontOfAHubIsNamed(t *testing.T) {
	h := start(t, nil)
	html := always(200, http.Header{"Content-Type": {"text/html; charset=utf-8"}}, "<!doctype html>")
	origin := doctor.Options{Origin: page}
	for _, b := range []broken{
		{name: "502", wrap: always(502, nil, ""), check: "hub", status: doctor.Problem, words: []string{"502", "upstream"}},
		{name: "500", wrap: always(500, nil, "out of memory"), check: "hub", status: doctor.Problem, words: []string{"500", "out of memory"}},
		{name: "HTML", wrap: html, check: "hub", status: doctor.Problem, words: []string{"This is a page", "pass this path"}},
		{name: "nothing", wrap: always(404, nil, ""), check: "hub", status: doctor.Problem, words: []string{"404"}},
		{name: "a redirect to nowhere", wrap: always(302, nil, ""), check: "redirect", status: doctor.Problem, words: []string{"302", "does not say where to"}},
		{name: "another API", wrap: always(200, http.Header{"Content-Type": {"application/json"}}, "{}"), check: "hub", status: doctor.Problem, words: []string{"not a hub", "application/json"}},
		{name: "an API that wants parameters", wrap: always(400, nil, ""), check: "hub", status: doctor.Problem, words: []string{"not a hub", "400"}},
		{name: "no GET", wrap: always(405, nil, ""), check: "hub", status: doctor.Problem, words: []string{"405"}},
		{name: "a password", wrap: always(401, http.Header{"Www-Authenticate": {`Basic realm="x"`}}, ""), check: "hub", status: doctor.Problem, words: []string{"password", "Basic"}},
		{name: "another name", wrap: always(421, nil, ""), check: "hub", status: doctor.Problem, words: []string{"421", "public_urls"}},
		{name: "too many streams", wrap: always(429, nil, ""), check: "hub", status: doctor.Problem, words: []string{"429"}},
		{name: "a stream of something else", wrap: always(200, http.Header{"Content-Type": {"text/event-stream"}, "Cache-Control": {"no-store"}}, ":\n"), check: "hub", status: doctor.Warning, words: []string{"names no topic"}, also: []string{"anonymous-publish", "cursor", "metadata-missing"}},
		{name: "the wrong path", path: "/hub", wrap: before(nothing), check: "url", status: doctor.Problem, words: []string{"nothing at this path", hub.DefaultPath, "examined instead"}},
		{name: "a trailing slash", path: hub.DefaultPath + "/", wrap: before(nothing), check: "url", status: doctor.Problem, words: []string{hub.DefaultPath + ","}},
		{name: "no path and no hub", path: "/", wrap: html, check: "hub", status: doctor.Problem, words: []string{"This is a page", "pass this path"}},

		{name: "an hour ahead", wrap: date(time.Hour), check: "clock", status: doctor.Problem, words: []string{"60 minutes ahead", "chrony"}},
		{name: "an hour behind", wrap: date(-time.Hour), check: "clock", status: doctor.Problem, words: []string{"60 minutes behind"}},
		{name: "a little behind", wrap: date(-20 * time.Second), check: "clock", status: doctor.Warning, words: []string{"behind"}},
		{name: "no date", wrap: onHeader(func(h http.Header, _ *http.Request) { h["Date"] = nil }), check: "clock", status: doctor.Skipped, words: []string{"no Date"}},
		{name: "from a cache", wrap: set("Age", "1"), check: "clock", status: doctor.Skipped, words: []string{"cache"}},

		{name: "no Cache-Control", wrap: del("Cache-Control"), check: "stream-cache", status: doctor.Warning, words: []string{"no Cache-Control"}},
		{name: "a cached stream", wrap: set("Cache-Control", "max-age=60"), check: "stream-cache", status: doctor.Warning, words: []string{"max-age=60"}},
		{name: "a compressed stream", wrap: set("Content-Encoding", "gzip"), check: "stream-encoding", status: doctor.Warning, words: []string{"gzip"}, also: []string{"metadata-missing"}},
		{name: "no cursor", wrap: del("Last-Event-ID"), check: "cursor", status: doctor.Warning, words: []string{"Last-Event-ID does not answer"}},
		{name: "an invented cursor", wrap: onHeader(func(h http.Header, r *http.Request) {
			if id := r.Header.Get("Last-Event-ID"); id != "" {
				h.Set("Last-Event-ID", id)
			}
		}), check: "cursor", status: doctor.Warning, words: []string{"cannot know"}},

		{name: "no CORS", wrap: del("Access-Control-Allow-Origin"), o: origin, check: "cors", status: doctor.Problem, words: []string{"may not read", "cors_origins"}},
		{name: "CORS twice", wrap: onHeader(func(h http.Header, _ *http.Request) { h.Add("Access-Control-Allow-Origin", "*") }), o: origin, check: "cors", status: doctor.Problem, words: []string{"twice", "Let only the hub"}},
		{name: "another origin", wrap: set("Access-Control-Allow-Origin", "https://other.example"), o: origin, check: "cors", status: doctor.Problem, words: []string{"https://other.example, not " + page}},
		{name: "* with credentials", wrap: set("Access-Control-Allow-Origin", "*"), o: origin, check: "cors", status: doctor.Problem, words: []string{"* together with"}},
		{name: "any origin", wrap: onHeader(func(h http.Header, r *http.Request) {
			if o := r.Header.Get("Origin"); o != "" {
				h.Set("Access-Control-Allow-Origin", o)
				h.Set("Access-Control-Allow-Credentials", "true")
			}
		}), o: origin, check: "cors-any", status: doctor.Problem, words: []string{"any origin"}},
		{name: "no Vary", wrap: del("Vary"), o: origin, check: "cors-vary", status: doctor.Warning, words: []string{"Vary: Origin"}},
		{name: "nothing exposed", wrap: del("Access-Control-Expose-Headers"), o: origin, check: "cors-exposed", status: doctor.Warning, words: []string{"Last-Event-ID and Mercure-Last-Event-ID"}},
		{name: "a preflight with a password", wrap: status("OPTIONS", 401), o: origin, check: "preflight-post", status: doctor.Problem, words: []string{"401", "OPTIONS"}, also: []string{"preflight-get", "preflight-query"}},
		{name: "a preflight of nobody", wrap: status("OPTIONS", 204), o: origin, check: "preflight-get", status: doctor.Problem, words: []string{"does not allow the origin"}, also: []string{"preflight-post", "preflight-query"}},
		{name: "no Authorization", wrap: set("Access-Control-Allow-Headers", "*"), o: origin, check: "preflight-post", status: doctor.Problem, words: []string{"Authorization", "* does not stand"}, also: []string{"preflight-get", "preflight-query"}},
		{name: "no Last-Event-ID", wrap: set("Access-Control-Allow-Headers", "authorization"), o: origin, check: "preflight-get", status: doctor.Warning, words: []string{"Last-Event-ID"}},
		{name: "no QUERY in preflights", wrap: set("Access-Control-Allow-Methods", "GET, POST"), o: origin, check: "preflight-query", status: doctor.Warning, words: []string{"QUERY"}},

		{name: "no QUERY", wrap: status("QUERY", 405), check: "query", status: doctor.Warning, words: []string{"405"}},
		{name: "no POST", wrap: status("POST", 405), check: "anonymous-publish", status: doctor.Warning, words: []string{"405", "POST"}},
		{name: "anybody publishes", wrap: status("POST", 400), check: "anonymous-publish", status: doctor.Warning, words: []string{"400, not 401"}},
		{name: "no metadata", wrap: notFound("/.well-known/oauth-protected-resource"), check: "metadata-missing", status: doctor.Warning, words: []string{"oauth-protected-resource"}},
		{name: "metadata of somebody else", wrap: metadata(`{"issuer":"x"}`), check: "metadata", status: doctor.Problem, words: []string{`names no "resource"`, "pass it to the hub"}, also: []string{"metadata-missing"}},
		{name: "topics that no hub takes", wrap: before(nothing), o: doctor.Options{Topics: []string{"a\x00b"}}, check: "hub", status: doctor.Problem, words: []string{"takes no subscription to these topics", "-control", "Leave --topic out"}},
		{name: "another Host", wrap: before(func(_ http.ResponseWriter, r *http.Request) { r.Host = "hub:3000" }), check: "metadata", status: doctor.Problem, words: []string{"http://hub:3000", "X-Forwarded-Proto"}},
	} {
		b.run(t, h.Hub)
	}
}

func nothing(http.ResponseWriter, *http.Request) {}

func date(skew time.Duration) wrapper {
	return onHeader(func(h http.Header, _ *http.Request) {
		h.Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
	})
}

func metadata(body string) wrapper {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/.well-known/oauth-protected-resource") {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(body))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func notFound(prefix string) wrapper {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, prefix) {
				http.NotFound(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// collecting gives an answer on only when the hub has ended it, or, with head,
// only its head before. It ends with the request.
func collecting(head bool) wrapper {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := &recorder{ResponseRecorder: httptest.NewRecorder()}
			if head {
				rec.w = w
			}
			next.ServeHTTP(rec, r)
			if !rec.sent {
				for name, values := range rec.Header() {
					w.Header()[name] = values
				}
				w.WriteHeader(rec.Code)
			}
			_, _ = w.Write(rec.Body.Bytes())
		})
	}
}

type recorder struct {
	*httptest.ResponseRecorder
	w    http.ResponseWriter
	sent bool
}

func (r *recorder) Write(p []byte) (int, error) {
	n, err := r.ResponseRecorder.Write(p)
	if r.w != nil && !r.sent {
		r.sent = true
		for name, values := range r.Header() {
			r.w.Header()[name] = values
		}
		r.w.WriteHeader(r.Code)
		_ = http.NewResponseController(r.w).Flush()
	}
	return n, err
}

// late holds the first bytes of a stream back for a while, but not its head.
func late(d time.Duration) wrapper {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&lateWriter{ResponseWriter: w, r: r, d: d}, r)
		})
	}
}

type lateWriter struct {
	http.ResponseWriter
	r    *http.Request
	d    time.Duration
	done bool
}

func (w *lateWriter) Write(p []byte) (int, error) {
	if !w.done && w.Header().Get("Content-Type") == "text/event-stream" {
		w.done = true
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		select {
		case <-time.After(w.d):
		case <-w.r.Context().Done():
		}
	}
	return w.ResponseWriter.Write(p)
}

func (w *lateWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestAProxyThatBuffersIsFoundOut(t *testing.T) {
	h := start(t, nil)
	const wait = 2 * time.Second
	for _, b := range []broken{
		{name: "the whole answer", wrap: collecting(false), o: doctor.Options{Timeout: wait}, check: "stream-first-byte", status: doctor.Problem, words: []string{"did not begin", "proxy_buffering off"}},
		{name: "all but the head", wrap: collecting(true), o: doctor.Options{Timeout: wait}, check: "stream-first-byte", status: doctor.Problem, words: []string{"no byte of it came", "flush_interval"}},
		{name: "for a while", wrap: late(1500 * time.Millisecond), check: "stream-first-byte", status: doctor.Warning, words: []string{"after the head"}},
	} {
		b.run(t, h.Hub)
	}
}

func TestHeartbeats(t *testing.T) {
	h := start(t, nil)
	r := examine(t, doctor.Options{URL: h.URL, Heartbeat: 50 * time.Millisecond})
	want(t, r, "heartbeat", doctor.Warning, "silent")

	cut := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == "GET" && r.URL.RawQuery != "" {
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = w.Write([]byte(":\n"))
				_ = http.NewResponseController(w).Flush()
				time.Sleep(10 * time.Millisecond) // no wait for an event: an idle timeout
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	r = examine(t, doctor.Options{URL: front(t, h.Hub, cut) + hub.DefaultPath, Heartbeat: hubtest.Patience})
	want(t, r, "heartbeat", doctor.Problem, "closed", "proxy_read_timeout")
}
