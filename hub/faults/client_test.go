package faults

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"amalgam/hub/hubtest"
	"amalgam/hub/hubtest/process"
	"amalgam/hub/sse"
)

// start starts a hub. The caller ends it.
func start(t *testing.T, directives string) *process.Hub {
	t.Helper()
	bin, err := process.Binary()
	if err != nil {
		t.Fatal(err)
	}
	h, err := process.Start(process.Options{
		Bin: bin, Data: t.TempDir(), Directives: directives,
		PublisherKey: hubtest.PublisherSecret, SubscriberKey: hubtest.SubscriberSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// dialer leaves from another address than the hub's, where there is one: while
// the hub is down, the port of a connection must not be the hub's own.
var dialer = func() net.Dialer {
	d := net.Dialer{}
	if runtime.GOOS == "linux" {
		d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}
	}
	return d
}()

// A client publishes and subscribes at one hub.
type client struct {
	url       string
	publisher string // its token
	http      *http.Client
}

func newClient(t *testing.T, hub string) *client {
	transport := &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{url: hub, publisher: hubtest.PublisherToken(t, "*"), http: &http.Client{Transport: transport}}
}

// publish returns the id that the hub answered, and its status, 0 if there was
// no answer.
func (c *client) publish(ctx context.Context, form url.Values) (id string, status int, err error) {
	return c.post(ctx, form.Encode())
}

// post is publish with a form that is encoded already.
func (c *client) post(ctx context.Context, body string) (id string, status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+c.publisher)
	resp, err := c.http.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", 0, err
	}
	if resp.StatusCode/100 != 2 {
		return "", resp.StatusCode, fmt.Errorf("publishing: %s: %.300s", resp.Status, answer)
	}
	return string(answer), resp.StatusCode, nil
}

// A stream is an open subscription.
type stream struct {
	*sse.Reader
	answer string // to the cursor
	body   io.Closer
}

func (s *stream) close() { _ = s.body.Close() }

// subscribe opens a stream; cursor and token may be "". It ends with ctx.
func (c *client) subscribe(ctx context.Context, query, token, cursor string) (*stream, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"?"+query, nil)
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if cursor != "" {
		req.Header.Set("Last-Event-ID", cursor)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, &refused{resp.Status}
	}
	return &stream{sse.NewReader(resp.Body), resp.Header.Get("Last-Event-ID"), resp.Body}, nil
}

// refused says that a hub that runs did not grant a stream.
type refused struct{ status string }

func (r *refused) Error() string { return "subscribing: " + r.status }
