package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quic-go/quic-go/http3"

	"amalgam/hub/hubtest"
	hubprocess "amalgam/hub/hubtest/process"
)

// runOver starts a hub that is reached in one way: over TLS with a certificate
// of its own authority.
func runOver(t *testing.T, over hubtest.Transport, bin, data, directives string) *process {
	t.Helper()
	if over == hubtest.Plain {
		return runHub(t, bin, data, directives)
	}
	h, err := hubprocess.Start(hubprocess.Options{Bin: bin, Data: data, Directives: "bind 127.0.0.1\n" + directives, Address: "https://localhost:0",
		PublisherKey: hubtest.PublisherSecret, SubscriberKey: hubtest.SubscriberSecret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Kill)
	p := &process{Hub: h, over: over, base: strings.TrimSuffix(h.URL(), "/.well-known/mercure"), url: h.URL()}
	root, err := os.ReadFile(filepath.Join(data, "tls/authority/root.crt"))
	if err != nil {
		t.Fatal(err)
	}
	p.roots = x509.NewCertPool()
	p.roots.AppendCertsFromPEM(root)
	return p
}

// client returns one with connections of its own, which speaks what p is to be
// reached by.
func (p *process) client(t *testing.T) *http.Client {
	t.Helper()
	config := &tls.Config{RootCAs: p.roots}
	if p.over == hubtest.HTTP3 {
		tr := &http3.Transport{TLSClientConfig: config}
		t.Cleanup(func() { _ = tr.Close() })
		return &http.Client{Transport: tr}
	}
	tr := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: p.over == hubtest.HTTP2}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}
