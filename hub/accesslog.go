package hub

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
	"unique"
)

// accessLine is what the log says of a request besides its outcome. A stream
// keeps one as long as it lasts. The query is not in it: it can hold a token;
// nor is any header but User-Agent.
type accessLine struct {
	logger              *slog.Logger
	refusedOnly         bool
	method, path, proto string
	remote              string
	agent               unique.Handle[string] // many clients share one
}

// maxLogged bounds, in bytes, what a client can put into one field of the log.
const maxLogged = 512

func (h *Hub) newAccessLine(r *http.Request) accessLine {
	return accessLine{
		logger: h.cfg.Logger, refusedOnly: h.cfg.NoAccessLog, method: clip(r.Method), path: clip(r.URL.Path),
		proto: r.Proto, remote: r.RemoteAddr, agent: unique.Make(clip(r.UserAgent())),
	}
}

// clip cuts what is too long to be logged, between two characters.
func clip(s string) string {
	if len(s) <= maxLogged {
		return s
	}
	end := maxLogged
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// log writes the line. What was refused, or failed in the hub, is in the log of
// every hub.
func (l *accessLine) log(c *call, status int, bytes uint64, attrs []slog.Attr) {
	level := slog.LevelInfo
	switch {
	case c.refusal != nil:
		level = slog.LevelWarn
	case l.refusedOnly && status < http.StatusInternalServerError:
		return
	}
	ctx := context.Background()
	if !l.logger.Enabled(ctx, level) {
		return
	}
	l.logger.LogAttrs(ctx, level, "request", slices.Concat([]slog.Attr{
		slog.String("request", c.id),
		slog.String("method", l.method),
		slog.String("path", l.path),
		slog.String("proto", l.proto),
		slog.String("remote", l.remote),
		slog.String("agent", l.agent.Value()),
		slog.Int("status", status),
		slog.Uint64("bytes", bytes),
		slog.Duration("took", time.Since(c.start).Round(time.Microsecond)),
	}, c.attrs, attrs)...)
}

// statusWriter remembers the status and counts the body for the access log.
type statusWriter struct {
	http.ResponseWriter
	status int
	bytes  uint64
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK { // others are on the way to it
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += uint64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
