// Package bench puts load on a hub of the protocol, whichever it is, and
// measures what it costs: the hub's own processor time and memory, from /proc,
// and what its clients see. It checks what arrives while it measures.
package bench

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Modes are what a bench can measure.
var Modes = []struct{ Name, Summary string }{
	{"fanout", "one topic, every subscriber receives every event"},
	{"unicast", "each subscriber has its own private topic and its own token"},
	{"publish", "publish as fast as the hub takes it, to nobody"},
	{"idle", "open streams and leave them alone: memory of a connection"},
	{"replay", "subscribers come back with the id of an event and get what they missed"},
	{"connect", "open streams as fast as the hub grants them, each with its own token"},
}

// Match is how subscribers say what they follow.
type Match string

const (
	Exact      Match = "exact"      // topic=…, the topic itself
	Template   Match = "template"   // topic=…, a URI Template for each topic
	URLPattern Match = "urlpattern" // match_urlpattern=…, a pattern for each topic (1.0)
)

// Options say what load to put on which hub. Hub and PublisherKey are
// required; WithDefaults fills in the rest for a mode.
type Options struct {
	Hub  string // URL
	PIDs []int  // the hub's processes; none: cost is not measured
	// The keys are shared secrets, for tokens of the classic dialect.
	PublisherKey, SubscriberKey []byte
	PublisherAlg, SubscriberAlg string // default HS256

	Subscribers, Publishers int
	Topics                  int // distinct ones; each is followed by Subscribers/Topics
	Match                   Match
	Private, Tokens         bool // private updates; a token of its own for each subscriber
	Pace                    Pace
	Size                    int           // of an event on the stream, in bytes
	Duration                time.Duration // of the timed part; idle: the time to settle
	Events                  int           // the most to publish in the timed part; 0 for no bound
	History, Missed         int           // replay: events before, and after, the last one seen
	// Timeout bounds everything: connecting, publishing, waiting for the rest.
	Timeout  time.Duration
	Progress func(format string, args ...any)
	// Timed is called before and after the timed part, if it is set.
	Timed func(started bool)
}

// Pace says when the next event is published.
type Pace struct {
	// Lockstep publishes the next event when every subscriber has the last one,
	// so that nothing queues up and each delivery is one write.
	Lockstep bool
	Rate     float64 // events a second; 0 for as fast as the hub takes them
}

// ParsePace reads "lockstep", "max" or a number of events a second.
func ParsePace(s string) (Pace, error) {
	switch s {
	case "lockstep":
		return Pace{Lockstep: true}, nil
	case "max":
		return Pace{}, nil
	}
	rate, err := strconv.ParseFloat(s, 64)
	if err != nil || !(rate > 0 && rate <= 1e7) {
		return Pace{}, fmt.Errorf("%q is no pace: write lockstep, max, or a number of events a second", s)
	}
	return Pace{Rate: rate}, nil
}

func (p Pace) String() string {
	switch {
	case p.Lockstep:
		return "lockstep"
	case p.Rate == 0:
		return "max"
	}
	return strconv.FormatFloat(p.Rate, 'f', -1, 64)
}

// The bounds of a bench, so that a slip of the finger harms nobody.
const (
	MaxSubscribers = 1_000_000
	MaxPublishers  = 1024
	MaxDuration    = time.Hour
	MaxSize        = 1 << 20
	MaxHistory     = 10_000_000
)

// WithDefaults returns o as the mode wants it, or what is wrong with it.
func (o Options) WithDefaults(mode string) (Options, error) {
	switch mode {
	case "fanout":
		o.Subscribers, o.Publishers, o.Topics = cmp.Or(o.Subscribers, 1000), cmp.Or(o.Publishers, 4), cmp.Or(o.Topics, 1)
	case "unicast":
		o.Subscribers, o.Publishers = cmp.Or(o.Subscribers, 10_000), cmp.Or(o.Publishers, 16)
		o.Topics = cmp.Or(o.Topics, o.Subscribers)
		o.Private, o.Tokens = true, true
	case "publish":
		o.Publishers, o.Topics = cmp.Or(o.Publishers, 64), cmp.Or(o.Topics, 1)
	case "idle":
		o.Subscribers, o.Topics = cmp.Or(o.Subscribers, 10_000), cmp.Or(o.Topics, 1)
		o.Duration = cmp.Or(o.Duration, 3*time.Second)
	case "replay":
		o.Subscribers, o.Topics = cmp.Or(o.Subscribers, 500), cmp.Or(o.Topics, 1)
		o.Publishers, o.Missed = cmp.Or(o.Publishers, 64), cmp.Or(o.Missed, 100)
	case "connect":
		o.Subscribers, o.Tokens = cmp.Or(o.Subscribers, 10_000), true
		o.Topics = cmp.Or(o.Topics, o.Subscribers)
	default:
		names := make([]string, len(Modes))
		for i, m := range Modes {
			names[i] = m.Name
		}
		return o, fmt.Errorf("there is no mode %q, but %s", mode, strings.Join(names, ", "))
	}
	o.Match = cmp.Or(o.Match, Exact)
	o.Size = cmp.Or(o.Size, 193)
	o.Duration = cmp.Or(o.Duration, 5*time.Second)
	o.Timeout = cmp.Or(o.Timeout, o.Duration+2*time.Minute)
	if o.Progress == nil {
		o.Progress = func(string, ...any) {}
	}
	if o.Timed == nil {
		o.Timed = func(bool) {}
	}
	return o, o.check()
}

func (o Options) check() error {
	switch {
	case o.Hub == "":
		return errors.New("the hub's URL is missing")
	case o.Subscribers < 0 || o.Subscribers > MaxSubscribers:
		return fmt.Errorf("subscribers are 0 to %d", MaxSubscribers)
	case o.Publishers < 0 || o.Publishers > MaxPublishers:
		return fmt.Errorf("publishers are 1 to %d", MaxPublishers)
	case o.Publishers > 0 && len(o.PublisherKey) == 0:
		return errors.New("publishing needs the hub's key: --publisher-key-file, or MERCURE_PUBLISHER_JWT_KEY in the environment")
	case o.Tokens && len(o.SubscriberKey) == 0:
		return errors.New("subscribers' tokens need the hub's key: --subscriber-key-file, or MERCURE_SUBSCRIBER_JWT_KEY in the environment")
	case o.Size < MinSize || o.Size > MaxSize:
		return fmt.Errorf("an event has %d to %d bytes", MinSize, MaxSize)
	case o.Duration < 0 || o.Duration > MaxDuration:
		return fmt.Errorf("a duration is at most %v", MaxDuration)
	case o.History < 0 || o.History > MaxHistory || o.Missed < 0 || o.Missed > MaxHistory:
		return fmt.Errorf("a history has at most %d events", MaxHistory)
	case o.Topics < 1 || o.Topics > MaxSubscribers:
		return fmt.Errorf("topics are 1 to %d", MaxSubscribers)
	case o.Match != Exact && o.Match != Template && o.Match != URLPattern:
		return fmt.Errorf("%q is no way to match: exact, template or urlpattern", o.Match)
	case o.Match == URLPattern && o.Tokens:
		return errors.New("the bench mints classic tokens, which do not go with urlpattern")
	}
	return nil
}
