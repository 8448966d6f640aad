package listen_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"amalgam/hub/listen"
)

const shortest = 300 * time.Millisecond

// short are limits that a test can wait for.
func short(c *listen.Config) {
	c.Limits = listen.Limits{ReadHeader: shortest, ReadBody: shortest, Ping: shortest}
}

// wantClosed reads what the server has to say until it closes.
func wantClosed(t *testing.T, what string, conn net.Conn) string {
	t.Helper()
	said, err := io.ReadAll(conn)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("%s: still open after %v", what, patience)
	}
	return string(said)
}

func TestSlowClientsAreCutAndStreamsGoOn(t *testing.T) {
	lines := make(chan string)
	s := serve(t, stream(lines), short)
	var streams []*bufio.Reader
	for _, mode := range modes {
		client, url := s.client(t, mode)
		// With a body, which is read to its end before the stream begins.
		ask(t, client, http.MethodGet, url, nil).Body.Close()
		streams = append(streams, bufio.NewReader(ask(t, client, http.MethodPost, url, strings.NewReader("topic=a")).Body))
		if _, err := streams[len(streams)-1].ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	silent := dial(t, s.secure) // begins no handshake
	slow := dial(t, s.plain)
	fmt.Fprint(slow, "GET / HTTP/1.1\r\nHost: hub\r\nX-Slow: ")
	body := dial(t, s.plain)
	fmt.Fprint(body, "POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 100\r\n\r\nslow")
	began := time.Now()
	wantClosed(t, "a client that begins no handshake", silent)
	wantClosed(t, "a client that does not finish its header", slow)
	stop := make(chan struct{})
	defer close(stop)
	go func() { // a byte at a time, for ever
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				if _, err := body.Write([]byte("x")); err != nil {
					return
				}
			}
		}
	}()
	wantClosed(t, "a client that does not finish its body", body)
	if took := time.Since(began); took < 200*time.Millisecond {
		t.Errorf("cut after %v: too early to be the limit", took)
	}
	for range 3 * len(streams) { // each limit is long over
		lines <- "still there"
	}
	for i, r := range streams {
		if line, err := r.ReadString('\n'); err != nil {
			t.Errorf("the stream of %s: %q, %v", modes[i], line, err)
		}
	}
}

func TestABodyHasItsTimeOverEveryProtocol(t *testing.T) {
	read := make(chan error, 1)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodPost {
			read <- err
		}
	}), short)
	for _, mode := range modes {
		client, url := s.client(t, mode)
		ask(t, client, http.MethodGet, url, nil).Body.Close()
		never, sender := io.Pipe()
		req, err := http.NewRequest(http.MethodPost, url, never)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			if resp, err := client.Do(req); err == nil {
				resp.Body.Close()
			}
		}()
		_, _ = sender.Write([]byte("slow"))
		select {
		case err := <-read:
			if err == nil {
				t.Errorf("%s: the body ended", mode)
			}
		case <-time.After(patience):
			t.Errorf("%s: the body is still waited for after %v", mode, patience)
		}
		_ = sender.Close()
		<-done
	}
}

// Answers are bounded, too: one that nobody takes would hold its connection for
// ever. A handler that streams sets deadlines of its own.
func TestAnAnswerThatNobodyTakesHasItsTimeOverEveryProtocol(t *testing.T) {
	wrote := make(chan error, 1)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/long" {
			return
		}
		some, err := make([]byte, 1<<20), error(nil)
		for range 256 {
			if _, err = w.Write(some); err != nil {
				break
			}
		}
		wrote <- err
	}), func(c *listen.Config) { short(c); c.Limits.WriteAnswer = shortest })
	for _, mode := range modes {
		client, url := s.client(t, mode)
		ask(t, client, http.MethodGet, url+"/long", nil)
		select {
		case err := <-wrote:
			if err == nil {
				t.Errorf("%s: all of it was written to nobody", mode)
			}
		case <-time.After(patience):
			t.Fatalf("%s: the answer is still being written after %v", mode, patience)
		}
		// The next request on what is left has its own time.
		client, url = s.client(t, mode)
		for range 2 {
			ask(t, client, http.MethodGet, url, nil).Body.Close()
			time.Sleep(2 * shortest)
		}
	}
}

func TestAHeaderHasItsBound(t *testing.T) {
	s := serve(t, stream(nil), nil)
	for _, mode := range modes {
		client, url := s.client(t, mode)
		ask(t, client, http.MethodGet, url, nil).Body.Close()
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Large", strings.Repeat("x", 100<<10))
		resp, err := client.Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("%s: %s, want 431", mode, resp.Status)
			}
		}
	}
}

func TestADeadPeerOfHTTP2IsNoticed(t *testing.T) {
	s := serve(t, stream(nil), short)
	client, url := s.client(t, "HTTP2")
	ask(t, client, http.MethodGet, url, nil).Body.Close()
	conn := tls.Client(dial(t, s.secure), &tls.Config{RootCAs: s.roots, ServerName: "localhost", NextProtos: []string{"h2"}})
	var hello bytes.Buffer
	hello.WriteString(http2.ClientPreface)
	if err := http2.NewFramer(&hello, nil).WriteSettings(); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(hello.Bytes()); err != nil {
		t.Fatal(err)
	}
	// From here on it says nothing, and answers no ping.
	framer, pings := http2.NewFramer(io.Discard, conn), 0
	for {
		f, err := framer.ReadFrame()
		if err != nil {
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				t.Errorf("still connected after %v", patience)
			}
			break
		}
		if _, ok := f.(*http2.PingFrame); ok {
			pings++
		}
	}
	if pings == 0 {
		t.Error("it was cut without being asked")
	}
}
