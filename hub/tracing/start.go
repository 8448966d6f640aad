package tracing

import (
	"context"
	"errors"
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"amalgam/hub"
)

// Traces are spans on their way to a collector. Its methods work on nil, which
// records nothing.
type Traces struct {
	provider *sdk.TracerProvider
	parents  bool
	url      string
}

// Start begins to send traces if the environment names an endpoint, and returns
// nil if not. Each fault of a variable is reported, with its mend. The caller
// ends it with Close.
func Start(getenv func(string) string, version string, logger *slog.Logger) (*Traces, error) {
	e, err := read(getenv)
	if err != nil || e.url == "" {
		return nil, err
	}
	about, err := describe(version)
	if err != nil {
		return nil, err
	}
	return &Traces{
		provider: sdk.NewTracerProvider(sdk.WithResource(about), sdk.WithBatcher(newExporter(e, logger))),
		parents:  e.parents,
		url:      e.shown,
	}, nil
}

// Check reports what Start would, and sends nothing. url is where traces would
// go, without a password, "" for nowhere.
func Check(getenv func(string) string) (url string, err error) {
	e, err := read(getenv)
	if err == nil && e.url != "" {
		_, err = describe("")
	}
	return e.shown, err
}

// describe says which hub traces are from.
func describe(version string) (*resource.Resource, error) {
	// What the environment says comes last, and replaces what comes before.
	about, err := resource.New(context.Background(),
		resource.WithAttributes(attribute.String("service.name", "amalgam"), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, err
	}
	if err != nil {
		return nil, errors.New("OTEL_RESOURCE_ATTRIBUTES: write name=value, several with commas between them")
	}
	return about, nil
}

// Tracer is for hub.Config.
func (t *Traces) Tracer() hub.Tracer {
	if t == nil {
		return nil
	}
	return New(t.provider, t.parents)
}

// URL is where traces go, without a password, "" for nowhere.
func (t *Traces) URL() string {
	if t == nil {
		return ""
	}
	return t.url
}

// Close sends what is left, as long as ctx allows.
func (t *Traces) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}
