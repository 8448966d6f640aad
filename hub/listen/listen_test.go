package listen_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"go.uber.org/goleak"

	"amalgam/hub/certs"
	"amalgam/hub/listen"
)

func TestMain(m *testing.M) {
	// What keeps certmagic's lock files fresh looks every 5 s whether its file
	// is still there, and then ends.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.keepLockfileFresh"))
}

// patience bounds every wait, generously: the machine is slow.
const patience = 15 * time.Second

// The ways to reach a server.
var modes = []string{"HTTP1", "HTTP1 over TLS", "HTTP2", "HTTP3"}

// running is a server on this machine, of HTTP and HTTPS.
type running struct {
	*listen.Server
	plain, secure string // host:port
	roots         *x509.CertPool
}

// serve serves handler with the certificate of an own authority.
func serve(t *testing.T, handler http.Handler, config func(*listen.Config)) *running {
	t.Helper()
	cfg := listen.Config{
		Plain: []string{"127.0.0.1:0"}, Secure: []string{"127.0.0.1:0"}, Names: []string{"localhost"},
		Certificates: certs.Config{Names: []string{"localhost", "127.0.0.1"}, Folder: t.TempDir()},
	}
	if config != nil {
		config(&cfg)
	}
	s, err := listen.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(handler) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
		if err := <-failed; err != nil {
			t.Errorf("serving: %v", err)
		}
	})
	r := &running{Server: s, roots: x509.NewCertPool()}
	for _, a := range s.Addresses() {
		if after, ok := strings.CutPrefix(a, "https://"); ok {
			r.secure = after
		} else if r.plain == "" {
			r.plain = strings.TrimPrefix(a, "http://")
		}
	}
	root, err := os.ReadFile(filepath.Join(cfg.Certificates.Folder, "authority/root.crt"))
	if err != nil {
		t.Fatal(err)
	}
	r.roots.AppendCertsFromPEM(root)
	return r
}

// client returns one with connections of its own, and the URL that it asks.
func (r *running) client(t *testing.T, mode string) (*http.Client, string) {
	config := &tls.Config{RootCAs: r.roots, ServerName: "localhost"}
	if mode == "HTTP3" {
		tr := &http3.Transport{TLSClientConfig: config}
		t.Cleanup(func() { _ = tr.Close() })
		return &http.Client{Transport: tr}, "https://" + r.secure
	}
	tr := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: mode == "HTTP2"}
	t.Cleanup(tr.CloseIdleConnections)
	if mode == "HTTP1" {
		return &http.Client{Transport: tr}, "http://" + r.plain
	}
	return &http.Client{Transport: tr}, "https://" + r.secure
}

