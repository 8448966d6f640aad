package hub

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"amalgam/hub/auth"
	"amalgam/hub/dialect"
	"amalgam/hub/dialect/classic"
	"amalgam/hub/dialect/draft1"
	"amalgam/hub/fanout"
	"amalgam/hub/update"
)

// A session is what the hub keeps of a subscriber besides its stream.
type session struct {
	grant  *auth.Grant
	draft1 bool // the dialect it subscribed in, and is announced in
}

// subscribe serves GET, HEAD and QUERY on the hub's path.
func (h *Hub) subscribe(w http.ResponseWriter, r *http.Request) {
	query := dialect.ParseForm(r.URL.RawQuery)
	sub, isDraft1, refusal := h.parseSubscription(w, r, query)
	if refusal != nil {
		h.refuse(w, r, refusal)
		return
	}
	end := h.step(r.Context(), spanAuthorize)
	who, refusal := h.identify(r, query, isDraft1, false)
	grant := who.grant
	if refusal == nil && grant == nil {
		grant = &auth.Grant{}
		if !h.cfg.Anonymous {
			refusal = dialect.Refuse(http.StatusUnauthorized, "token-missing", "token", `this hub wants a token from every subscriber: send it as "Authorization: Bearer …" or in the cookie %s (which a page sends with new EventSource(url, {withCredentials: true}) only), or set the directive "anonymous"`, h.cfg.CookieName)
		}
	}
	end(refusal)
	var release func()
	if refusal == nil && r.Method != http.MethodHead {
		release, refusal = h.admission.admit(r)
	}
	if refusal != nil {
		h.refuse(w, r, refusal)
		return
	}
	if r.Method == http.MethodHead {
		answer, _, err := h.fan.Locate(r.Context(), sub.Cursor)
		if err != nil {
			h.refuse(w, r, refuseInternal("the log cannot be searched", err))
			return
		}
		h.streamHeaders(w, who.place, isDraft1, answer)
		return
	}
	from := h.presence.claim(holder(grant, isDraft1))
	id := update.NewID()
	if from != nil {
		id = from.gone.ID
	}
	s := &fanout.Subscriber{
		ID:         id,
		Matchers:   sub.Matchers,
		MayRead:    grant.MayRead,
		NameTopics: sub.NameTopics,
		About:      &session{grant: grant, draft1: isDraft1},
	}
	s.Until, s.Ending = h.streamEnd(time.Now(), grant)
	h.stream(w, r, s, sub.Cursor, who.place, from, release)
}

// holder is who subscribes, where that can be told.
func holder(grant *auth.Grant, isDraft1 bool) string {
	if grant.Holder != "" && isDraft1 {
		return "draft1 " + grant.Holder // is announced otherwise
	}
	return grant.Holder
}

// stream attaches s, answers, announces s and has it served to its end, when it
// calls release. from is the absence that s comes back from, or nil.
func (h *Hub) stream(w http.ResponseWriter, r *http.Request, s *fanout.Subscriber, cursor string, place auth.Place, from *absence, release func()) {
	end := h.step(r.Context(), spanAttach)
	answer, err := h.fan.Attach(r.Context(), s, cursor)
	var refusal *dialect.Refusal
	switch {
	case errors.Is(err, fanout.ErrClosed):
		w.Header().Set("Retry-After", "1")
		refusal = dialect.Refuse(http.StatusServiceUnavailable, "stopping", "", "the hub is stopping: connect again")
	case err != nil:
		refusal = refuseInternal("the log cannot be searched", err)
	}
	end(refusal)
	if refusal != nil {
		release()
		h.presence.settle(from, false)
		h.refuse(w, r, refusal)
		return
	}
	h.streamHeaders(w, place, s.About.(*session).draft1, answer)
	bare := isBare(r)
	if bare {
		// The connection ends with the stream: a client must not use it again.
		w.Header().Set("Connection", "close")
	}
	conn := &streamConn{w: w, rc: http.NewResponseController(w), timeout: h.cfg.DispatchTimeout}
	// The first bytes leave at once, so that a client knows it is connected
	// and a proxy that buffers is found out.
	if conn.Write(h.fan.Greeting()) != nil {
		h.fan.Detach(s, fanout.EndedByClient, func() {
			h.presence.settle(from, false)
			release()
		})
		return
	}
	c := callOf(r)
	c.connected(s, answer)
	h.presence.settle(from, true)
	h.join(s, from)
	if own := hijack(bare, conn.rc); own != nil {
		finish := handOver(r)
		h.fan.Go(s, own, h.cfg.DispatchTimeout, func(why fanout.Reason) {
			h.left(s)
			release()
			_, bytes := s.Sent()
			c.streamEnded(s, why)
			finish(bytes, aboutEnd(s, why)...)
		})
		return
	}
	why := fanout.EndedByClient
	defer func() {
		h.fan.Detach(s, why, func() {
			h.left(s)
			release()
		})
	}()
	why = h.fan.Serve(r.Context(), s, conn)
	c.streamEnded(s, why)
	note(r, aboutEnd(s, why)...)
}

