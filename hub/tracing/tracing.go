// Package tracing records what a hub does for single requests with
// OpenTelemetry, and sends it by OTLP over HTTP. It reads the standard OTEL_…
// variables.
//
// It has an exporter of its own, because OpenTelemetry's brings gRPC, which the
// hub does not speak, and with it 6 MB (docs/decisions/0014-our-own-otlp-exporter.md).
package tracing

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"amalgam/hub"
)

// scope is the name of what records: the instrumentation scope.
const scope = "amalgam/hub"

// New returns a tracer over a provider. parents says whether a request's
// traceparent header names the parent of its span.
func New(provider trace.TracerProvider, parents bool) hub.Tracer {
	return &tracer{t: provider.Tracer(scope), parents: parents}
}

type tracer struct {
	t       trace.Tracer
	parents bool
}

func (t *tracer) Request(ctx context.Context, name string, header http.Header) (context.Context, hub.Span) {
	if t.parents && !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(header))
	}
	ctx, s := t.t.Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer))
	return ctx, &span{t: t.t, Span: s}
}

func (t *tracer) Step(ctx context.Context, name string) hub.Span {
	_, s := t.t.Start(ctx, name)
	return &span{t: t.t, Span: s}
}

type span struct {
	t trace.Tracer
	trace.Span
}

func (s *span) Set(attrs ...slog.Attr) {
	if s.IsRecording() {
		s.SetAttributes(attributes(attrs)...)
	}
}

func (s *span) End(failed string) {
	if failed != "" {
		s.SetStatus(codes.Error, failed)
	}
	s.Span.End()
}

func (s *span) After(name string, attrs ...slog.Attr) {
	about := s.SpanContext()
	if !about.IsSampled() {
		return
	}
	now := time.Now()
	ctx := trace.ContextWithSpanContext(context.Background(), about)
	_, after := s.t.Start(ctx, name, trace.WithTimestamp(now), trace.WithAttributes(attributes(attrs)...))
	after.End(trace.WithTimestamp(now))
}

func attributes(attrs []slog.Attr) []attribute.KeyValue {
	list := make([]attribute.KeyValue, len(attrs))
	for i, a := range attrs {
		switch a.Value.Kind() {
		case slog.KindInt64:
			list[i] = attribute.Int64(a.Key, a.Value.Int64())
		case slog.KindUint64:
			list[i] = attribute.Int64(a.Key, int64(a.Value.Uint64()))
		default:
			list[i] = attribute.String(a.Key, a.Value.String())
		}
	}
	return list
}
