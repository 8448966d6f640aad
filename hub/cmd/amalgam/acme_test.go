package main

import (
	"context"
	"crypto/tls"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"amalgam/hub/hubtest"
	hubprocess "amalgam/hub/hubtest/process"
)

// httpPort finds the port of HTTP in a hub's log.
var httpPort = regexp.MustCompile(`ports="[^"]*\bhttp://([^\s"]+)`)

func TestADomainGetsItsCertificateByItselfAndServesEveryProtocol(t *testing.T) {
	bin := binary(t)
	for _, c := range []struct {
		challenge, directives string
		overTLS               bool
	}{
		{"HTTP-01", "", false},
		{"TLS-ALPN-01", "auto_https disable_redirects", true},
	} {
		t.Run(c.challenge, func(t *testing.T) {
			acme, data := startACME(t, c.overTLS), t.TempDir()
			options := hubprocess.Options{Bin: bin, Data: data, Address: "https://hub.example.test:0",
				PublisherKey: hubtest.PublisherSecret, SubscriberKey: hubtest.SubscriberSecret,
				Directives: "anonymous\nstop_spread 0\nbind 127.0.0.1\nhttp_port 0\nemail ops@example.com\n" + c.directives +
					"\nacme_ca " + acme.directory + "\nacme_ca_root " + acme.rootFile}
			h, err := hubprocess.Start(options)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(h.Kill)
			acme.lead(t, h)
			if err := h.AwaitLog("obtained a certificate", 1); err != nil {
				t.Fatal(err)
			}
			for _, over := range []hubtest.Transport{hubtest.TLS, hubtest.HTTP2, hubtest.HTTP3} {
				proto := map[hubtest.Transport]string{hubtest.TLS: "HTTP/1.1", hubtest.HTTP2: "HTTP/2.0", hubtest.HTTP3: "HTTP/3.0"}[over]
				client := acme.client(t, over, h.Address())
				stream := hubtest.Open(t, client, h.URL()+"?topic=a", nil)
				resp, body, err := ask(client, http.MethodPost, h.URL(), hubtest.PublisherToken(t, "*"), map[string][]string{"topic": {"a"}, "data": {string(over)}})
				if err != nil || resp.StatusCode != http.StatusOK || resp.Proto != proto {
					t.Errorf("publishing over %s: %v %s %v", over, resp, body, err)
				}
				stream.Want(t, string(over))
				if issuer := resp.TLS.PeerCertificates[0].Issuer.CommonName; !strings.HasPrefix(issuer, "Pebble") {
					t.Errorf("%s: the certificate is of %q", over, issuer)
				}
			}
			if err := h.Stop(); err != nil {
				t.Fatal(err)
			}
			// What was obtained is kept, for nobody else to read.
			_ = filepath.WalkDir(filepath.Join(data, "tls"), func(path string, d fs.DirEntry, err error) error {
				if info, _ := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
					t.Errorf("%s is open to others: %v %v", path, info, err)
				}
				return nil
			})
			next, err := hubprocess.Start(options)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(next.Kill)
			hubtest.Open(t, acme.client(t, hubtest.HTTP2, next.Address()), next.URL()+"?topic=a", nil)
			if n := next.CountLog("obtaining a certificate"); n != 0 {
				t.Error("the next start asked for another certificate")
			}
			if err := next.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

// lead has the challenges arrive at a hub, at the port that they are for.
func (a *acmeServer) lead(t *testing.T, h *hubprocess.Hub) {
	t.Helper()
	if a.overTLS {
		a.tls.to <- h.Address()
		return
	}
	m := httpPort.FindStringSubmatch(h.Log())
	if m == nil {
		t.Fatalf("the hub does not listen for HTTP:\n%s", h.Log())
	}
	a.http.to <- m[1]
}

// client trusts what the ACME server certifies, and finds every name at address.
func (a *acmeServer) client(t *testing.T, over hubtest.Transport, address string) *http.Client {
	t.Helper()
	config := &tls.Config{RootCAs: a.roots}
	if over == hubtest.HTTP3 {
		tr := &http3.Transport{TLSClientConfig: config, Dial: func(ctx context.Context, _ string, tlsConfig *tls.Config, quicConfig *quic.Config) (*quic.Conn, error) {
			return quic.DialAddrEarly(ctx, address, tlsConfig, quicConfig)
		}}
		t.Cleanup(func() { _ = tr.Close() })
		return &http.Client{Transport: tr}
	}
	tr := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: over == hubtest.HTTP2, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}