// aboutEnd is what the access log says of a stream that has ended.
func aboutEnd(s *fanout.Subscriber, why fanout.Reason) []slog.Attr {
	events, _ := s.Sent()
	return []slog.Attr{slog.String("subscriber", s.ID), slog.Uint64("events", events), slog.String("ended", string(why))}
}

func (h *Hub) left(s *fanout.Subscriber) {
	about := s.About.(*session)
	h.presence.left(s, holder(about.grant, about.draft1))
}

// isBare reports whether a request came over plain HTTP/1.1, whose connection
// can be taken away from net/http: not HTTP/2, not TLS, not HTTP/1.0.
func isBare(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return fanout.CanGo && r.ProtoMajor == 1 && r.ProtoMinor == 1 && r.TLS == nil && local != nil && local.Network() == "tcp"
}

// hijack takes a bare connection away from net/http, with whose buffers and
// goroutine a stream would weigh several times as much. It returns nil where
// that cannot be done.
func hijack(bare bool, rc *http.ResponseController) net.Conn {
	if !bare {
		return nil
	}
	conn, _, err := rc.Hijack()
	if err != nil {
		return nil
	}
	return conn
}

// parseSubscription reads a request in the dialect that its parameters show.
func (h *Hub) parseSubscription(w http.ResponseWriter, r *http.Request, query dialect.Form) (sub dialect.Subscription, isDraft1 bool, refusal *dialect.Refusal) {
	var body dialect.Form
	if r.Method == methodQuery {
		if body, refusal = h.readForm(w, r); refusal != nil {
			return sub, false, refusal
		}
	}
	hasTopic := false
	for _, form := range []dialect.Form{query, body} {
		for _, p := range form {
			hasTopic = hasTopic || p.Name == "topic"
			isDraft1 = isDraft1 || draft1.Reserves(p.Name)
		}
	}
	switch {
	case hasTopic && isDraft1:
		refusal = dialect.Refuse(http.StatusBadRequest, "dialect-both", "topic", `"topic" is of the classic dialect, names that begin with "match" of draft1: one request speaks one of them`)
	case isDraft1:
		sub, refusal = draft1.ParseSubscribe(r, query, body, h.cfg.Limits, h.baseURL(r))
	default:
		sub, refusal = classic.ParseSubscribe(r, append(query[:len(query):len(query)], body...), h.cfg.Limits)
	}
	return sub, isDraft1, refusal
}

// streamHeaders sets the headers that keep every proxy from holding back or
// storing a stream, and the answer to a cursor, "" if there was none.
func (h *Hub) streamHeaders(w http.ResponseWriter, place auth.Place, isDraft1 bool, answer string) {
	header := w.Header()
	switch {
	case answer == "":
	case isDraft1:
		header.Set(draft1.CursorHeader, answer)
	default:
		header.Set(classic.CursorHeader, answer)
	}
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-cache, no-store, no-transform, must-revalidate")
	if place == auth.InQuery {
		header.Set("Cache-Control", "private, no-cache, no-store, no-transform, must-revalidate")
	}
	header.Set("X-Accel-Buffering", "no")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Add("Link", h.link())
}

// link advertises the hub (Discovery, both texts). A relative reference is
// right behind every proxy.
func (h *Hub) link() string { return "<" + h.cfg.Path + `>; rel="mercure"` }

// streamConn writes a stream through net/http, which covers HTTP/1.1, HTTP/2
// and TLS alike.
type streamConn struct {
	w       http.ResponseWriter
	rc      *http.ResponseController
	timeout time.Duration
}

func (c *streamConn) Write(p []byte) error {
	if err := c.rc.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := c.w.Write(p); err != nil {
		return err
	}
	if err := c.rc.Flush(); err != nil {
		return err
	}
	// HTTP/2 resets a stream at its write deadline, also one that is idle.
	if err := c.rc.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
