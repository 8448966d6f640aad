package doctor_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"amalgam/hub"
	"amalgam/hub/doctor"
	"amalgam/hub/hubtest"
)

func TestAHubThatCannotBeReached(t *testing.T) {
	// Below those that are given out: one that was just closed is soon another's.
	const closed = "127.0.0.1:1"

	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, answers nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()

	foreign, err := net.Listen("tcp", "127.0.0.1:0") // speaks something else
	if err != nil {
		t.Fatal(err)
	}
	rude, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and closes them
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	for l, greeting := range map[net.Listener]string{rude: "", foreign: "SSH-2.0-x\r\n\r\n"} {
		accepting.Go(func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Read(make([]byte, 4096))
				_, _ = conn.Write([]byte(greeting))
				conn.Close()
			}
		})
	}
	defer accepting.Wait()
	defer rude.Close()
	defer foreign.Close()

	h := start(t, nil)
	for _, c := range []struct {
		name, url, check string
		words            []string
	}{
		{"another protocol", "http://" + foreign.Addr().String(), "http", []string{"no answer over HTTP", "curl -v"}},
		{"no HTTP", "http://" + rude.Addr().String(), "http", []string{"closed without an answer", "https://"}},
		{"no such name", "https://hub.invalid", "dns", []string{"hub.invalid has no address", "dig hub.invalid"}},
		{"nothing listens", "http://" + closed, "tcp", []string{"Nothing listens", "Start the hub"}},
		{"no answer", "http://" + silent.Addr().String(), "http", []string{"no answer came", "upstream"}},
		{"no TLS", strings.Replace(h.URL, "http:", "https:", 1), "tls-version", []string{"does not speak TLS", "http://"}},
	} {
		r := examine(t, doctor.Options{URL: c.url, Timeout: 2 * time.Second, Token: classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"a"}), Topics: []string{"b"}})
		want(t, r, c.check, doctor.Problem, c.words...)
		want(t, r, "access", doctor.Skipped, "could not be reached")
		// What a token says of itself needs no hub.
		want(t, r, "token-covers-subscribe", doctor.Problem, `"b"`, "--subscribe 'b'")
	}
}

func TestCertificatesThatClientsRefuse(t *testing.T) {
	h := start(t, nil)
	ca, other := newAuthority(t), newAuthority(t)
	now, day := time.Now(), 24*time.Hour
	var sent atomic.Bool
	watched := before(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			sent.Store(true)
		}
	})(h.Hub)
	token := classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"})
	for _, c := range []struct {
		name   string
		cert   tls.Certificate
		roots  *x509.CertPool
		status doctor.Status
		words  []string
	}{
		{"expired", ca.sign(t, "", now.Add(-90*day), now.Add(-3*day)), ca.pool, doctor.Problem, []string{"expired 3 days ago", "Renew"}},
		{"not valid yet", ca.sign(t, "", now.Add(3*time.Hour+time.Minute), now.Add(90*day)), ca.pool, doctor.Problem, []string{"valid only from", "in 3 hours", "clocks"}},
		{"of another name", ca.sign(t, "other.example", now.Add(-day), now.Add(90*day)), ca.pool, doctor.Problem, []string{"not for 127.0.0.1, but for other.example"}},
		{"of an unknown authority", ca.sign(t, "", now.Add(-day), now.Add(90*day)), other.pool, doctor.Problem, []string{"Test Authority", "fullchain.pem", "--ca-file"}},
		{"signed by itself", newAuthority(t).sign(t, "", now.Add(-day), now.Add(90*day)), nil, doctor.Problem, []string{"not known here"}},
		{"about to expire", ca.sign(t, "", now.Add(-88*day), now.Add(2*day+time.Hour)), ca.pool, doctor.Warning, []string{"expires in 2 days"}},
		{"short-lived by design", ca.sign(t, "", now.Add(-2*day), now.Add(4*day+time.Hour)), ca.pool, doctor.OK, []string{"another 4 days"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent.Store(false)
			o := doctor.Options{URL: frontTLS(t, watched, c.cert) + hub.DefaultPath, RootCAs: c.roots, Token: token}
			r := examine(t, o)
			want(t, r, "tls-certificate", c.status, c.words...)
			if n := strings.Count(show(r), "tls-certificate:"); n != 1 {
				t.Errorf("%d findings on the certificate, want 1:\n%s", n, show(r))
			}
			want(t, r, "hub", doctor.OK) // the rest is examined all the same
			refused := c.status == doctor.Problem
			if refused {
				want(t, r, "token-subscribe", doctor.Problem, "not sent", "--insecure")
			} else {
				want(t, r, "token-subscribe", doctor.OK)
			}
			if sent.Load() == refused {
				t.Errorf("the token was sent: %v, want the opposite", sent.Load())
			}
			if o.Insecure = true; refused {
				want(t, examine(t, o), "token-subscribe", doctor.OK)
			}
		})
	}
}

