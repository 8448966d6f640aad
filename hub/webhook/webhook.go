// Package webhook tells an application, by signed POST requests, what happens in
// the hub: as Standard Webhooks has it (https://www.standardwebhooks.com), so
// that receivers can verify with a library of theirs.
package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Options configure a Sender. URL and Secret are required.
type Options struct {
	URL    string
	Secret Secret
	Logger *slog.Logger
	// Timeout bounds one request; default 10 s.
	Timeout time.Duration
	// MinDelay is the wait before the second try, which doubles from try to
	// try up to MaxDelay, less a random half; default 1 s and 1 minute.
	MinDelay, MaxDelay time.Duration
	// GiveUp is how long a message is tried; default 15 minutes.
	GiveUp time.Duration
	// MaxWaiting bounds the messages that wait; the oldest go first. Default
	// 10,000.
	MaxWaiting int
}

// lanes is how many messages are under way at once.
const lanes = 8

// A Sender delivers messages to one URL: those about the same subject in order,
// each again until it is taken with a 2xx.
type Sender struct {
	o      Options
	shown  string // the URL without its password
	client *http.Client
	seed   maphash.Seed
	lanes  [lanes]lane
	counts counts
	ctx    context.Context
	cut    context.CancelFunc
	done   sync.WaitGroup
}

// A message is one delivery, whatever the number of its tries.
type message struct {
	id   string
	body []byte
	made time.Time
}

// New starts a sender. The caller ends it with Close.
func New(o Options) *Sender {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Timeout = or(o.Timeout, 10*time.Second)
	o.MinDelay, o.MaxDelay = or(o.MinDelay, time.Second), or(o.MaxDelay, time.Minute)
	o.GiveUp = or(o.GiveUp, 15*time.Minute)
	if o.MaxWaiting <= 0 {
		o.MaxWaiting = 10_000
	}
	s := &Sender{o: o, shown: o.URL, seed: maphash.MakeSeed()}
	if u, err := url.Parse(o.URL); err == nil {
		s.shown = u.Redacted()
	}
	s.client = &http.Client{
		Timeout:   o.Timeout,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: lanes, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true},
		// A redirected POST would arrive as a GET, or be signed for somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s.ctx, s.cut = context.WithCancel(context.Background())
	for i := range s.lanes {
		l := &s.lanes[i]
		l.wake = make(chan struct{}, 1)
		s.done.Go(func() { s.run(l) })
	}
	return s
}

func or(d, def time.Duration) time.Duration {
	if d <= 0 {
		return def
	}
	return d
}

// Send queues a message about subject: its type, such as subscriber.connected,
// and what encoding/json makes of data. It never blocks.
func (s *Sender) Send(subject, kind string, at time.Time, data any) error {
	body, err := json.Marshal(envelope{kind, at.UTC().Format(time.RFC3339Nano), data})
	if err != nil {
		return err
	}
	l := &s.lanes[maphash.String(s.seed, subject)%lanes]
	if dropped := l.push(message{"msg_" + uuid.NewString(), body, time.Now()}, max(1, s.o.MaxWaiting/lanes)); dropped != nil {
		s.counts.dropped.Add(1)
		s.o.Logger.Error("too many webhook messages wait: the oldest is lost", "message", dropped.id, "url", s.shown)
	}
	return nil
}

type envelope struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      any    `json:"data"`
}

// ErrLost is returned by Close when messages could not be delivered any more.
var ErrLost = errors.New("webhook: messages could not be delivered before the stop")

// Close delivers what waits, until ctx is over, and ends the sender. Nothing
// may be sent any more.
func (s *Sender) Close(ctx context.Context) error {
	for i := range s.lanes {
		s.lanes[i].close()
	}
	delivered := make(chan struct{})
	go func() {
		s.done.Wait()
		close(delivered)
	}()
	select {
	case <-delivered:
	case <-ctx.Done():
	}
	s.cut()
	<-delivered
	s.client.CloseIdleConnections()
	lost := 0
	for i := range s.lanes {
		lost += s.lanes[i].length()
	}
	if lost > 0 {
		s.o.Logger.Error("webhook messages are lost: their receiver did not take them before the stop", "messages", lost, "url", s.shown)
		return ErrLost
	}
	return nil
}
