package wasm

import (
	"errors"
	"iter"
	"slices"

	"amalgam/payload"

	"github.com/hack-pad/safejs"
)

// Config is what a Client is made of. URL and Payloads are required.
type Config struct {
	// URL is the hub's, with the topics to subscribe to:
	// https://example.com/.well-known/mercure?topic=… A relative one is
	// resolved by the browser.
	URL string

	// Payloads holds the events to listen to and their schemas.
	Payloads *payload.Set

	// Events names further events, which have no schema. Events without a name
	// arrive as "message" without being listed.
	Events []string

	// WithoutCredentials keeps the browser from sending cookies to a hub on
	// another origin.
	WithoutCredentials bool

	// OnState, when set, is told of each change of state. It is called from the
	// browser's event loop and must not block; it may call Close.
	OnState func(Status)
}

// Event is what a hub sent.
type Event struct {
	Name        string // "message" when the hub gave none
	LastEventID string
	Data        []byte

	// Issues is what is wrong with Data by the schema of Name: nil when it
	// holds, and also when Name has no schema.
	Issues []payload.Issue
}

// Client is one stream from a hub, for pages written in Go. Its methods may be
// called from any goroutine.
//
// It hears each event through one js.Func, which costs about 10 µs an event. A
// page that needs thousands a second is better served by [Serve].
type Client struct {
	config Config
	source *eventSource
	listen safejs.Func
	events *queue[Event]
	status Status
}

// NewClient checks the configuration. Nothing is sent before Build.
func NewClient(config Config) (*Client, error) {
	if config.URL == "" {
		return nil, errors.New("wasm.NewClient: Config.URL is empty: want the hub's URL with its topics")
	}
	if config.Payloads == nil {
		return nil, errors.New("wasm.NewClient: Config.Payloads is nil: want the set of events and their schemas")
	}
	config.Events = slices.Clone(config.Events)
	return &Client{config: config, status: Status{State: Idle}}, nil
}

// Build opens the stream. It does nothing when there is one, and opens another
// after the first was closed. Range over Events to receive.
func (c *Client) Build() error {
	if c.source != nil {
		return nil
	}
	c.events = newQueue[Event]()
	c.set(Status{State: Connecting})
	source, status := openEventSource(c.config.URL, !c.config.WithoutCredentials, func(status Status) {
		if status.State == Closed {
			c.drop()
		}
		c.set(status)
	})
	if status != nil {
		c.events.close()
		c.set(*status)
		return &StatusError{*status}
	}
	c.source = source
	listen, err := safejs.FuncOf(c.receive)
	if err != nil {
		c.drop()
		c.set(Status{Closed, CodeGlue, err.Error()})
		return err
	}
	c.listen = listen
	for _, name := range c.names() {
		if _, err := source.value.Call("addEventListener", name, listen); err != nil {
			c.drop()
			c.set(Status{Closed, CodeGlue, err.Error()})
			return err
		}
	}
	return nil
}

// Events yields what arrives, in order, and waits in between. It ends when the
// stream is closed, by Close or for good by the browser: Status tells which.
// What has not been received by then is dropped. Events wait in memory until
// they are received, so the loop should keep up.
func (c *Client) Events() iter.Seq[Event] {
	events := c.events
	return func(yield func(Event) bool) {
		if events == nil {
			return
		}
		for {
			event, ok := events.take()
			if !ok || !yield(event) {
				return
			}
		}
	}
}

// Status returns what the stream is doing, and why.
func (c *Client) Status() Status { return c.status }

// Close ends the stream and lets go of all that belongs to it. It does not wait
// for a loop over Events to end, so that it may be called from within one.
func (c *Client) Close() {
	if c.source == nil {
		return
	}
	c.drop()
	c.set(Status{State: Closed})
}

func (c *Client) names() []string { return names(c.config.Payloads.Names(), c.config.Events) }

func (c *Client) set(status Status) {
	if c.status == status {
		return
	}
	c.status = status
	if c.config.OnState != nil {
		c.config.OnState(status)
	}
}

func (c *Client) drop() {
	source := c.source
	if source == nil {
		return
	}
	c.source = nil
	for _, name := range c.names() {
		source.value.Call("removeEventListener", name, c.listen)
	}
	source.close()
	c.listen.Release()
	c.events.close()
}

// receive is the one function that the browser calls for messages.
func (c *Client) receive(_ safejs.Value, args []safejs.Value) any {
	defer func() {
		if v := recover(); v != nil {
			c.drop()
			c.set(Status{Closed, CodePanic, "receiving an event panicked: " + panicText(v)})
		}
	}()
	source := c.source
	if source == nil || len(args) == 0 {
		return nil
	}
	if ours, err := args[0].InstanceOf(source.message); err != nil || !ours {
		return nil // the EventSource's own open or error
	}
	var event Event
	event.Name, _ = source.property(args[0], "type")
	event.LastEventID, _ = source.property(args[0], "lastEventId")
	data, err := source.property(args[0], "data")
	if err != nil {
		return nil
	}
	event.Data = []byte(data)
	if i := c.config.Payloads.Index(event.Name); i >= 0 {
		event.Issues = c.config.Payloads.ValidateAt(i, event.Data)
	}
	c.events.put(event)
	return nil
}

// StatusError is a Status as an error.
type StatusError struct{ Status Status }

func (e *StatusError) Error() string { return "mercure: " + e.Status.Reason }
