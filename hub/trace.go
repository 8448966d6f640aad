package hub

import (
	"context"
	"log/slog"
	"net/http"

	"amalgam/hub/dialect"
	"amalgam/hub/fanout"
)

// A Tracer records what the hub does for single requests, as spans. Package
// hub/tracing has one for OpenTelemetry.
type Tracer interface {
	// Request begins the span of a request. Its parent is the span of ctx, or
	// else the one that header names.
	Request(ctx context.Context, name string, header http.Header) (context.Context, Span)
	// Step begins a span within that of ctx.
	Step(ctx context.Context, name string) Span
}

// A Span is something that takes a while. Its methods may be called from any
// goroutine, one after the other.
type Span interface {
	// Set adds attributes, before End.
	Set(attrs ...slog.Attr)
	// End ends it. failed is what went wrong in the hub, or "".
	End(failed string)
	// After records, as a span of its own without duration, what comes of it
	// after its end. It may be called, at most once, long after End.
	After(name string, attrs ...slog.Attr)
}

// The names of spans are those that the reference hub documents, where it has
// them.
const (
	spanPublish       = "mercure.publish"
	spanSubscribe     = "mercure.subscribe"
	spanSubscriptions = "mercure.subscriptions"
	spanStreamEnd     = "mercure.subscribe.end"
	spanAuthorize     = "authorize"
	spanJudge         = "judge"
	spanAppend        = "append"
	spanAttach        = "attach"
)

// traced gives the requests of a handler a span. It ends with the handler,
// unless endSpan has ended it before.
func (h *Hub) traced(name string, next http.HandlerFunc) http.HandlerFunc {
	if h.cfg.Tracer == nil {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, span := h.cfg.Tracer.Request(r.Context(), name, r.Header)
		c := callOf(r)
		c.span = span
		span.Set(slog.String("http.request.method", r.Method), slog.String("url.path", clip(r.URL.Path)), slog.String("amalgam.request", c.id))
		status := http.StatusInternalServerError // of a panic
		defer func() { c.endSpan(status) }()
		next(w, r.WithContext(ctx))
		status = http.StatusOK
	}
}

// endSpan ends the span of a request, if it has one that has not ended.
func (c *call) endSpan(status int, attrs ...slog.Attr) {
	if c.span == nil || c.spanEnded {
		return
	}
	c.spanEnded = true
	failed := ""
	if why := c.refusal; why != nil {
		status = why.Status
		attrs = append(attrs, slog.String("amalgam.rule", why.Rule))
		failed = why.Rule
	}
	if status < http.StatusInternalServerError {
		failed = ""
	} else if failed == "" {
		failed = "panic"
	}
	c.span.Set(append(attrs, slog.Int("http.response.status_code", status))...)
	c.span.End(failed)
}

// connected ends the span of a subscriber whose stream has begun: a span that
// lasted as long as the stream would be seen hours later, or never.
func (c *call) connected(s *fanout.Subscriber, answer string) {
	if c.span == nil {
		return
	}
	attrs := []slog.Attr{slog.String("amalgam.subscriber", s.ID), slog.Int("amalgam.matchers", len(s.Matchers))}
	if answer != "" {
		attrs = append(attrs, slog.String("amalgam.cursor", answer))
	}
	c.endSpan(http.StatusOK, attrs...)
}

// streamEnded records the end of a stream whose beginning has a span.
func (c *call) streamEnded(s *fanout.Subscriber, why fanout.Reason) {
	if c.span == nil {
		return
	}
	events, bytes := s.Sent()
	c.span.After(spanStreamEnd, slog.String("amalgam.subscriber", s.ID), slog.String("amalgam.ended", string(why)),
		slog.Uint64("amalgam.events", events), slog.Uint64("amalgam.bytes", bytes))
}

// step begins a span within that of a request; end takes why the request is
// refused there, or nil. Without a tracer it costs nothing.
func (h *Hub) step(ctx context.Context, name string) (end func(*dialect.Refusal)) {
	if h.cfg.Tracer == nil {
		return untraced
	}
	span := h.cfg.Tracer.Step(ctx, name)
	return func(why *dialect.Refusal) {
		failed := ""
		if why != nil {
			span.Set(slog.String("amalgam.rule", why.Rule))
			if why.Status >= http.StatusInternalServerError {
				failed = why.Rule
			}
		}
		span.End(failed)
	}
}

func untraced(*dialect.Refusal) {}
