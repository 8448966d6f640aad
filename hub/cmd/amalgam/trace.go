package main

import (
	"context"
	"os"
	"time"

	"amalgam/hub/settings"
	"amalgam/hub/tracing"
)

// tracesWithin bounds how long a stop waits for a collector.
const tracesWithin = 2 * time.Second

// startTraces has the hub's requests recorded, if the environment names a
// collector. stop sends what is left; it comes last, because the ends of streams
// are recorded, too.
func startTraces(s *settings.Settings) (stop func(), err error) {
	traces, err := tracing.Start(os.Getenv, version, s.Hub.Logger)
	if err != nil {
		return nil, faulty(err)
	}
	if traces == nil {
		return func() {}, nil
	}
	s.Hub.Tracer = traces.Tracer()
	s.Hub.Logger.Info("requests are traced", "url", traces.URL())
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), tracesWithin)
		defer cancel()
		if traces.Close(ctx) != nil {
			s.Hub.Logger.Warn("the last traces are lost: the collector did not take them in time", "url", traces.URL())
		}
	}, nil
}