// ask sends a request, which must be answered.
func ask(t *testing.T, client *http.Client, method, url string, body io.Reader) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// stream answers with a line, then one for each that is sent to lines.
func stream(lines <-chan string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		rc := http.NewResponseController(w)
		fmt.Fprintln(w, "hello", r.Proto)
		_ = rc.Flush()
		for {
			select {
			case line := <-lines:
				fmt.Fprintln(w, line)
				_ = rc.Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
}

func wantLine(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	if line, err := r.ReadString('\n'); err != nil || strings.TrimSpace(line) != want {
		t.Fatalf("read %q, %v, want %q", line, err, want)
	}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn
}

func TestEveryProtocolIsServedAndHTTP3Announced(t *testing.T) {
	s := serve(t, stream(nil), nil)
	for mode, proto := range map[string]string{"HTTP1": "HTTP/1.1", "HTTP1 over TLS": "HTTP/1.1", "HTTP2": "HTTP/2.0", "HTTP3": "HTTP/3.0"} {
		client, url := s.client(t, mode)
		resp := ask(t, client, http.MethodGet, url, nil)
		wantLine(t, bufio.NewReader(resp.Body), "hello "+proto)
		_, port, _ := net.SplitHostPort(s.secure)
		if got, want := resp.Header.Get("Alt-Svc"), `h3=":`+port+`"; ma=86400`; (got == want) != (mode == "HTTP1 over TLS" || mode == "HTTP2") {
			t.Errorf("%s: Alt-Svc is %q", mode, got)
		}
	}
}

func TestProtocolsCanBeLeftOut(t *testing.T) {
	s := serve(t, stream(nil), func(c *listen.Config) { c.NoHTTP2, c.NoHTTP3, c.H2C = true, true, true })
	client, url := s.client(t, "HTTP2")
	resp := ask(t, client, http.MethodGet, url, nil)
	wantLine(t, bufio.NewReader(resp.Body), "hello HTTP/1.1")
	if got := resp.Header.Get("Alt-Svc"); got != "" {
		t.Errorf("Alt-Svc is %q", got)
	}
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(tr.CloseIdleConnections)
	wantLine(t, bufio.NewReader(ask(t, &http.Client{Transport: tr}, http.MethodGet, "http://"+s.plain, nil).Body), "hello HTTP/2.0")
}

func TestOneConnectionCarriesTheStreamsOfManyTabs(t *testing.T) {
	const tabs = 300
	s := serve(t, stream(nil), nil)
	for _, mode := range []string{"HTTP2", "HTTP3"} {
		client, url := s.client(t, mode)
		for range tabs {
			resp := ask(t, client, http.MethodGet, url, nil)
			if _, err := resp.Body.Read(make([]byte, 1)); err != nil {
				t.Fatalf("%s: %v", mode, err)
			}
		}
	}
}

func TestHTTPLeadsToHTTPS(t *testing.T) {
	leads := func(names ...string) *running {
		return serve(t, stream(nil), func(c *listen.Config) { c.Plain, c.Redirect, c.Names = nil, "127.0.0.1:0", names })
	}
	s, wild, both := leads("hub.example", "localhost"), leads("*.example"), leads("*.example", "hub.test")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, c := range []struct {
		to               *running
		host, path, want string // want is without the port
	}{
		{s, "hub.example", "/.well-known/mercure?topic=a%2Fb", "hub.example /.well-known/mercure?topic=a%2Fb"},
		{s, "LOCALHOST:81", "/", "LOCALHOST /"},
		{s, "evil.example", "//evil.example/x", "hub.example //evil.example/x"},
		{wild, "a.example", "/x", "a.example /x"},
		{wild, "A.EXAMPLE:81", "/x", "A.EXAMPLE /x"},
		{wild, "a.b.example", "/x", ""},
		{wild, "example", "/x", ""},
		{wild, ".example", "/x", ""},
		{wild, "evil.test", "/x", ""},
		{wild, "*.example", "/x", ""},
		{both, "a.example", "/x", "a.example /x"},
		{both, "evil.test", "/x", "hub.test /x"},
	} {
		req, err := http.NewRequest(http.MethodPost, "http://"+c.to.plain+c.path, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = c.host
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		status, location := http.StatusMisdirectedRequest, ""
		if name, path, ok := strings.Cut(c.want, " "); ok {
			_, port, _ := net.SplitHostPort(c.to.secure)
			status, location = http.StatusPermanentRedirect, "https://"+name+":"+port+path
		}
		if got := resp.Header.Get("Location"); resp.StatusCode != status || got != location {
			t.Errorf("%s%s: %s to %s, want %d to %s", c.host, c.path, resp.Status, got, status, location)
		}
	}
	wantLine(t, bufio.NewReader(ask(t, client, http.MethodGet, "http://"+s.plain+"/readyz", nil).Body), "hello HTTP/1.1")
}

// 192.0.2.0/24 is for documentation: no machine has an address of it.
func TestAnAddressOfAnotherMachineIsNamedWithTheMend(t *testing.T) {
	_, err := listen.Open(listen.Config{Plain: []string{"192.0.2.1:0"}})
	if err == nil || !strings.Contains(err.Error(), "192.0.2.1:0 is no address of this machine: write one that it has, or the port alone") {
		t.Errorf("%v", err)
	}
}

func TestAPortInUseIsNamedWithTheMend(t *testing.T) {
	s := serve(t, stream(nil), nil)
	for _, c := range []listen.Config{
		{Plain: []string{s.plain}},
		{Secure: []string{"127.0.0.1:0"}, Names: []string{"localhost"}, Redirect: s.plain, Certificates: certs.Config{Names: []string{"localhost"}, Folder: t.TempDir()}},
	} {
		if _, err := listen.Open(c); err == nil || !strings.Contains(err.Error(), s.plain+" is in use by another program: stop it") {
			t.Errorf("%v", err)
		}
	}
	tcp := dial(t, s.plain).LocalAddr().(*net.TCPAddr)
	var udp *net.UDPConn
	for free := false; !free; { // for TCP: another program may have the number there
		var err error
		if udp, err = net.ListenUDP("udp", &net.UDPAddr{IP: tcp.IP}); err != nil {
			t.Fatal(err)
		}
		defer udp.Close()
		if l, err := net.Listen("tcp", udp.LocalAddr().String()); err == nil {
			free = l.Close() == nil
		}
	}
	_, err := listen.Open(listen.Config{Secure: []string{udp.LocalAddr().String()}, Certificates: certs.Config{Names: []string{"localhost"}, Folder: t.TempDir()}})
	if err == nil || !strings.Contains(err.Error(), "protocols h1 h2 does without it") {
		t.Errorf("%v", err)
	}
}

func TestAShutdownAnswersWhatIsUnderWayAndDoesNotWaitForIdleClients(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			begun, finish := make(chan struct{}), make(chan struct{})
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow" {
					close(begun)
					<-finish
					fmt.Fprint(w, strings.Repeat("x", 1<<20))
				}
			}), nil)
			idle, url := s.client(t, mode)
			ask(t, idle, http.MethodGet, url, nil).Body.Close() // and keeps its connection
			if mode == "HTTP3" {                                // as browsers do: nothing is asked, and the connection stays
				conn, err := quic.DialAddr(t.Context(), s.secure, &tls.Config{RootCAs: s.roots, ServerName: "localhost", NextProtos: []string{"h3"}}, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = conn.CloseWithError(0, "") }()
			}
			client, _ := s.client(t, mode)
			got := make(chan int, 1)
			go func() {
				resp, err := client.Get(url + "/slow")
				if err != nil {
					t.Error(err)
					got <- 0
					return
				}
				defer resp.Body.Close()
				n, err := io.Copy(io.Discard, resp.Body)
				if err != nil {
					t.Error(err)
				}
				got <- int(n)
			}()
			<-begun
			down := make(chan error, 1)
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			began := time.Now()
			go func() { down <- s.Shutdown(ctx) }()
			close(finish)
			if n := <-got; n != 1<<20 {
				t.Errorf("%d bytes of the answer arrived", n)
			}
			if err := <-down; err != nil || time.Since(began) > patience/2 {
				t.Errorf("shut down after %v: %v", time.Since(began), err)
			}
			client.Timeout = time.Second
			if _, err := client.Get(url); err == nil {
				t.Error("the port is still open")
			}
		})
	}
}
