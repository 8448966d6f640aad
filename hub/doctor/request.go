package doctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const maxBody = 64 << 10 // bytes read of an answer that is no stream

// errHeldBack is returned when a request was sent and no head of an answer came.
var errHeldBack = errors.New("no answer came in time")

// A question is one request to the hub.
type question struct {
	method string     // default GET
	url    *url.URL   // default the hub
	query  url.Values // of the URL
	form   url.Values // the body
	header http.Header
	token  string // "" for none
	listen bool   // wait for the first byte of a stream
	most   int64  // bytes read of an answer that is no stream; default maxBody
}

// An answer is what came back. Its stream, if it is one, is open until close;
// the rest can be read after that too.
type answer struct {
	*http.Response
	body   string        // of an answer that is no stream
	head   time.Duration // until the head had come
	at     time.Time     // when it had, by the local clock
	cancel context.CancelFunc
	// firstByte is how long after the head the first bytes of the stream came,
	// -1 if they did not.
	firstByte time.Duration
}

// errSilence is returned by read when nothing came in time.
var errSilence = errors.New("nothing came in time")

// read waits for more of a stream. One that was silent for too long is over.
func (a *answer) read(most time.Duration) (n int, err error) {
	timer := time.AfterFunc(most, a.cancel)
	n, err = a.Body.Read(make([]byte, 512))
	if !timer.Stop() && n == 0 {
		err = errSilence
	}
	return n, err
}

func (a *answer) close() {
	a.cancel()
	_ = a.Body.Close()
}

// stream reports whether the hub opened an event stream.
func (a *answer) stream() bool {
	return a.StatusCode == http.StatusOK && a.media() == "text/event-stream"
}

func (a *answer) media() string {
	media, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	return media
}

// useClient makes the client of the further requests. One that is not strict
// takes any certificate: it shows what is wrong, and never gets the token.
func (e *exam) useClient(strict bool) {
	e.close()
	cfg := &tls.Config{RootCAs: e.o.RootCAs}
	if !strict {
		cfg.InsecureSkipVerify, cfg.MinVersion = true, tls.VersionTLS10
	}
	e.client = &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: e.o.Timeout}).DialContext,
			TLSClientConfig:     cfg,
			TLSHandshakeTimeout: e.o.Timeout,
			ForceAttemptHTTP2:   true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (e *exam) close() {
	if e.client != nil {
		e.client.CloseIdleConnections()
	}
}

// ask sends one request and waits for the head of its answer, and for all of an
// answer that is no stream. The caller closes it.
func (e *exam) ask(ctx context.Context, q question) (*answer, error) {
	u := *e.hub
	if q.url != nil {
		u = *q.url
	}
	u.RawQuery = q.query.Encode()
	method := q.method
	if method == "" {
		method = http.MethodGet
	}
	ctx, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(e.o.Timeout, cancel)
	req, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(q.form.Encode()))
	if err != nil {
		cancel()
		return nil, err
	}
	req.Header.Set("User-Agent", "amalgam-doctor")
	req.Header.Set("Accept", "text/event-stream, */*")
	// As browsers do: a proxy that compresses streams is found out. Asked for by
	// hand, what is compressed stays so.
	req.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	if q.form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range q.header {
		req.Header[name] = values
	}
	if q.token != "" {
		e.present(req, q.token)
	}
	start := time.Now()
	resp, err := e.client.Do(req)
	if err != nil {
		cancel()
		if !timer.Stop() {
			err = errHeldBack
		}
		return nil, err
	}
	a := &answer{Response: resp, head: time.Since(start), at: e.o.Now(), cancel: cancel}
	if a.stream() {
		timer.Stop()
		if q.listen {
			start := time.Now()
			if n, _ := a.read(e.o.Timeout); n > 0 {
				a.firstByte = time.Since(start)
			} else {
				a.firstByte = -1
			}
		}
		return a, nil
	}
	// The timer bounds the body too.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, cmp.Or(q.most, maxBody)))
	timer.Stop()
	if resp.Header.Get("Content-Encoding") == "" {
		a.body = string(body)
	}
	return a, nil
}

// present puts the token where clients put it. Only a request to the hub itself
// ever carries one.
func (e *exam) present(req *http.Request, token string) {
	if !e.o.Cookie {
		req.Header.Set("Authorization", "Bearer "+token)
		return
	}
	req.Header.Set("Cookie", e.cookieName()+"="+token)
	if req.Method == http.MethodPost && req.Header.Get("Origin") == "" {
		// A cookie publishes only together with the origin of a page.
		req.Header.Set("Origin", originOf(e.hub))
		if e.o.Origin != "" {
			req.Header.Set("Origin", e.o.Origin)
		}
	}
}

// status asks for no more than a status, of a subscription too.
func (e *exam) status(ctx context.Context, q question) (*answer, error) {
	if e.heldBack && q.method == "" {
		q.method = http.MethodHead
	}
	a, err := e.ask(ctx, q)
	if err == nil {
		a.close()
	}
	return a, err
}

// thisMachine reports whether host is a name of this machine.
func thisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
