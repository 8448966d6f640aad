package hub

import (
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"

	"amalgam/hub/dialect"
	"amalgam/hub/dialect/classic"
	"amalgam/hub/dialect/draft1"
	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

// publish serves POST on the hub's path.
func (h *Hub) publish(w http.ResponseWriter, r *http.Request) {
	end := h.step(r.Context(), spanAuthorize)
	who, refusal := h.identify(r, dialect.ParseForm(r.URL.RawQuery), false, true)
	switch {
	case refusal != nil:
	case who.grant == nil:
		refusal = dialect.Refuse(http.StatusUnauthorized, "token-missing", "token", `publishing needs a token: send it as "Authorization: Bearer …"`)
	case who.place.Cookie():
		refusal = h.allowCookiePublish(r)
	}
	end(refusal)
	if refusal != nil {
		h.refuse(w, r, refusal)
		return
	}
	form, refusal := h.readForm(w, r)
	if refusal != nil {
		h.refuse(w, r, refusal)
		return
	}
	end = h.step(r.Context(), spanJudge)
	u, refusal := h.parseUpdate(form, who)
	if refusal == nil {
		if refused := h.payloads.judge(r.Context(), u); refused != nil {
			refusal = refused.refusal()
		}
	}
	end(refusal)
	if refusal != nil {
		h.refuse(w, r, refusal)
		return
	}
	end = h.step(r.Context(), spanAppend)
	id, err := h.append(r.Context(), u)
	if err != nil {
		refusal = refuseNotTaken(err)
	}
	end(refusal)
	if err != nil {
		// Answered also if the request was given up: a server that is stopping
		// may have done that, and silence would be a 200.
		w.Header().Set("Retry-After", "1")
		h.refuse(w, r, refusal)
		return
	}
	note(r, slog.String("id", id))
	c := callOf(r)
	h.counts.publishes.Since(c.start)
	c.endSpan(http.StatusOK, slog.String("messaging.message.id", id))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, id)
}

// parseUpdate reads an update and holds it against the caller's grant, by the
// rules of the dialect of the caller's token.
func (h *Hub) parseUpdate(form dialect.Form, who caller) (u *update.Update, refusal *dialect.Refusal) {
	parse, allow := classic.ParsePublish, classic.AllowPublish
	if who.draft1 {
		parse, allow = draft1.ParsePublish, draft1.AllowPublish
	}
	if u, refusal = parse(form, h.cfg.Limits, h.own); refusal == nil {
		refusal = allow(who.grant, u)
	}
	return u, refusal
}

// readForm reads the body of a POST or QUERY, within the limit.
func (h *Hub) readForm(w http.ResponseWriter, r *http.Request) (dialect.Form, *dialect.Refusal) {
	if ct := r.Header.Get("Content-Type"); ct != "" {
		if media, _, err := mime.ParseMediaType(ct); err != nil || media != "application/x-www-form-urlencoded" {
			return nil, dialect.Refuse(http.StatusUnsupportedMediaType, "content-type", "Content-Type", "the body must be application/x-www-form-urlencoded, not %q", ct)
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.cfg.Limits.Body))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, dialect.Refuse(http.StatusRequestEntityTooLarge, "body-length", "", "the body is longer than %d bytes: publish less, or a link to it", h.cfg.Limits.Body)
	case err != nil:
		return nil, dialect.Refuse(http.StatusBadRequest, "body-read", "", "the body could not be read to its end: %v", err)
	}
	return dialect.ParseForm(string(body)), nil
}

// refuseNotTaken says why the log has not taken an update.
func refuseNotTaken(err error) *dialect.Refusal {
	switch {
	case errors.Is(err, eventlog.ErrClosed):
		return dialect.Refuse(http.StatusServiceUnavailable, "log-closed", "", "the hub is stopping: the update was not taken, publish it again")
	case errors.Is(err, eventlog.ErrNoRoom):
		return dialect.Refuse(http.StatusInsufficientStorage, "log-full", "", "the disk of the hub is full and the update was not taken: make room, the hub takes updates again by itself: %v", err)
	}
	return dialect.Refuse(http.StatusServiceUnavailable, "log-failed", "", "the update could not be stored and was not taken: %v", err)
}
