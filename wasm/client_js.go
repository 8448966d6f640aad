package wasm

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"time"

	"amalgam/payload"
	"amalgam/wasm/stream"
)

// Config is what a Client is made of. URL and Payloads are required.
type Config struct {
	// URL is the hub's, with topics to subscribe to:
	// https://example.com/.well-known/mercure?topic=… A relative one is
	// resolved by the browser.
	URL string

	// Topics are followed besides those in URL: selectors of the hub's dialect,
	// which the URL's parameters or the hub's metadata tell.
	Topics []string

	// Payloads holds the schemas of events. Events of other names have none.
	Payloads *payload.Set

	// LastEventID is the id after which to begin; empty: now.
	LastEventID string

	// Token, when set, is asked for a bearer token and when it expires (zero if
	// unknown): before the first connection, before one expires, and once after
	// a 401. It runs in a goroutine of its own.
	Token func(context.Context) (token string, expires time.Time, err error)

	// WithoutCredentials keeps the browser from sending cookies to a hub on
	// another origin.
	WithoutCredentials bool

	// OnState, when set, is told of each change of state, and OnGap when events
	// may have been missed: the stream was to go on after the id requested, and
	// goes on after received. They must not block; they may call the client.
	OnState func(Status)
	OnGap   func(requested, received string)

	// Debug, when set, is told each decision in one line.
	Debug func(line string)
}

// The states of a stream and why it is in one: see package stream.
type (
	Status = stream.Status
	State  = stream.State
)

// Event is what a hub sent.
type Event struct {
	Name        string // "message" when the hub gave none
	LastEventID string
	Topic       string // where the hub names it (topics=on)
	Data        []byte

	// Issues is what is wrong with Data by the schema of Name: nil when it
	// holds, and also when Name has no schema.
	Issues []payload.Issue
}

// Client is one stream from a hub, for pages written in Go. It reconnects,
// resumes and notices loss as [stream.Stream] does, over fetch. Its methods may
// be called from any goroutine.
type Client struct {
	config Config
	events *queue[Event]
	work   *queue[func()] // for the one goroutine that the stream belongs to
	cancel context.CancelFunc
	stream *stream.Stream
	timer  *time.Timer
	conns  map[int32]context.CancelFunc
	status chan Status // holds the newest
}

// NewClient checks the configuration. Nothing is sent before Open.
func NewClient(config Config) (*Client, error) {
	if config.URL == "" {
		return nil, errors.New("wasm.NewClient: Config.URL is empty: want the hub's URL with its topics")
	}
	if config.Payloads == nil {
		return nil, errors.New("wasm.NewClient: Config.Payloads is nil: want the set of events and their schemas")
	}
	c := &Client{config: config, status: make(chan Status, 1)}
	c.status <- Status{State: stream.Idle}
	return c, nil
}

// Open connects. It does nothing when it has been called before: a client that
// was closed stays so. Range over Events to receive.
func (c *Client) Open() {
	if c.work != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	c.events, c.work, c.conns = newQueue[Event](), newQueue[func()](), map[int32]context.CancelFunc{}
	c.stream = stream.New(stream.Config{
		URL:         c.config.URL,
		Selectors:   exact(c.config.Topics),
		LastEventID: c.config.LastEventID,
		Renewable:   c.config.Token != nil,
		Debug:       c.config.Debug != nil,
	}, &pageHost{Client: c, ctx: ctx})
	go func() {
		for {
			do, ok := c.work.take()
			if !ok {
				return
			}
			do()
		}
	}()
	c.work.put(c.stream.Open)
}

// SetTopics replaces Config.Topics. What is followed before and after comes
// without a gap.
func (c *Client) SetTopics(topics ...string) {
	c.config.Topics = topics
	if c.work != nil {
		c.work.put(func() { c.stream.SetSelectors(exact(topics)) })
	}
}

func exact(topics []string) []stream.Selector {
	list := make([]stream.Selector, len(topics))
	for i, t := range topics {
		list[i].Value = t
	}
	return list
}

