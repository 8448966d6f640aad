package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"amalgam/hub/hubtest"
)

// The whole of what slow clients meet is tested in hub/listen; here, that the
// directives reach it and that streams, which leave net/http, are counted and
// not ended.
func TestTheDirectivesForSlowClientsReachThePorts(t *testing.T) {
	t.Parallel()
	p := runHub(t, binary(t), t.TempDir(), "anonymous\nstop_spread 0\nmax_connections_per_address 2\nbody_timeout 300ms")
	dial := func(request string) (net.Conn, *bufio.Reader) {
		conn, err := net.Dial("tcp", p.Address())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(hubtest.Patience))
		_, _ = io.WriteString(conn, request)
		return conn, bufio.NewReader(conn)
	}
	const subscribe = "GET /.well-known/mercure?topic=a HTTP/1.1\r\nHost: hub\r\n\r\n"
	gone, stream := dial(subscribe)
	_, kept := dial(subscribe)
	for _, s := range []*bufio.Reader{stream, kept} {
		if line, err := s.ReadString('\n'); err != nil || !strings.Contains(line, " 200 ") {
			t.Fatalf("a stream: %q, %v", line, err)
		}
	}
	_, third := dial(subscribe)
	if line, _ := third.ReadString('\n'); !strings.Contains(line, " 429 ") {
		t.Errorf("the third connection: %q, want 429", line)
	}
	gone.Close()
	var slow *bufio.Reader
	for deadline := time.Now().Add(hubtest.Patience); ; {
		_, slow = dial(fmt.Sprintf("POST /.well-known/mercure HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntopic=a", hubtest.PublisherToken(t, "*")))
		line, err := slow.ReadString('\n')
		if strings.Contains(line, " 400 ") {
			break // the body was not there in time
		}
		if !strings.Contains(line, " 429 ") || time.Now().After(deadline) {
			t.Fatalf("a slow body in the place that was given back: %q, %v", line, err)
		}
	}
	_, _ = io.Copy(io.Discard, slow)
	for deadline := time.Now().Add(hubtest.Patience); ; {
		resp, body, err := ask(p.client(t), http.MethodPost, p.url, hubtest.PublisherToken(t, "*"), url.Values{"topic": {"a"}, "data": {"still there"}})
		if err == nil && resp.StatusCode == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("publishing: %s, %v", body, err)
		}
	}
	for {
		line, err := kept.ReadString('\n')
		if err != nil {
			t.Fatalf("the stream ended: %v", err)
		}
		if strings.Contains(line, "data: still there") {
			break
		}
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}
