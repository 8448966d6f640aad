package deploy

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"amalgam/hub"
	"amalgam/hub/hubtest"
	"amalgam/hub/hubtest/process"
)

const (
	page  = "https://app.example.com" // of an origin that the hub lists
	topic = "https://example.com/rooms/"
	// idleFor is how long a stream stands idle, across a heartbeat of the hub's
	// own 40 s and the minute after which most proxies end what is silent.
	idleFor = 61 * time.Second
	// atOnce is how late an event may be in the best of a few tries: one that a
	// proxy holds back comes with the next, or never.
	atOnce = 200 * time.Millisecond
	// goneWithin is how soon the hub must hear that a client has gone.
	goneWithin = 2 * time.Second
)

// A way is one protocol that a server speaks to clients.
type way struct {
	*testing.T
	name    string
	from    net.IP // where its client is
	server  server
	hub     *process.Hub
	direct  *hubtest.Hub // at the hub itself
	through *hubtest.Hub // the same through the server
	idle    *hubtest.Stream
	since   time.Time
}

func TestHubsBehindProxies(t *testing.T) {
	if testing.Short() {
		t.Skip("takes more than a minute; not with -short")
	}
	for _, s := range servers {
		t.Run(s.program, func(t *testing.T) {
			t.Parallel()
			h := startHub(t)
			p := s.start(t, h.Address())
			direct := &hubtest.Hub{URL: h.URL(), Client: client(t, nil, nil, "", nil)}
			if !s.plain {
				p.wantRedirect()
			}
			ways := p.ways(s, direct)
			for _, w := range ways {
				w.hub = h
				w.idle, w.since = w.through.Subscribe(t, "topic="+w.topic("idle"), nil), time.Now()
				if got, want := w.idle.Response.ProtoMajor, w.name == "HTTP2"; got == 2 != want {
					t.Errorf("%s: the server speaks HTTP/%d", w.name, got)
				}
			}
			t.Run("all", func(t *testing.T) {
				for _, w := range ways {
					t.Run(w.name, func(t *testing.T) {
						t.Parallel()
						w.T = t
						w.check()
					})
				}
			})
			restart(t, h, ways)
		})
	}
}

// TestApacheHearsOfAQuietStream holds apache.conf to what it says: with a
// heartbeat each 900 ms Apache notices in time that a client has gone from a
// stream that brings nothing.
func TestApacheHearsOfAQuietStream(t *testing.T) {
	h := startHub(t, "heartbeat 900ms")
	s := servers[0]
	p := s.start(t, h.Address())
	for _, w := range p.ways(s, &hubtest.Hub{URL: h.URL(), Client: client(t, nil, nil, "", nil)}) {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			w.T, w.hub, w.server.late = t, h, false
			w.disconnect()
		})
	}
}

