package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"
)

const maxRedirects = 3

// reach goes to the hub by name, port, TLS and HTTP, following redirects on the
// same host, and keeps the first answer that is none.
func (e *exam) reach(ctx context.Context) bool {
	for redirects := 0; ; redirects++ {
		e.plan()
		if !e.viaProxy() && !e.dial(ctx) {
			return false
		}
		if !e.request(ctx) {
			return false
		}
		to, ok := e.redirected()
		if !ok {
			e.checkProtocol()
			return true
		}
		if redirects == maxRedirects {
			e.add("reachability", "redirect", Problem, "The URL redirects more than %d times.", maxRedirects).
				mend("Give clients the URL of the hub itself, and let no rule redirect it.")
			return false
		}
		if to == nil {
			return false
		}
		e.hub = to
	}
}

// plan resets what depends on the address under examination.
func (e *exam) plan() {
	if e.hub.Path == "" {
		u := *e.hub
		u.Path = "/"
		e.hub = &u
	}
	e.trusted, e.private = false, thisMachine(e.hub.Hostname())
	e.useClient(true)
}

// viaProxy reports whether the environment sends requests through a proxy, in
// which case the hub's address is for the proxy to find.
func (e *exam) viaProxy() bool {
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: e.hub})
	if err != nil || proxy == nil {
		return false
	}
	e.add("reachability", "proxy", Skipped, "Name and port were not examined: HTTP_PROXY or HTTPS_PROXY sends requests through %s.", proxy.Host).
		mend("Set NO_PROXY=%s to go there directly.", e.hub.Hostname())
	return true
}

// dial looks the name up and tries each of its addresses.
func (e *exam) dial(ctx context.Context) bool {
	host, port := e.hub.Hostname(), portOf(e.hub)
	ctx, cancel := context.WithTimeout(ctx, e.o.Timeout)
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(ips) == 0 {
		f := e.add("reachability", "dns", Problem, "The name %s has no address: %s.", host, reason(err))
		f.mend("Compare the name letter by letter, and ask for its A and AAAA records with `dig %s`.", host)
		return false
	}
	var names []string
	everyPrivate := true
	for i, ip := range ips {
		ips[i] = ip.Unmap()
		names = append(names, ips[i].String())
		everyPrivate = everyPrivate && (ips[i].IsPrivate() || ips[i].IsLoopback() || ips[i].IsLinkLocalUnicast())
	}
	e.private = e.private || everyPrivate
	if _, err := netip.ParseAddr(host); err != nil {
		e.add("reachability", "dns", OK, "%s is %s.", host, strings.Join(names, ", "))
	}
	ips = ips[:min(len(ips), 8)]
	errs := make([]error, len(ips))
	took := make([]time.Duration, len(ips))
	var wg sync.WaitGroup
	for i, ip := range ips {
		wg.Go(func() {
			start := time.Now()
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(ip.String(), port))
			if errs[i] = err; err == nil {
				took[i] = time.Since(start)
				_ = conn.Close()
			}
		})
	}
	wg.Wait()
	return e.dialled(ips, errs, took)
}

func (e *exam) dialled(ips []netip.Addr, errs []error, took []time.Duration) bool {
	port := portOf(e.hub)
	var dead []string
	var last error
	best := time.Duration(-1)
	for i, err := range errs {
		if err != nil {
			dead, last = append(dead, ips[i].String()), err
		} else if best < 0 || took[i] < best {
			best = took[i]
		}
	}
	switch {
	case best < 0 && errors.Is(last, syscall.ECONNREFUSED):
		e.add("reachability", "tcp", Problem, "Nothing listens on port %s of %s.", port, e.hub.Hostname()).
			mend("Start the hub, or give the port it listens on; in a container, publish the port.")
	case best < 0:
		e.add("reachability", "tcp", Problem, "No connection to port %s of %s: %s.", port, e.hub.Hostname(), reason(last)).
			mend("Open the port in the firewall between here and the hub.")
	case len(dead) > 0 && !thisMachine(e.hub.Hostname()):
		e.add("reachability", "tcp", Warning, "Port %s answers, but not on %s: some clients wait there first.", port, strings.Join(dead, ", ")).
			mend("Let the hub listen on that address too, or take it out of the DNS.").value("connect_ms", millis(best))
	default:
		e.add("reachability", "tcp", OK, "Port %s answers in %s.", port, short(best)).value("connect_ms", millis(best))
	}
	return best >= 0
}

