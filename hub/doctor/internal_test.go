package doctor

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSites(t *testing.T) {
	for _, c := range []struct {
		a, b, site string
		same       bool
	}{
		{"app.example.com", "hub.example.com", "example.com", true},
		{"example.com", "a.b.example.com", "example.com", true},
		{"app.example.com", "evil-example.com", "", false},
		{"a.github.io", "b.github.io", "", false}, // a public suffix
		{"shop.co.uk", "hub.co.uk", "", false},
		{"localhost", "localhost", "localhost", true},
		{"localhost", "127.0.0.1", "", false},
		{"10.0.0.1", "10.0.0.1", "10.0.0.1", true},
		{"1.0.0.1", "2.0.0.1", "", false},
	} {
		if site, same := sameSite(c.a, c.b); same != c.same || same && site != c.site {
			t.Errorf("sameSite(%q, %q) = %q, %v, want %q, %v", c.a, c.b, site, same, c.site, c.same)
		}
	}
}

func TestHubURLsAsPeopleWriteThem(t *testing.T) {
	for in, want := range map[string]string{
		"hub.example.com":               "https://hub.example.com",
		"HUB.example.com:8443/x":        "https://hub.example.com:8443/x",
		"localhost:3000":                "http://localhost:3000",
		"127.0.0.1:3000/hub":            "http://127.0.0.1:3000/hub",
		"http://[::1]:3000":             "http://[::1]:3000",
		"https://hub.example.com/a%2Fb": "https://hub.example.com/a%2Fb",
	} {
		if u, err := hubURL(in); err != nil || u.String() != want {
			t.Errorf("hubURL(%q) = %v, %v, want %s", in, u, err, want)
		}
	}
}

// What cannot be seen from a test's own machine: a hub on a network.
func TestPlainHTTPAndCookiesAwayFromThisMachine(t *testing.T) {
	for _, c := range []struct {
		hub               string
		private, insecure bool
		status            Status
		trusted           bool
	}{
		{"http://localhost/", true, false, OK, true},
		{"http://hub.internal/", true, false, Warning, true},
		{"http://hub.example.com/", false, false, Problem, false},
		{"http://hub.example.com/", false, true, Problem, true},
	} {
		u, err := url.Parse(c.hub)
		if err != nil {
			t.Fatal(err)
		}
		e := newExam(Options{Insecure: c.insecure}, u)
		e.private, e.base = c.private, &answer{Response: &http.Response{}}
		e.checkTLS(true)
		if f := e.findings[0]; f.Status != c.status || f.Check != "tls-version" || e.trusted != c.trusted {
			t.Errorf("%+v: %s, trusted %v", c, f.Status, e.trusted)
		}
	}
	for _, c := range []struct {
		hub, page string
		check     string
		status    Status
	}{
		{"http://hub.example.com/", "http://app.example.com", "cookie-secure", Problem},
		{"https://hub.example.com/", "http://app.example.com", "cookie-site", Problem},
		{"https://hub.example.com/", "https://app.example.com", "cookie-site", OK},
		{"https://hub.example.com/", "https://app.example.org", "cookie-site", Problem},
		{"http://hub.example.com/", "https://app.example.com", "mixed-content", Problem},
	} {
		u, err := url.Parse(c.hub)
		if err != nil {
			t.Fatal(err)
		}
		e := newExam(Options{Cookie: true, Token: "a.b.c", Origin: c.page, Timeout: time.Second}, u)
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // only what needs no hub
		e.checkBrowser(ctx)
		found := false
		for _, f := range e.findings {
			found = found || f.Check == c.check && f.Status == c.status
		}
		if !found {
			t.Errorf("%+v: %+v", c, *e.findings[0])
		}
	}
}

func TestSomeAddressesOfANameAreDead(t *testing.T) {
	ips := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}
	timeout := &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}
	for _, c := range []struct {
		errs   []error
		status Status
		words  string
	}{
		{[]error{nil, nil}, OK, "answers in 3 ms"},
		{[]error{nil, timeout}, Warning, "but not on 2001:db8::1"},
		{[]error{timeout, timeout}, Problem, "No connection to port 443 of hub.example.com: no answer in time"},
		{[]error{timeout, syscall.ECONNREFUSED}, Problem, "Nothing listens"},
	} {
		e := newExam(Options{}, &url.URL{Scheme: "https", Host: "hub.example.com"})
		ok := e.dialled(ips, c.errs, []time.Duration{3 * time.Millisecond, 5 * time.Millisecond})
		if f := e.findings[0]; f.Status != c.status || !strings.Contains(f.Text, c.words) || ok != (c.status != Problem) {
			t.Errorf("%v: %v %+v", c.errs, ok, f)
		}
	}
}

func TestShortDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "less than 1 ms", 12 * time.Millisecond: "12 ms", 1500 * time.Millisecond: "1.5 s", 45 * time.Second: "45 s",
		59*time.Minute + 59*time.Second: "60 minutes", 119*time.Minute + 40*time.Second: "2 hours", 3 * time.Hour: "3 hours", -50 * time.Hour: "2 days",
	} {
		if got := short(d); got != want {
			t.Errorf("short(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestEveryTokenIsSpoiltByItsSignature(t *testing.T) {
	for _, token := range []string{"a.b.cccc", "a.b.Accc", "a.b."} {
		if s := spoil(token); s == token || s[:4] != "a.b." || len(s) < len(token) {
			t.Errorf("spoil(%q) = %q", token, s)
		}
	}
}
