package tracing

import (
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	resource "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	otlp "go.opentelemetry.io/proto/slim/otlp/trace/v1"
)

// request makes the body of an export. All spans have one resource: that of
// this process.
func request(spans []sdk.ReadOnlySpan) *collector.ExportTraceServiceRequest {
	if len(spans) == 0 {
		return &collector.ExportTraceServiceRequest{}
	}
	all := &otlp.ResourceSpans{
		Resource:  &resource.Resource{Attributes: keyValues(spans[0].Resource().Attributes())},
		SchemaUrl: spans[0].Resource().SchemaURL(),
	}
	scopes := make(map[instrumentation.Scope]*otlp.ScopeSpans)
	for _, s := range spans {
		by := s.InstrumentationScope()
		by.Attributes = attribute.Set{} // which nobody here sets
		if scopes[by] == nil {
			scopes[by] = &otlp.ScopeSpans{Scope: &common.InstrumentationScope{Name: by.Name, Version: by.Version}, SchemaUrl: by.SchemaURL}
			all.ScopeSpans = append(all.ScopeSpans, scopes[by])
		}
		scopes[by].Spans = append(scopes[by].Spans, encode(s))
	}
	return &collector.ExportTraceServiceRequest{ResourceSpans: []*otlp.ResourceSpans{all}}
}

func encode(s sdk.ReadOnlySpan) *otlp.Span {
	about, parent := s.SpanContext(), s.Parent()
	traceID, spanID := about.TraceID(), about.SpanID()
	out := &otlp.Span{
		TraceId:                traceID[:],
		SpanId:                 spanID[:],
		TraceState:             about.TraceState().String(),
		Flags:                  flags(about.TraceFlags(), parent.IsRemote()),
		Name:                   s.Name(),
		Kind:                   kind(s.SpanKind()),
		StartTimeUnixNano:      nanoseconds(s.StartTime()),
		EndTimeUnixNano:        nanoseconds(s.EndTime()),
		Attributes:             keyValues(s.Attributes()),
		DroppedAttributesCount: clamp(s.DroppedAttributes()),
		DroppedEventsCount:     clamp(s.DroppedEvents()),
		DroppedLinksCount:      clamp(s.DroppedLinks()),
	}
	if id := parent.SpanID(); id.IsValid() {
		out.ParentSpanId = id[:]
	}
	switch s.Status().Code {
	case codes.Error:
		out.Status = &otlp.Status{Code: otlp.Status_STATUS_CODE_ERROR, Message: s.Status().Description}
	case codes.Ok:
		out.Status = &otlp.Status{Code: otlp.Status_STATUS_CODE_OK}
	}
	for _, e := range s.Events() {
		out.Events = append(out.Events, &otlp.Span_Event{TimeUnixNano: nanoseconds(e.Time), Name: e.Name, Attributes: keyValues(e.Attributes)})
	}
	return out
}

// flags are those of W3C, and whether the parent is known to be elsewhere.
func flags(f trace.TraceFlags, remote bool) uint32 {
	all := uint32(f) | uint32(otlp.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK)
	if remote {
		all |= uint32(otlp.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
	}
	return all
}

func kind(k trace.SpanKind) otlp.Span_SpanKind {
	if k == trace.SpanKindServer {
		return otlp.Span_SPAN_KIND_SERVER
	}
	return otlp.Span_SPAN_KIND_INTERNAL
}

func nanoseconds(t time.Time) uint64 { return uint64(max(t.UnixNano(), 0)) }

func clamp(n int) uint32 { return uint32(min(max(n, 0), math.MaxUint32)) }

func keyValues(attrs []attribute.KeyValue) []*common.KeyValue {
	list := make([]*common.KeyValue, len(attrs))
	for i, a := range attrs {
		list[i] = &common.KeyValue{Key: string(a.Key), Value: value(a.Value)}
	}
	return list
}

// value turns what is set here and in OTEL_RESOURCE_ATTRIBUTES into what it is,
// anything else into its text.
func value(v attribute.Value) *common.AnyValue {
	switch v.Type() {
	case attribute.BOOL:
		return &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: v.AsBool()}}
	case attribute.INT64:
		return &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: v.AsInt64()}}
	case attribute.FLOAT64:
		return &common.AnyValue{Value: &common.AnyValue_DoubleValue{DoubleValue: v.AsFloat64()}}
	case attribute.STRING:
		return &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: v.AsString()}}
	}
	return &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: v.Emit()}}
}