// startHub starts one with more directives than those that all tests need.
func startHub(t *testing.T, more ...string) *process.Hub {
	t.Helper()
	bin, err := process.Binary()
	if err != nil {
		t.Fatal(err)
	}
	h, err := process.Start(process.Options{
		Bin: bin, Data: t.TempDir(), PublisherKey: hubtest.PublisherSecret, SubscriberKey: hubtest.SubscriberSecret,
		Directives: strings.Join(append(more, "anonymous", "subscriptions", "stop_spread 0", "trusted_proxies 127.0.0.1/32", "cors_origins "+page), "\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Kill)
	return h
}

// ways returns the protocols of a server, each with a client of its own.
func (p *place) ways(s server, direct *hubtest.Hub) []*way {
	secure, plain := publicURL("https", p.https), publicURL("http", p.http)
	both, one, two := protocols(true, true), protocols(true, false), protocols(false, true)
	var list []*way
	add := func(name, url, address string, speaks *http.Protocols) {
		from := net.IPv4(127, 0, 0, byte(10+len(list)))
		list = append(list, &way{name: name, from: from, through: &hubtest.Hub{URL: url, Client: client(p.T, p, from, address, speaks)}})
	}
	if s.http1 {
		add("HTTP1", secure, p.https, both)
	} else {
		add("HTTP1", secure, p.https, one)
		add("HTTP2", secure, p.https, two)
	}
	if s.plain {
		add("plain", plain, p.http, one)
	}
	for _, w := range list {
		w.server, w.direct = s, direct
	}
	return list
}

// publicURL is the hub's behind an address, as clients have it.
func publicURL(scheme, address string) string {
	_, port, _ := net.SplitHostPort(address)
	return scheme + "://" + domain + ":" + port + hub.DefaultPath
}

func protocols(http1, http2 bool) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(http1)
	p.SetHTTP2(http2)
	return p
}

// client returns one that takes every name for the one address, "" for none,
// and dials it from another.
func client(t *testing.T, p *place, from net.IP, address string, speaks *http.Protocols) *http.Client {
	tr := &http.Transport{MaxIdleConnsPerHost: 16, Protocols: speaks}
	if address != "" {
		tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}).DialContext(ctx, network, address)
		}
		tr.TLSClientConfig = &tls.Config{RootCAs: p.roots}
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// topic is one of its own for each way.
func (w *way) topic(name string) string { return topic + w.name + "/" + name }

// send publishes at the hub itself.
func (w *way) send(fields ...string) (id string) { return w.direct.Send(w, fields...) }

func (w *way) check() {
	w.address()
	w.firstEvent()
	w.inOrder()
	w.disconnect()
	w.resume()
	w.cookie()
	w.headers()
	w.publish()
	w.query()
	w.standsIdle()
}

// firstEvent fails unless the first event of a stream comes at once.
func (w *way) firstEvent() {
	best := time.Hour
	for range 5 {
		s := w.through.Subscribe(w, "topic="+w.topic("first"), nil)
		at := time.Now()
		w.send("topic", w.topic("first"), "data", "first")
		s.Want(w, "first")
		best = min(best, time.Since(at))
		s.Close()
		if best < atOnce {
			break
		}
	}
	w.Logf("the first event came %v after the request that published it began", best.Round(100*time.Microsecond))
	if best >= atOnce {
		w.Errorf("the first event was late by %v in the best of five tries, want less than %v", best, atOnce)
	}
}

// inOrder fails unless 1,000 events, small and large, come in the hub's order.
func (w *way) inOrder() {
	const count, publishers = 1000, 4
	s := w.through.Subscribe(w, "topic="+w.topic("many"), nil)
	defer s.Close()
	want := w.direct.Subscribe(w, "topic="+w.topic("many"), nil)
	defer want.Close()
	var all sync.WaitGroup
	for i := range publishers {
		all.Go(func() {
			for n := range count / publishers {
				data := fmt.Sprintf("%d of %d", n, i)
				if n%50 == 0 {
					data += strings.Repeat(" and more", 8<<10)
				}
				token := hubtest.PublisherToken(w, "*")
				resp, body := w.direct.Post(w, token, url.Values{"topic": {w.topic("many")}, "data": {data}})
				if resp.StatusCode != http.StatusOK {
					w.Errorf("publishing: %s: %s", resp.Status, body)
					return
				}
			}
		})
	}
	all.Wait()
	for n := range count {
		if got, want := s.Next(w), want.Next(w); got != want {
			w.Fatalf("event %d is %.80q with the id %s, want %.80q with %s", n, got.Data, got.ID, want.Data, want.ID)
		}
	}
}

// disconnect fails unless the hub hears soon that a client has gone.
func (w *way) disconnect() {
	all := hubtest.Bearer(hubtest.SubscriberToken(w, "*"))
	about := url.QueryEscape(w.topic("gone"))
	watch := w.direct.Subscribe(w, "topic=/.well-known/mercure/subscriptions/"+url.QueryEscape(about)+"/%7Bsubscriber%7D", all)
	defer watch.Close()
	s := w.through.Subscribe(w, "topic="+about, nil)
	if e := watch.Next(w); !strings.Contains(e.Data, `"active":true`) {
		w.Fatalf("got %s, want the subscription to be active", e.Data)
	}
	s.Close()
	begin := time.Now()
	if w.server.late {
		ctx, stop := context.WithCancel(w.Context())
		var events sync.WaitGroup
		defer events.Wait()
		defer stop()
		events.Go(func() { w.sendUntil(ctx, w.topic("gone")) })
	}
	if e := watch.Next(w); !strings.Contains(e.Data, `"active":false`) {
		w.Fatalf("got %s, want the subscription to be over", e.Data)
	}
	took := time.Since(begin)
	w.Logf("the hub heard %v later that a client had gone", took.Round(time.Millisecond))
	if took > goneWithin {
		w.Errorf("the hub heard %v later that a client had gone, want %v", took, goneWithin)
	}
}

// sendUntil publishes an event each 100 ms until ctx is over.
func (w *way) sendUntil(ctx context.Context, about string) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		w.send("topic", about, "data", "to nobody")
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// resume fails unless a cursor reaches the hub, and its answer the client.
func (w *way) resume() {
	about := w.topic("resume")
	first := w.send("topic", about, "data", "1")
	w.send("topic", about, "data", "2")
	w.send("topic", about, "data", "3")
	for query, header := range map[string]http.Header{
		"&lastEventID=" + url.QueryEscape(first): {},
		"":                                       {"Last-Event-Id": {first}},
	} {
		s := w.through.Subscribe(w, "topic="+about+query, header)
		if got := s.Response.Header.Get("Last-Event-ID"); got != first {
			w.Errorf("the answer to the cursor is %q, want %q", got, first)
		}
		s.Want(w, "2", "3")
		s.Close()
	}
}

// cookie fails unless the token in a cookie reaches the hub, among others and
// when it is long.
func (w *way) cookie() {
	about := w.topic("private")
	selectors := []string{about}
	for n := range 60 {
		selectors = append(selectors, fmt.Sprintf("https://example.com/users/%08d", n))
	}
	token := hubtest.SubscriberToken(w, selectors...)
	s := w.through.Subscribe(w, "topic="+about, http.Header{"Cookie": {"session=1; mercureAuthorization=" + token + "; last=2"}})
	defer s.Close()
	w.send("topic", about, "data", "for one", "private", "on")
	s.Want(w, "for one")
}

// publish fails unless publishing through the server works, with the hub's
// largest update, and a refusal comes as the hub wrote it.
func (w *way) publish() {
	about := w.topic("publish")
	s := w.direct.Subscribe(w, "topic="+about, nil)
	defer s.Close()
	data := strings.Repeat("0123456789abcde ", 1<<16-64)
	w.through.Send(w, "topic", about, "data", data)
	s.Want(w, data)
	resp, body := w.through.Post(w, "", url.Values{"topic": {about}, "data": {"x"}})
	if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("WWW-Authenticate") == "" {
		w.Errorf("publishing without a token: %s with %v: %s; want the hub's 401", resp.Status, resp.Header, body)
	}
}

// query fails unless QUERY, draft1's way to subscribe with long lists, passes. A
// server that is hasty is asked again, as a browser does that has lost a stream.
func (w *way) query() {
	about := w.topic("query")
	for tries := 1; ; tries++ {
		s := hubtest.OpenQuery(w, w.through.Client, w.through.URL, "match="+url.QueryEscape(about))
		w.send("topic", about, "data", "asked for")
		e, ok := s.NextOrEnd(w)
		s.Close()
		switch {
		case ok && e.Data == "asked for":
			return
		case ok:
			w.Fatalf("the event has data %q", e.Data)
		case !w.server.hasty || tries == 10:
			w.Fatal("the stream of a QUERY ended; want an event")
		}
		w.Logf("%s cut the stream of a QUERY at its beginning", w.server.program)
	}
}

// standsIdle fails unless the stream that was opened first is still there, has
// had a heartbeat, and brings the next event at once.
func (w *way) standsIdle() {
	time.Sleep(time.Until(w.since.Add(idleFor)))
	beats := 0
	for len(w.idle.Comments) > 0 {
		if strings.Contains(<-w.idle.Comments, "heartbeat") {
			beats++
		}
	}
	at := time.Now()
	w.send("topic", w.topic("idle"), "data", "after a minute")
	w.idle.Want(w, "after a minute")
	w.Logf("idle for %v with %d heartbeats, then an event after %v", at.Sub(w.since).Round(time.Second), beats, time.Since(at).Round(100*time.Microsecond))
	if beats < 2 {
		w.Errorf("%d heartbeats came, want the one at the beginning and at least one within the minute", beats)
	}
	w.idle.Close()
}

// wantRedirect fails unless plain HTTP leads to HTTPS.
func (p *place) wantRedirect() {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), hubtest.Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+domain+"/.well-known/mercure?topic=x", nil)
	if err != nil {
		p.Fatal(err)
	}
	resp, err := client(p.T, p, nil, p.http, nil).Do(req)
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	if to := resp.Header.Get("Location"); resp.StatusCode != http.StatusPermanentRedirect || !strings.HasPrefix(to, "https://"+domain) || !strings.HasSuffix(to, "/.well-known/mercure?topic=x") {
		p.Errorf("plain HTTP is answered with %s to %q, want a redirect to HTTPS", resp.Status, to)
	}
}

// restart fails unless a hub that comes back is reached at once, also when it
// was asked for while it was away.
func restart(t *testing.T, h *process.Hub, ways []*way) {
	if t.Failed() {
		return
	}
	if err := h.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, w := range ways {
		if resp, _ := w.through.Do(t, http.MethodGet, w.through.URL+"?topic=x", nil, ""); resp.StatusCode/100 != 5 {
			t.Errorf("over %s, without a hub: %s, want 502 or 503", w.name, resp.Status)
		}
	}
	next, err := h.Restart()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(next.Kill)
	for _, w := range ways {
		begin := time.Now()
		w.through.Subscribe(t, "topic=x", nil).Close()
		t.Logf("over %s, the hub was reached %v after it was back", w.name, time.Since(begin).Round(time.Millisecond))
	}
}
