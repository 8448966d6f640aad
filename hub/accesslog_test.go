package hub_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"amalgam/hub"
	"amalgam/hub/hubtest"
)

// accessLog is the lines of a hub's log.
type accessLog struct {
	mu    sync.Mutex
	lines []map[string]any
	text  strings.Builder
}

func (l *accessLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	for _, line := range bytes.Split(bytes.TrimSpace(p), []byte("\n")) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			return 0, err
		}
		l.lines = append(l.lines, m)
	}
	return len(p), nil
}

// requests returns the lines of requests, of which n must come.
func (l *accessLog) requests(t *testing.T, n int) []map[string]any {
	t.Helper()
	var found []map[string]any
	eventually(t, "the lines are in the log", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		found = nil
		for _, m := range l.lines {
			if m["msg"] == "request" {
				found = append(found, m)
			}
		}
		return len(found) >= n
	})
	if len(found) != n {
		t.Fatalf("%d lines of requests, want %d:\n%s", len(found), n, l.text.String())
	}
	return found
}

func (l *accessLog) length() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Len()
}

func startLogged(t *testing.T, over hubtest.Transport, config func(*hub.Config)) (*hubtest.Hub, *accessLog) {
	log := &accessLog{}
	return hubtest.StartOver(t, over, func(c *hub.Config) {
		c.Logger = slog.New(slog.NewJSONHandler(log, nil))
		if config != nil {
			config(c)
		}
	}), log
}

func wantFields(t *testing.T, line map[string]any, want map[string]any) {
	t.Helper()
	for name, v := range want {
		if line[name] != v {
			t.Errorf("%s is %v, want %v, in %v", name, line[name], v, line)
		}
	}
}

func TestEveryAnsweredRequestHasOneLine(t *testing.T) {
	h, log := startLogged(t, hubtest.Plain, nil)
	id := h.Send(t, "topic", "a", "data", "x")
	line := log.requests(t, 1)[0]
	wantFields(t, line, map[string]any{"level": "INFO", "method": "POST", "path": hub.DefaultPath, "proto": "HTTP/1.1",
		"status": 200.0, "bytes": float64(len(id)), "agent": "Go-http-client/1.1", "id": id, "token": "header"})
	if remote, _ := line["remote"].(string); !strings.HasPrefix(remote, "127.0.0.1:") {
		t.Errorf("remote is %v", line["remote"])
	}
	if took, _ := line["took"].(float64); took <= 0 || line["request"] == "" {
		t.Errorf("took is %v, request %q", line["took"], line["request"])
	}
	_, body := h.Do(t, http.MethodPost, h.URL, nil, "topic=a")
	line = log.requests(t, 2)[1]
	wantFields(t, line, map[string]any{"level": "WARN", "status": 401.0, "rule": "token-missing", "bytes": float64(len(body))})
}

func TestAStreamHasItsLineWhenItEnds(t *testing.T) {
	for _, over := range hubtest.Transports {
		t.Run(string(over), func(t *testing.T) {
			h, log := startLogged(t, over, func(c *hub.Config) { c.Heartbeat = -1 })
			s := h.Subscribe(t, "topic=a", http.Header{"User-Agent": {"a browser"}})
			for range 3 {
				h.Send(t, "topic", "a", "data", "twelve bytes")
				s.Next(t)
			}
			log.requests(t, 3) // of the publisher
			s.Close()
			line := log.requests(t, 4)[3]
			wantFields(t, line, map[string]any{"method": "GET", "status": 200.0, "agent": "a browser", "events": 3.0, "ended": "client"})
			if bytes, _ := line["bytes"].(float64); bytes < 3*12 || bytes > 1000 || line["subscriber"] == nil {
				t.Errorf("bytes %v, subscriber %v", line["bytes"], line["subscriber"])
			}
		})
	}
}

func TestNoTokenIsEverLogged(t *testing.T) {
	h, log := startLogged(t, hubtest.Plain, nil)
	token := hubtest.SubscriberToken(t, "*")
	signature := token[strings.LastIndexByte(token, '.')+1:]
	h.Subscribe(t, "topic=a&authorization="+token, nil).Close()
	h.Subscribe(t, "topic=a", hubtest.Bearer(token)).Close()
	h.Subscribe(t, "topic=a", http.Header{"Cookie": {"mercureAuthorization=" + token}}).Close()
	for _, place := range []string{"?topic=a&authorization=" + token + "x", "?topic=b&match=c&authorization=" + token} {
		h.Do(t, http.MethodGet, h.URL+place, nil, "")
	}
	log.requests(t, 5)
	if text := log.text.String(); strings.Contains(text, signature) {
		t.Errorf("a token is in the log:\n%s", text)
	}
}

func TestWithoutAnAccessLogRefusalsAreLogged(t *testing.T) {
	h, log := startLogged(t, hubtest.Plain, func(c *hub.Config) { c.NoAccessLog = true })
	h.Subscribe(t, "topic=a", nil).Close()
	h.Send(t, "topic", "a", "data", "x")
	h.Do(t, http.MethodPost, h.URL, nil, "topic=a")
	wantFields(t, log.requests(t, 1)[0], map[string]any{"rule": "token-missing", "status": 401.0})
}

func TestAClientCannotFillTheLogWithOneRequest(t *testing.T) {
	h, log := startLogged(t, hubtest.Plain, func(c *hub.Config) { c.PublicURLs = []string{"http://hub.example" + hub.DefaultPath} })
	long := strings.Repeat("ä", 5000)
	for i, ask := range []func(r *http.Request){
		func(r *http.Request) { r.URL.Path += long; r.Header.Set("User-Agent", long) },
		func(r *http.Request) { r.Host = strings.Repeat("a", 5000) },
		func(r *http.Request) {
			r.Method, r.Host = http.MethodPost, "hub.example"
			r.Header.Set("Content-Type", long)
			r.Header.Set("Authorization", "Bearer "+hubtest.PublisherToken(t, "*"))
		},
		func(r *http.Request) {
			r.Method, r.Host = http.MethodPost, "hub.example"
			header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"` + long + `"}`))
			r.Header.Set("Authorization", "Bearer "+header+".e30.e30")
		},
	} {
		before := log.length()
		req, err := http.NewRequest(http.MethodGet, h.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		ask(req)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		log.requests(t, i+1)
		if n := log.length() - before; n > 2200 {
			t.Errorf("line %d has %d bytes", i, n)
		}
	}
	if strings.ContainsRune(log.text.String(), '\uFFFD') {
		t.Errorf("a character was cut in two: %s", log.text.String())
	}
}
