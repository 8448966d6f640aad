package hub

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"amalgam/hub/dialect"
)

// call is what is known about one request while it runs.
type call struct {
	id         string
	start      time.Time
	scheme     string           // that the client used
	attrs      []slog.Attr      // for the line that is logged when the request ends
	refusal    *dialect.Refusal // nil while it is not refused
	span       Span             // nil without a tracer
	spanEnded  bool
	handedOver bool // the stream goes on after the handler has returned
	finish     func(bytes uint64, attrs ...slog.Attr)
}

type callKey struct{}

// callOf returns what is known about a request, which observe has begun.
func callOf(r *http.Request) *call { return r.Context().Value(callKey{}).(*call) }

// note adds to the line that is logged when the request ends.
func note(r *http.Request, attrs ...slog.Attr) {
	c := callOf(r)
	c.attrs = append(c.attrs, attrs...)
}

// handOver lets the log line of a request wait for end, which is called when
// its stream ends, long after the request has been forgotten. bytes have gone
// out since then.
func handOver(r *http.Request) (end func(bytes uint64, attrs ...slog.Attr)) {
	c := callOf(r)
	c.handedOver = true
	return c.finish
}

// Observe gives the requests to next what those to the hub have: it finds out
// who a request is from, gives it an id, logs it when it has ended, and turns a
// panic into a 500. From there on RemoteAddr and Host are the client's, whatever
// proxies it came through. It is for what is served beside the hub.
func (h *Hub) Observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := h.cfg.TrustedProxies.Resolve(r)
		c := &call{id: uuid.NewString(), start: time.Now(), scheme: from.Scheme}
		r = r.WithContext(context.WithValue(r.Context(), callKey{}, c)) // a copy
		r.RemoteAddr, r.Host = from.Address, from.Host
		sw := &statusWriter{ResponseWriter: w}
		w.Header().Set("X-Request-Id", c.id)
		line := h.newAccessLine(r)
		c.finish = func(bytes uint64, attrs ...slog.Attr) {
			line.log(c, http.StatusOK, sw.bytes+bytes, attrs)
		}
		defer func() {
			p := recover()
			if p != nil && p != http.ErrAbortHandler {
				h.cfg.Logger.Error("a request failed inside the hub", "request", c.id, "panic", p, "stack", string(debug.Stack()))
				if sw.status == 0 {
					http.Error(sw, "internal error, request "+c.id, http.StatusInternalServerError)
				}
			}
			if !c.handedOver {
				line.log(c, sw.status, sw.bytes, nil)
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
		}()
		next.ServeHTTP(sw, r)
	})
}
