package hub_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"

	"amalgam/hub"
	"amalgam/hub/forwarded"
	"amalgam/hub/hubtest"
)

// behind starts a hub that trusts the proxies named, and returns a function
// that subscribes as a proxy on this machine does for a client.
func behind(t *testing.T, config func(*hub.Config), trusted ...string) (*hubtest.Hub, func(client string) *http.Response) {
	t.Helper()
	h := hubtest.Start(t, func(c *hub.Config) {
		if len(trusted) > 0 {
			var err error
			if c.TrustedProxies, err = forwarded.Parse(trusted); err != nil {
				t.Fatal(err)
			}
		}
		config(c)
	})
	return h, func(client string) *http.Response {
		ctx, cancel := context.WithCancel(context.Background())
		t.Cleanup(cancel)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL+"?topic=a", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Forwarded-For", client)
		resp, err := h.Client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
}

func TestStreamsAreCountedByTheAddressThatATrustedProxyHasSeen(t *testing.T) {
	one := func(c *hub.Config) { c.MaxSubscribersPerAddress = 1 }
	for _, c := range []struct {
		name    string
		trusted []string
		second  int
	}{
		{"a trusted proxy", []string{"127.0.0.0/8"}, http.StatusOK},
		{"somebody else", []string{"10.0.0.0/8"}, http.StatusTooManyRequests},
		{"nobody is trusted", nil, http.StatusTooManyRequests},
	} {
		_, subscribe := behind(t, one, c.trusted...)
		if got := subscribe("1.1.1.1").StatusCode; got != http.StatusOK {
			t.Fatalf("%s: the first stream: %d", c.name, got)
		}
		if got := subscribe("2.2.2.2").StatusCode; got != c.second {
			t.Errorf("%s: a stream of another client: %d, want %d", c.name, got, c.second)
		}
		if got := subscribe("2.2.2.2, 1.1.1.1").StatusCode; got != http.StatusTooManyRequests {
			t.Errorf("%s: another stream of the first, which claims to be another: %d", c.name, got)
		}
	}
	_, subscribe := behind(t, one, "127.0.0.1")
	subscribe("2001:db8::1")
	if got := subscribe("2001:db8::ffff").StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("another address of the same /64: %d", got)
	}
}

// remotes is a slog.Handler that collects whom requests are from.
type remotes chan string

func (h remotes) Enabled(context.Context, slog.Level) bool { return true }
func (h remotes) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h remotes) WithGroup(string) slog.Handler            { return h }
func (h remotes) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "remote" {
			h <- a.Value.String()
		}
		return true
	})
	return nil
}

func TestTheLogAndTheResourceAreTheClients(t *testing.T) {
	seen := make(remotes, 10)
	h, _ := behind(t, func(c *hub.Config) { c.Logger = slog.New(seen) }, "127.0.0.1")
	resp, body := h.Do(t, http.MethodGet, h.Base+hub.MetadataPath, http.Header{
		"X-Forwarded-For": {"6.6.6.6, 1.1.1.1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"hub.example"},
	}, "")
	var m struct{ Resource string }
	if err := json.Unmarshal([]byte(body), &m); err != nil || m.Resource != "https://hub.example"+hub.DefaultPath {
		t.Errorf("the resource is %q (%s, %v)", m.Resource, resp.Status, err)
	}
	if got := <-seen; got != "1.1.1.1" {
		t.Errorf("the log says the request is from %s", got)
	}
}

func TestAPageOnTheHostThatTheProxyServesMayPublishWithItsCookie(t *testing.T) {
	token := hubtest.PublisherToken(t, "*")
	header := http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {"mercureAuthorization=" + token},
		"X-Forwarded-For": {"1.1.1.1"}, "X-Forwarded-Host": {"hub.example"}, "Origin": {"https://hub.example"},
	}
	none := func(*hub.Config) {}
	for trusted, want := range map[string]int{"127.0.0.1": http.StatusOK, "10.0.0.0/8": http.StatusForbidden} {
		h, _ := behind(t, none, trusted)
		if resp, body := h.Do(t, http.MethodPost, h.URL, header, "topic=a&data=x"); resp.StatusCode != want {
			t.Errorf("trusting %s: %s %s, want %d", trusted, resp.Status, body, want)
		}
	}
}
