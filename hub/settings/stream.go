package settings

import (
	"fmt"
	"time"
)

var streams = []Setting{
	{
		Name: "heartbeat", Args: "DURATION", Type: "duration", Unit: inDurations, Default: "40s",
		Doc:   "Time between two comments on each stream; 0 for none.",
		Apply: into(duration, func(s *Settings) *time.Duration { return &s.Hub.Heartbeat }),
	},
	{
		Name: "write_timeout", Args: "DURATION", Type: "duration", Unit: inDurations, Default: "600s",
		Doc:   "The longest life of a stream, after which the client reconnects; each ends up to a tenth earlier; 0 for no limit.",
		Apply: into(duration, func(s *Settings) *time.Duration { return &s.Hub.WriteTimeout }),
	},
	{
		Name: "dispatch_timeout", Args: "DURATION", Type: "duration", Unit: inDurations, Default: "5s",
		Doc:   "How long one write may take before a client counts as gone.",
		Apply: dispatchTimeout,
	},
	{
		Name: "subscriber_queue", Args: "SIZE", Type: "size", Unit: inSizes, Default: "1MiB",
		Doc: "How much may wait for one subscriber, as encoded events; one for whom more would wait reads it from the history instead.",
		Apply: func(s *Settings, d Directive) error {
			n, err := bounded(d.Args)
			s.Hub.MaxQueue = int(n)
			return err
		},
	},
	{
		Name: "max_subscribers", Args: "NUMBER", Type: "number", Unit: "streams", Default: "0",
		Doc:   "The most streams open at once; 0 for no limit.",
		Apply: into(count, func(s *Settings) *int { return &s.Hub.MaxSubscribers }),
	},
	{
		Name: "max_subscribers_per_address", Args: "NUMBER", Type: "number", Unit: "streams", Default: "0",
		Doc:   "The most streams open at once from one client address; 0 for no limit.",
		Apply: into(count, func(s *Settings) *int { return &s.Hub.MaxSubscribersPerAddress }),
	},
	{
		Name: "max_request_body_size", Args: "SIZE", Type: "size", Unit: inSizes, Default: "1MiB",
		Doc:   "The longest body of a publish or a QUERY; what is longer is refused with 413.",
		Apply: into(bounded, func(s *Settings) *int64 { return &s.Hub.Limits.Body }),
	},
	{
		Name: "stop_spread", Args: "DURATION", Type: "duration", Unit: inDurations, Default: "3s",
		Doc:   `When the hub stops, each stream ends at a random moment within this time, so that clients do not all come back at once; /readyz says "stopping" from its beginning, and the port stays open until its end. At most 15s; 0 ends all at once.`,
		Apply: stopSpread,
	},
}

// unlimitedWrite stands for the dispatch_timeout of 0 that the reference hub
// takes: a reader who takes nothing cannot be kept for ever.
const unlimitedWrite = 10 * time.Minute

func dispatchTimeout(s *Settings, d Directive) error {
	t, err := duration(d.Args)
	if t < 0 {
		t = unlimitedWrite
		s.warn("dispatch_timeout 0 would keep a client that takes nothing for ever: %v is used", unlimitedWrite)
	}
	s.Hub.DispatchTimeout = t
	return err
}

// maxStopSpread leaves time for the requests under way and for the log before
// an orchestrator kills a hub that is stopping, usually after 30 s.
const maxStopSpread = 15 * time.Second

func stopSpread(s *Settings, d Directive) (err error) {
	if s.Hub.StopSpread, err = duration(d.Args); err == nil && s.Hub.StopSpread > maxStopSpread {
		err = fmt.Errorf("%s is more than %v: a hub that stops has to be gone before it is killed", d.Args[0], maxStopSpread)
	}
	return err
}
