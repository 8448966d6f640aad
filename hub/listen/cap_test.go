package listen_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"amalgam/hub/forwarded"
	"amalgam/hub/listen"
)

func capAt(most int) func(*listen.Config) {
	return func(c *listen.Config) { c.Limits.ConnectionsPerAddress = most }
}

// greeted reports whether a connection is served, and what it is told instead.
func greeted(t *testing.T, conn net.Conn) (bool, string) {
	t.Helper()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return strings.HasPrefix(line, "HTTP/1.1 200"), line
}

func TestAnAddressHasSoManyConnectionsAndGetsThemBack(t *testing.T) {
	s := serve(t, stream(nil), capAt(3))
	client, url := s.client(t, "HTTP1 over TLS")
	ask(t, client, http.MethodGet, url, nil).Body.Close()
	client.CloseIdleConnections()
	var conns []net.Conn
	for range 3 {
		conn := dial(t, s.plain)
		// The place of the connection above is free when the server has seen it go.
		for deadline := time.Now().Add(patience); ; conn = dial(t, s.plain) {
			if ok, said := greeted(t, conn); ok {
				break
			} else if time.Now().After(deadline) {
				t.Fatalf("connection %d: %q", len(conns), said)
			}
			conn.Close() // not more at once than are told why they are turned away
			time.Sleep(10 * time.Millisecond)
		}
		conns = append(conns, conn)
	}
	refused := dial(t, s.plain)
	if ok, said := greeted(t, refused); ok || !strings.HasPrefix(said, "HTTP/1.1 429") {
		t.Errorf("the fourth: %q, want 429", said)
	}
	if said := wantClosed(t, "over TLS", dial(t, s.secure)); said != "" {
		t.Errorf("the fourth over TLS is told %q", said)
	}
	quic, url3 := s.client(t, "HTTP3")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url3, nil)
	if resp, err := quic.Do(req); err == nil || ctx.Err() != nil {
		t.Errorf("the fourth over HTTP/3: %v, %v", resp, err)
	}
	conns[0].Close()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if ok, said := greeted(t, dial(t, s.plain)); ok {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("a place that was given back: %q", said)
		}
	}
}

func TestAConnectionThatWasTakenOverCountsUntilItIsClosed(t *testing.T) {
	taken := make(chan net.Conn, 1)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		if _, ok := conn.(interface{ CloseWrite() error }); !ok {
			t.Error("the fan-out cannot use this connection")
		}
		taken <- conn
	}), capAt(1))
	_, _ = io.WriteString(dial(t, s.plain), "GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
	held := <-taken
	if ok, said := greeted(t, dial(t, s.plain)); ok || !strings.HasPrefix(said, "HTTP/1.1 429") {
		t.Errorf("while it is held: %q", said)
	}
	held.Close()
	_, _ = io.WriteString(dial(t, s.plain), "GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
	select {
	case conn := <-taken:
		conn.Close()
	case <-time.After(patience):
		t.Error("its place was not given back")
	}
}

func TestTrustedProxiesAreNotCounted(t *testing.T) {
	s := serve(t, stream(nil), func(c *listen.Config) {
		c.Limits.ConnectionsPerAddress = 1
		c.TrustedProxies, _ = forwarded.Parse([]string{"127.0.0.1"})
	})
	for i := range 5 {
		if ok, said := greeted(t, dial(t, s.plain)); !ok {
			t.Errorf("connection %d of a proxy: %q", i, said)
		}
	}
}
