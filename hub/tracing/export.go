package tracing

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/protobuf/proto"
)

// exporter sends spans to a collector (OTLP Specification, OTLP/HTTP). The
// collector is not the hub's: what it does not take is lost, said once, and no
// error.
type exporter struct {
	environment
	client *http.Client
	logger *slog.Logger
	lost   atomic.Bool // since the last that was taken
}

func newExporter(e environment, logger *slog.Logger) *exporter {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = e.tls
	// A redirected POST would arrive as a GET, or take its headers to somebody else.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &exporter{environment: e, client: &http.Client{Transport: transport, CheckRedirect: stay}, logger: logger}
}

// ExportSpans implements sdk.SpanExporter. Calls do not overlap.
func (x *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	body, err := proto.Marshal(request(spans))
	if err == nil && x.gzip {
		body, err = compressed(body)
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, x.timeout)
		defer cancel()
		err = x.send(ctx, body)
	}
	switch {
	case err != nil && !x.lost.Swap(true):
		x.logger.Warn("traces are lost: the collector does not take them", "url", x.shown, "error", err)
	case err == nil && x.lost.Swap(false):
		x.logger.Info("the collector takes traces again", "url", x.url)
	}
	return nil
}

// Shutdown implements sdk.SpanExporter.
func (x *exporter) Shutdown(context.Context) error {
	x.client.CloseIdleConnections()
	return nil
}

// firstPause is how long the first repetition waits; each later one twice as
// long as the one before.
const firstPause = 500 * time.Millisecond

// send posts body, again and again while the collector asks for that and ctx is
// not over.
func (x *exporter) send(ctx context.Context, body []byte) error {
	for pause := firstPause; ; pause *= 2 {
		again, after, err := x.post(ctx, body)
		if err == nil || !again {
			return err
		}
		timer := time.NewTimer(max(after, pause/2+rand.N(pause)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// post sends body once. again says that it may be sent again, after that time.
func (x *exporter) post(ctx context.Context, body []byte) (again bool, after time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, x.url, bytes.NewReader(body))
	if err != nil {
		return false, 0, err
	}
	for name, values := range x.header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	if x.gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	resp, err := x.client.Do(req)
	if err != nil {
		return ctx.Err() == nil, 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 16)
		return true, time.Duration(seconds) * time.Second, errors.New(resp.Status)
	}
	if resp.StatusCode/100 != 2 {
		return false, 0, fmt.Errorf("%s: is the URL the one for OTLP over HTTP?", resp.Status)
	}
	return false, 0, nil
}

func compressed(body []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(body)
	err = errors.Join(err, w.Close()) // which writes, too
	return b.Bytes(), err
}