// Events yields what arrives, in order, and waits in between. It ends when the
// stream is closed: Status tells why. What has not been received by then is
// dropped. Events wait in memory until they are received, so the loop should
// keep up.
func (c *Client) Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		if c.events == nil {
			return
		}
		for {
			event, ok := c.events.take()
			if !ok || !yield(event) {
				return
			}
		}
	}
}

// Status returns what the stream is doing, and why.
func (c *Client) Status() Status {
	s := <-c.status
	c.status <- s
	return s
}

// Close ends the stream and lets go of all that belongs to it. It does not wait
// for a loop over Events to end, so that it may be called from within one.
func (c *Client) Close() {
	if c.work != nil {
		c.work.put(c.stream.Close)
	}
}

// pageHost is the world of a Client's stream. Its methods run in the client's
// one goroutine.
type pageHost struct {
	*Client
	ctx context.Context
}

func (h *pageHost) Now() int64           { return time.Now().UnixMilli() }
func (h *pageHost) Random(n int64) int64 { return rand.Int64N(max(n, 1)) }

func (h *pageHost) Connect(conn int32, r *stream.Request) {
	ctx, cancel := context.WithCancel(h.ctx)
	h.conns[conn] = cancel
	go h.read(ctx, conn, r)
}

// read answers for one connection.
func (h *pageHost) read(ctx context.Context, conn int32, r *stream.Request) {
	err := fetchStream(ctx, r, !h.config.WithoutCredentials,
		func(head stream.Head) { h.work.put(func() { h.stream.Head(conn, head) }) },
		func(piece []byte) { h.work.put(func() { h.stream.Bytes(conn, piece) }) })
	reason := ""
	if err != nil {
		reason = err.Error()
	}
	h.work.put(func() {
		h.stream.End(conn, reason)
		delete(h.conns, conn)
	})
}

func (h *pageHost) Cut(conn int32) {
	if cancel := h.conns[conn]; cancel != nil {
		cancel()
		delete(h.conns, conn)
	}
}

func (h *pageHost) Wake(ms int64) {
	if h.timer != nil {
		h.timer.Stop()
	}
	if ms >= 0 {
		h.timer = time.AfterFunc(time.Duration(ms)*time.Millisecond, func() { h.work.put(h.stream.Tick) })
	}
}

func (h *pageHost) Discover() {
	go func() {
		dialect := dialectOf(h.ctx, h.config.URL)
		h.work.put(func() {
			if dialect == stream.Auto {
				h.stream.Undiscovered()
				return
			}
			h.stream.Discovered(dialect)
		})
	}()
}

func (h *pageHost) AskToken() {
	go func() {
		token, expires, err := h.config.Token(h.ctx)
		h.work.put(func() {
			if err != nil {
				h.stream.NoToken(err.Error())
				return
			}
			at := int64(0)
			if !expires.IsZero() {
				at = expires.UnixMilli()
			}
			h.stream.Token(token, at)
		})
	}()
}

func (h *pageHost) Changed(s Status) {
	<-h.status
	h.status <- s
	if h.config.OnState != nil {
		h.config.OnState(s)
	}
	if s.State == stream.Closed {
		h.cancel()
		h.events.close()
		h.work.close()
	}
}

func (h *pageHost) Gap(requested, received string) {
	if h.config.OnGap != nil {
		h.config.OnGap(requested, received)
	}
}

func (h *pageHost) Fault(_ stream.Code, reason string, _ []stream.Selector) { h.Debug(reason) }

func (h *pageHost) Debug(line string) {
	if h.config.Debug != nil {
		h.config.Debug(line)
	}
}

func (h *pageHost) Event(name, id, topic, data []byte) {
	e := Event{Name: string(name), LastEventID: string(id), Topic: string(topic), Data: append([]byte(nil), data...)}
	if e.Name == "" {
		e.Name = "message"
	}
	if i := h.config.Payloads.Index(e.Name); i >= 0 {
		e.Issues = h.config.Payloads.ValidateAt(i, e.Data)
	}
	h.events.put(e)
}
