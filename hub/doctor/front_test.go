package doctor_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/doctor"
	"amalgam/hub/hubtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const page = "https://app.example.com"

// start starts a hub that lists page.
func start(t *testing.T, config func(*hub.Config)) *hubtest.Hub {
	t.Helper()
	return hubtest.Start(t, func(c *hub.Config) {
		origins, err := auth.ParseOrigins([]string{page})
		if err != nil {
			t.Fatal(err)
		}
		c.CORSOrigins, c.PublishOrigins = origins, origins
		if config != nil {
			config(c)
		}
	})
}

// A wrapper puts something in front of a hub.
type wrapper func(http.Handler) http.Handler

// front serves a hub behind something, and returns its address.
func front(t *testing.T, h http.Handler, wrap wrapper) string {
	t.Helper()
	return serve(t, httptest.NewUnstartedServer(wrap(h)), nil)
}

// frontTLS is front behind TLS with a certificate.
func frontTLS(t *testing.T, h http.Handler, cert tls.Certificate) string {
	t.Helper()
	return serve(t, httptest.NewUnstartedServer(h), &tls.Config{Certificates: []tls.Certificate{cert}})
}

func serve(t *testing.T, s *httptest.Server, cfg *tls.Config) string {
	t.Helper()
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = cfg != nil
	if cfg != nil {
		s.TLS = cfg
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s.URL
}

// before runs f on the request and the answer's header, then the hub.
func before(f func(http.ResponseWriter, *http.Request)) wrapper {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f(w, r)
			next.ServeHTTP(w, r)
		})
	}
}

// onHeader changes the header of every answer before it leaves.
func onHeader(f func(h http.Header, r *http.Request)) wrapper {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&headerWriter{ResponseWriter: w, change: func(h http.Header) { f(h, r) }}, r)
		})
	}
}

type headerWriter struct {
	http.ResponseWriter
	change func(http.Header)
	done   bool
}

func (w *headerWriter) WriteHeader(status int) {
	if !w.done {
		w.done = true
		w.change(w.Header())
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *headerWriter) Write(p []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

func (w *headerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// always answers everything alike.
func always(status int, header http.Header, body string) wrapper {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for name, values := range header {
				w.Header()[name] = values
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
	}
}

// examine runs the doctor with patience, unless o says otherwise.
func examine(t *testing.T, o doctor.Options) *doctor.Report {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = hubtest.Patience
	}
	r, err := doctor.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if o.Token != "" {
		text, err := json.Marshal(r)
		if err != nil || bytes.Contains(text, []byte(o.Token)) || bytes.Contains(text, []byte(o.Token[strings.LastIndexByte(o.Token, '.')+1:])) {
			t.Errorf("the report holds the token (%v): %s", err, text)
		}
	}
	return r
}

// want fails unless the report has a finding of the check with the status and
// the words, and every problem has a mend.
func want(t *testing.T, r *doctor.Report, check string, status doctor.Status, words ...string) {
	t.Helper()
	seen := false
	for _, f := range r.Findings {
		if (f.Status == doctor.Problem || f.Status == doctor.Warning) && f.Mend == "" {
			t.Errorf("%s has no mend: %s", f.Check, f.Text)
		}
		if f.Check != check || f.Status != status {
			continue
		}
		all := true
		for _, w := range words {
			all = all && strings.Contains(f.Text+" → "+f.Mend, w)
		}
		seen = seen || all
	}
	if !seen {
		t.Errorf("no finding %s %s with %q in:\n%s", check, status, words, show(r))
	}
}

// wantOnly fails if the report has another problem or warning than these.
func wantOnly(t *testing.T, r *doctor.Report, checks ...string) {
	t.Helper()
	for _, f := range r.Findings {
		bad := f.Status == doctor.Problem || f.Status == doctor.Warning
		for _, c := range checks {
			bad = bad && f.Check != c
		}
		if bad {
			t.Errorf("unexpected %s %s in:\n%s", f.Status, f.Check, show(r))
			return
		}
	}
}

func show(r *doctor.Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		b.WriteString(string(f.Status) + " " + f.Check + ": " + f.Text + " → " + f.Mend + "\n")
	}
	return b.String()
}

// An authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Authority"},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &authority{cert, key, pool}
}

// sign makes a certificate for 127.0.0.1, or for name if it is not empty.
func (a *authority) sign(t *testing.T, name string, from, to time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Test Hub"}, NotBefore: from, NotAfter: to,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if name != "" {
		template.IPAddresses, template.DNSNames = nil, []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func serveTLS(t *testing.T, h http.Handler, cfg *tls.Config) string {
	t.Helper()
	return serve(t, httptest.NewUnstartedServer(h), cfg)
}
