package main

import (
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

// An acmeServer is pebble, Let's Encrypt's ACME server for tests, which finds
// every name at 127.0.0.1.
type acmeServer struct {
	directory string // its URL
	rootFile  string // what it is known by
	roots     *x509.CertPool
	// http and tls lead from the ports that it asks at to those of the hub; one
	// of them is closed.
	http, tls *forward
	overTLS   bool
}

// startACME starts one that asks for challenges over HTTP only, or over TLS
// only.
func startACME(t *testing.T, overTLS bool) *acmeServer {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	a := &acmeServer{http: newForward(t), tls: newForward(t)}
	if a.overTLS = overTLS; overTLS {
		_ = a.http.l.Close()
	} else {
		_ = a.tls.l.Close()
	}
	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	authority := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {ValidityPeriod: 7776000}})
	validator := va.New(quiet, a.http.port(), a.tls.port(), false, startDNS(t), store)
	front := wfe.New(quiet, store, validator, authority, []string{"pebble.test"}, false, false, 1, 1)
	server := httptest.NewTLSServer(front.Handler())
	t.Cleanup(server.Close)
	a.directory = server.URL + wfe.DirectoryPath
	a.rootFile = filepath.Join(t.TempDir(), "acme.pem")
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(a.rootFile, own, 0o600); err != nil {
		t.Fatal(err)
	}
	a.roots = x509.NewCertPool()
	a.roots.AppendCertsFromPEM(authority.GetRootCert(0).PEM())
	return a
}

// startDNS starts a DNS server that answers every question for an address with
// 127.0.0.1, and returns where it is.
func startDNS(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)}}
		}
		_ = w.WriteMsg(m)
	})}
	started, ended := make(chan struct{}), make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	go func() { _ = server.ActivateAndServe(); close(ended) }()
	<-started
	t.Cleanup(func() { _ = server.Shutdown(); <-ended })
	return l.Addr().String()
}

// A forward leads from a port that is known before the hub starts to one that
// is known after. Who comes too early waits.
type forward struct {
	l  net.Listener
	to chan string
}

func newForward(t *testing.T) *forward {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &forward{l: l, to: make(chan string, 1)}
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { f.carry(from) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); close(f.to); conns.Wait() })
	return f
}

func (f *forward) port() int { return f.l.Addr().(*net.TCPAddr).Port }

func (f *forward) carry(from net.Conn) {
	defer from.Close()
	address, ok := <-f.to
	if !ok {
		return
	}
	f.to <- address
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer to.Close()
	go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
	_, _ = io.Copy(from, to)
}
