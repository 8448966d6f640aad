package hubtest

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/quic-go/quic-go/http3"
)

// serveQUIC serves handler by HTTP/3 on the port of server, with its
// certificate, and returns a client for it.
func serveQUIC(t testing.TB, server *httptest.Server, handler http.Handler) *http.Client {
	t.Helper()
	tcp := server.Listener.Addr().(*net.TCPAddr)
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: tcp.IP, Port: tcp.Port})
	if err != nil {
		t.Fatal(err)
	}
	quic := &http3.Server{Handler: handler, TLSConfig: http3.ConfigureTLSConfig(&tls.Config{Certificates: server.TLS.Certificates})}
	served := make(chan struct{})
	go func() { _ = quic.Serve(conn); close(served) }()
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	transport := &http3.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(func() {
		_ = transport.Close()
		_ = quic.Close()
		<-served
		_ = conn.Close()
	})
	return &http.Client{Transport: transport}
}
