package doctor

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"amalgam/hub/dialect/classic"
	"amalgam/hub/dialect/draft1"
)

// slow is how late a first byte is that should have come with the head.
const slow = time.Second

const mendBuffering = "Turn buffering off for this path: `proxy_buffering off;` in nginx, `flush_interval -1` in Caddy, and no compression of text/event-stream; a CDN needs a rule of its own."

// checkStream looks at how a stream arrives: the first one, or one with the token.
func (e *exam) checkStream(ctx context.Context) {
	if e.heldBack {
		e.add("stream", "stream-first-byte", Problem, "The hub answers a faulty subscription at once, but the answer to a good one did not begin in %s: something on the way waits for its end.", short(e.o.Timeout)).
			mend("%s", mendBuffering)
		return
	}
	if e.first == nil || !e.first.stream() {
		if !e.accepted {
			why := "every subscriber needs a token that the hub takes"
			if e.first != nil && e.first.StatusCode == http.StatusTooManyRequests {
				why = "the hub takes no further one from this address (429)"
			}
			e.add("stream", "stream", Skipped, "No stream could be opened, because %s.", why)
			return
		}
		a, err := e.listen(ctx)
		if err != nil || !a.stream() {
			e.add("stream", "stream", Skipped, "The stream could not be opened a second time.")
			return
		}
		a.close()
		e.first = a
	}
	e.checkFirstByte(ctx)
	e.checkStreamHeaders()
	e.checkCursor(ctx)
	e.checkHeartbeat(ctx)
}

// listen opens a stream as well as it can be opened, and waits for its first
// byte.
func (e *exam) listen(ctx context.Context) (*answer, error) {
	q := e.subscription("")
	if e.accepted {
		q.token = e.o.Token
	}
	q.listen = true
	return e.ask(ctx, q)
}

func (e *exam) checkFirstByte(ctx context.Context) {
	a := e.first
	if a.firstByte > slow {
		// A busy machine is late once, what collects is late again.
		if again, err := e.listen(ctx); err == nil && again.stream() {
			again.close()
			if again.firstByte >= 0 && again.firstByte < a.firstByte {
				a = again
			}
		}
	}
	add := func(status Status, text string, args ...any) *Finding {
		f := e.add("stream", "stream-first-byte", status, text, args...).value("head_ms", millis(a.head))
		if a.firstByte >= 0 {
			f.value("first_byte_ms", millis(a.head+a.firstByte))
		}
		return f
	}
	mend := mendBuffering
	if !strings.EqualFold(a.Header.Get("X-Accel-Buffering"), "no") {
		mend += " The header X-Accel-Buffering: no, which tells nginx so, is not there, unless nginx took it away."
	}
	switch {
	case a.firstByte < 0:
		add(Problem, "The stream opens after %s, but no byte of it came in %s: something on the way holds it back.", short(a.head), short(e.o.Timeout)).
			mend("%s", mend)
	case a.firstByte > slow:
		add(Warning, "The first comment came %s after the head of the stream: something on the way collects before it sends.", short(a.firstByte)).
			mend("%s", mend)
	default:
		add(OK, "The first bytes come at once, after %s: nothing on the way holds the stream back.", short(a.head+a.firstByte))
	}
}

func (e *exam) checkStreamHeaders() {
	h := e.first.Header
	if coding := h.Get("Content-Encoding"); coding != "" && coding != "identity" {
		e.add("stream", "stream-encoding", Warning, "The stream is compressed (%s): most compressors hold events back until they have enough.", e.excerpt(coding)).
			mend("Take text/event-stream out of what the proxy compresses.")
	}
	cache := strings.ToLower(h.Get("Cache-Control"))
	switch {
	case strings.Contains(cache, "no-store") || strings.Contains(cache, "no-cache") || strings.Contains(cache, "private"):
		e.add("stream", "stream-cache", OK, "No cache keeps the stream (Cache-Control: %s).", e.excerpt(cache))
	case cache == "":
		e.add("stream", "stream-cache", Warning, "The stream has no Cache-Control, so a cache may keep it or wait for its end.").
			mend("Let the hub, or the proxy, add Cache-Control: no-store.")
	default:
		e.add("stream", "stream-cache", Warning, "A cache may keep the stream (Cache-Control: %s).", e.excerpt(cache)).
			mend("Let no proxy change the hub's Cache-Control; it should be no-store.")
	}
}

// checkCursor asks for what came after an id that no hub knows, on a topic that
// nobody uses, and expects to be told that it is not known.
func (e *exam) checkCursor(ctx context.Context) {
	name := classic.CursorHeader
	if e.parameter() == "match" {
		name = draft1.CursorHeader
	}
	asked := "urn:uuid:" + uuid.NewString()
	q := e.subscription("")
	if e.accepted {
		q.token = e.o.Token
	}
	q.query[e.parameter()] = []string{"urn:amalgam:doctor:" + asked}
	q.header = http.Header{"Last-Event-Id": {asked}}
	a, err := e.status(ctx, q)
	if err != nil || !a.stream() {
		e.add("stream", "cursor", Skipped, "Whether a cursor is answered was not seen.")
		return
	}
	switch got := a.Header.Get(name); got {
	case "":
		e.add("stream", "cursor", Warning, "A client that resumes is not told whether updates were lost: %s does not answer its cursor.", name).
			mend("Let the proxy pass %s; a hub without it makes clients fetch the resource again after every break.", name)
	case "earliest":
		e.add("stream", "cursor", OK, "A client that resumes from an update that is gone is told so (%s: earliest).", name)
	case asked:
		e.add("stream", "cursor", Warning, "The hub answers a cursor that it cannot know as if it knew it: clients do not notice lost updates.").
			mend("Turn on a history in the hub, or let clients fetch the resource again after a break.")
	default:
		e.add("stream", "cursor", OK, "A client that resumes is told from where (%s).", name)
	}
}

// checkHeartbeat waits for the second comment on a stream.
func (e *exam) checkHeartbeat(ctx context.Context) {
	switch {
	case e.o.Heartbeat <= 0:
		e.add("stream", "heartbeat", Skipped, "The time between heartbeats was not measured.").mend("--heartbeat 1m waits for one.")
		return
	case e.first.firstByte < 0:
		e.add("stream", "heartbeat", Skipped, "The time between heartbeats was not measured: the stream is held back.")
		return
	}
	a, err := e.listen(ctx)
	if err != nil {
		e.add("stream", "heartbeat", Skipped, "The time between heartbeats was not measured: %s.", reason(err))
		return
	}
	defer a.close()
	opened := a.at.Add(a.firstByte)
	n, err := a.read(e.o.Heartbeat)
	took := e.o.Now().Sub(opened)
	switch {
	case n > 0:
		e.add("stream", "heartbeat", OK, "The stream is kept alive: the next bytes came after %s.", short(took)).value("heartbeat_seconds", took.Seconds())
	case err == errSilence:
		e.add("stream", "heartbeat", Warning, "The stream was silent for %s: proxies that close idle connections will cut it.", short(e.o.Heartbeat)).
			mend("Set the hub's heartbeat shorter than the idle time of every proxy, or wait longer with --heartbeat.")
	default:
		e.add("stream", "heartbeat", Problem, "The stream was closed after %s, before a heartbeat.", short(took)).
			mend("Set the proxy's read timeout longer than the hub's heartbeat (`proxy_read_timeout 1h;` in nginx), or the heartbeat shorter.")
	}
}