// request sends the first request: a subscription that names no topic.
func (e *exam) request(ctx context.Context) bool {
	a, err := e.ask(ctx, question{})
	var bad *tls.CertificateVerificationError
	var alert tls.AlertError
	strict := true
	if errors.As(err, &bad) || errors.As(err, &alert) || err != nil && strings.Contains(err.Error(), "protocol version") {
		strict = false
		e.useClient(false)
		a, err = e.ask(ctx, question{})
	}
	if err != nil {
		e.noAnswer(err)
		return false
	}
	a.close()
	e.base = a
	e.checkTLS(strict)
	return true
}

func (e *exam) noAnswer(err error) {
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &record) || strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		e.add("tls", "tls-version", Problem, "Port %s does not speak TLS.", portOf(e.hub)).
			mend("Give an http:// URL, or the port on which TLS is served.")
	case errors.Is(err, errHeldBack):
		e.add("reachability", "http", Problem, "The connection is taken, but no answer came in %s.", short(e.o.Timeout)).
			mend("Look at the log of the proxy in front: its upstream hangs, or is not the hub.")
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		e.add("reachability", "http", Problem, "The connection was closed without an answer.").
			mend("This may be no HTTP server, or one that wants TLS: compare the port, and try https://.")
	default:
		e.add("reachability", "http", Problem, "There is no answer over HTTP: %s.", reason(err)).
			mend("Try `curl -v %s`, which shows each step.", e.hub)
	}
}

// redirected reports whether the answer sends clients elsewhere, and where to
// go on; nil is not to go on.
func (e *exam) redirected() (to *url.URL, is bool) {
	switch e.base.StatusCode {
	case 301, 302, 303, 307, 308:
	default:
		return nil, false
	}
	to, err := e.base.Location()
	if err != nil {
		e.add("reachability", "redirect", Problem, "The hub's URL answers %s and does not say where to.", e.base.Status).
			mend("Look at the configuration of the server at this URL.")
		return nil, true
	}
	to.RawQuery, to.Fragment, to.User = "", "", nil
	text, args := "The URL redirects (%d) to %s.", []any{e.base.StatusCode, to}
	if to.Hostname() != e.hub.Hostname() {
		e.add("reachability", "redirect", Problem, text, args...).
			mend("If that is the hub, give clients that URL and run `amalgam doctor %s`; if it is a login page, let the hub's path pass without it.", to)
		return nil, true
	}
	e.add("reachability", "redirect", Problem, text, args...).
		mend("Give clients %s itself: a redirected POST loses its body, and pages lose their Authorization header.", to)
	return to, true
}

// checkProtocol says which HTTP version the hub is served by.
func (e *exam) checkProtocol() {
	switch {
	case e.base.ProtoMajor >= 2:
		e.add("reachability", "http-version", OK, "It is served over %s, which carries many streams on one connection.", e.base.Proto)
	case e.hub.Scheme == "https":
		// Some choose it, as demo/deploy/apache.conf does.
		e.add("reachability", "http-version", OK, "It is served over %s, with which a browser opens at most six connections to a host, all tabs together, and each stream takes one.", e.base.Proto).
			mend("Have the tabs share one stream (the SDK's option `share: true`), or turn on HTTP/2 in the server that ends TLS, unless that is Apache.")
	default:
		e.add("reachability", "http-version", OK, "It is served over %s, as everything without TLS is to a browser.", e.base.Proto)
	}
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// reason is the innermost cause of a network error, without addresses.
func reason(err error) string {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case err == nil:
		return "the answer is empty"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no such host"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded), errors.Is(err, errHeldBack):
		return "no answer in time"
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return excerpt(err.Error())
		}
		err = inner
	}
}

func millis(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}

// short is a duration as one reads it.
func short(d time.Duration) string {
	if d.Abs() >= 2*time.Minute {
		d = d.Round(time.Minute)
	}
	switch day := 24 * time.Hour; {
	case d < 0:
		return short(-d)
	case d >= 2*day:
		return fmt.Sprintf("%d days", int(d.Round(time.Hour)/day))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Round(time.Hour).Hours()))
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d >= 10*time.Second:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d >= time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Millisecond:
		return "less than 1 ms"
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}
