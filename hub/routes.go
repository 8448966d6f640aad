package hub

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"amalgam/hub/dialect"
	"amalgam/hub/dialect/draft1"
)

// methodQuery is GET with a body (RFC 10008).
const methodQuery = "QUERY"

// routes lays out the hub's paths. Paths are matched as they were sent, still
// escaped, because a subscription's path holds escaped slashes.
func (h *Hub) routes() http.Handler {
	r := mux.NewRouter().UseEncodedPath().SkipClean(true)
	r.HandleFunc(h.cfg.Path, h.subscribe).Methods(http.MethodGet, http.MethodHead, methodQuery)
	r.HandleFunc(h.cfg.Path, h.publish).Methods(http.MethodPost)
	r.HandleFunc(draft1.MetadataPrefix+h.cfg.Path, h.metadata).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc(h.cfg.Path+"/payloads", h.servePayloads).Methods(http.MethodGet, http.MethodHead)
	if h.cfg.Subscriptions {
		api := h.cfg.Path + "/subscriptions"
		for _, p := range []string{"", "/{1}", "/{1}/{2}", "/{1}/{2}/{3}"} {
			r.HandleFunc(api+p, h.listSubscriptions).Methods(http.MethodGet, http.MethodHead)
		}
	}
	r.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if refusal := h.misdirected(r); refusal != nil {
				h.refuse(w, r, refusal)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	r.MethodNotAllowedHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allow, serves := corsMethods, "GET subscribes, POST publishes"
		if r.URL.Path != h.cfg.Path {
			allow, serves = "GET, HEAD, OPTIONS", "it can only be read, with GET"
		}
		w.Header().Set("Allow", allow)
		h.refuse(w, r, dialect.Refuse(http.StatusMethodNotAllowed, "method", "", "%s is not a method of this resource: %s", r.Method, serves))
	})
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.refuse(w, r, refuseNotFound())
	})
	return h.observe(h.cors(r))
}

// call is what is known about one request while it runs.
type call struct {
	id         string
	start      time.Time
	scheme     string      // that the client used
	attrs      []slog.Attr // for the line that is logged when the request ends
	refused    bool
	handedOver bool // the stream goes on after the handler has returned
	finish     func(...slog.Attr)
}

type callKey struct{}

// note adds to the line that is logged when the request ends.
func note(r *http.Request, attrs ...slog.Attr) {
	if c, ok := r.Context().Value(callKey{}).(*call); ok {
		c.attrs = append(c.attrs, attrs...)
	}
}

// handOver lets the log line of a request wait for end, which is called when
// its stream ends, long after the request has been forgotten.
func handOver(r *http.Request) (end func(...slog.Attr)) {
	c, ok := r.Context().Value(callKey{}).(*call)
	if !ok {
		return func(...slog.Attr) {}
	}
	c.handedOver = true
	return c.finish
}

// observe finds out who a request is from, gives it an id, logs it when it has
// ended, and turns a panic into a 500. From here on RemoteAddr and Host are the
// client's, whatever proxies it came through. The query is not logged: it can
// hold a token.
func (h *Hub) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := h.cfg.TrustedProxies.Resolve(r)
		c := &call{id: uuid.NewString(), start: time.Now(), scheme: from.Scheme}
		r = r.WithContext(context.WithValue(r.Context(), callKey{}, c)) // a copy
		r.RemoteAddr, r.Host = from.Address, from.Host
		sw := &statusWriter{ResponseWriter: w}
		w.Header().Set("X-Request-Id", c.id)
		line := requestLine{logger: h.cfg.Logger, method: r.Method, path: r.URL.Path, remote: r.RemoteAddr}
		c.finish = func(attrs ...slog.Attr) { line.log(c, http.StatusOK, attrs) }
		defer func() {
			p := recover()
			if p != nil && p != http.ErrAbortHandler {
				h.cfg.Logger.Error("a request failed inside the hub", "request", c.id, "panic", p, "stack", string(debug.Stack()))
				if sw.status == 0 {
					http.Error(sw, "internal error, request "+c.id, http.StatusInternalServerError)
				}
			}
			if !c.handedOver {
				line.log(c, sw.status, nil)
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
		}()
		next.ServeHTTP(sw, r)
	})
}

// requestLine is what the log says of a request besides its outcome.
type requestLine struct {
	logger               *slog.Logger
	method, path, remote string
}

func (l *requestLine) log(c *call, status int, attrs []slog.Attr) {
	level := slog.LevelInfo
	if c.refused {
		level = slog.LevelWarn
	}
	l.logger.LogAttrs(context.Background(), level, "request", slices.Concat([]slog.Attr{
		slog.String("request", c.id),
		slog.String("method", l.method),
		slog.String("path", l.path),
		slog.String("remote", l.remote),
		slog.Int("status", status),
		slog.Duration("took", time.Since(c.start).Round(time.Microsecond)),
	}, c.attrs, attrs)...)
}

// statusWriter remembers the status for the request log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