func TestTLSThatIsTooOld(t *testing.T) {
	h := start(t, nil)
	ca := newAuthority(t)
	s := tls.Config{Certificates: []tls.Certificate{ca.sign(t, "", time.Now().Add(-time.Hour), time.Now().AddDate(0, 3, 0))}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, NextProtos: []string{"http/1.1"}}
	base := serveTLS(t, h.Hub, &s)
	r := examine(t, doctor.Options{URL: base + hub.DefaultPath, RootCAs: ca.pool})
	want(t, r, "tls-version", doctor.Problem, "TLS 1.1", "1.3")
	want(t, r, "http-version", doctor.OK, "HTTP/1.1", "six connections", "`share: true`", "HTTP/2")
}

func TestHTTPOnAPortThatWantsTLS(t *testing.T) {
	h := start(t, nil)
	ca := newAuthority(t)
	base := frontTLS(t, h.Hub, ca.sign(t, "", time.Now().Add(-time.Hour), time.Now().AddDate(0, 3, 0)))
	r := examine(t, doctor.Options{URL: strings.Replace(base, "https:", "http:", 1) + hub.DefaultPath})
	want(t, r, "hub", doctor.Problem, "wants TLS", "Use https://")
}

func TestAHubBehindTLSThatDoesNotKnowOfIt(t *testing.T) {
	h := start(t, nil)
	ca := newAuthority(t)
	// As a proxy that ends TLS and does not pass X-Forwarded-Proto.
	hidden := before(func(_ http.ResponseWriter, r *http.Request) { r.TLS = nil })(h.Hub)
	base := frontTLS(t, hidden, ca.sign(t, "", time.Now().Add(-time.Hour), time.Now().AddDate(0, 3, 0)))
	r := examine(t, doctor.Options{URL: base + hub.DefaultPath, RootCAs: ca.pool})
	want(t, r, "metadata", doctor.Problem, "takes itself for http://", "X-Forwarded-Proto", "resource_identifier")
	wantOnly(t, r, "metadata")
}

func TestRedirects(t *testing.T) {
	h := start(t, nil)
	to := func(status int, where func(*http.Request) string) wrapper {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/old") {
					http.Redirect(w, r, where(r), status)
					return
				}
				next.ServeHTTP(w, r)
			})
		}
	}
	t.Run("on the same host", func(t *testing.T) {
		base := front(t, h.Hub, to(301, func(*http.Request) string { return hub.DefaultPath }))
		r := examine(t, doctor.Options{URL: base + "/old"})
		want(t, r, "redirect", doctor.Problem, "(301)", base+hub.DefaultPath, "loses its body")
		want(t, r, "hub", doctor.OK)
		wantOnly(t, r, "redirect")
		if r.Examined != base+hub.DefaultPath {
			t.Errorf("examined %s", r.Examined)
		}
	})
	t.Run("to another host, which never sees the token", func(t *testing.T) {
		other := front(t, h.Hub, before(func(_ http.ResponseWriter, r *http.Request) {
			t.Errorf("the other host was asked %s %s", r.Method, r.URL)
		}))
		other = strings.Replace(other, "127.0.0.1", "localhost", 1)
		base := front(t, h.Hub, to(302, func(*http.Request) string { return other + "/login" }))
		r := examine(t, doctor.Options{URL: base + "/old", Token: classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"})})
		want(t, r, "redirect", doctor.Problem, "(302)", other+"/login", "amalgam doctor "+other, "login")
		want(t, r, "stream", doctor.Skipped)
	})
	t.Run("in a circle", func(t *testing.T) {
		base := front(t, h.Hub, to(307, func(r *http.Request) string { return r.URL.Path + "x" }))
		r := examine(t, doctor.Options{URL: base + "/old"})
		want(t, r, "redirect", doctor.Problem, "more than 3 times")
	})
}
