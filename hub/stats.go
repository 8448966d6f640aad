package hub

import (
	"sync/atomic"

	"amalgam/hub/eventlog"
	"amalgam/hub/fanout"
	"amalgam/hub/stat"
)

// Stats is what a hub has done since it started, and what it holds now.
type Stats struct {
	// Updates have been made durable: what was published, and subscription
	// events.
	Updates uint64
	// Publishes counts the nanoseconds from a publisher's request to its 2xx;
	// updates that the embedding program publishes are not in it.
	Publishes stat.Distribution
	// Refusals counts refused requests by rule; it has every rule, and
	// stat.Other.
	Refusals map[string]uint64
	// PayloadFaults is what Hub.PayloadFaults returns.
	PayloadFaults map[string]uint64
	Streams       fanout.Stats
	// Ready is what Hub.Ready returns.
	Ready error
	// History is nil if the log is no eventlog.Reporter, or cannot tell.
	History *eventlog.Stats
}

// Stats is for now and then: its cost grows with the subscribers, but nobody
// waits for it as a whole.
func (h *Hub) Stats() Stats {
	st := Stats{
		Updates:       h.counts.updates.Load(),
		Publishes:     h.counts.publishes.Snapshot(),
		Refusals:      h.counts.refusals.Snapshot(),
		PayloadFaults: h.PayloadFaults(),
		Streams:       h.fan.Stats(),
		Ready:         h.Ready(),
	}
	if r, ok := h.cfg.Log.(eventlog.Reporter); ok {
		if history, err := r.Stats(); err == nil {
			st.History = &history
		}
	}
	return st
}

// counts is what Stats returns and is counted as it happens.
type counts struct {
	updates   atomic.Uint64
	publishes *stat.Histogram
	refusals  *stat.Counters
}

func newCounts() counts {
	return counts{publishes: stat.NewTimes(), refusals: stat.NewCounters(Rules...)}
}

// Rules lists every rule a request can be refused by. A test finds them in the
// sources and holds this list against them.
var Rules = []string{
	"body-length", "body-read", "content-type", "data-utf8", "dialect-both", "id-control", "id-format", "id-fragment",
	"id-length", "id-reserved", "id-utf8", "internal", "log-closed", "log-failed", "log-full", "match-count",
	"match-control", "match-format", "match-length", "match-pattern", "match-unknown", "match-utf8", "method", "misdirected", "origin-missing", "origin-not-listed", "path", "payload", "payloads-none",
	"retry-digits", "retry-range", "selector-length", "stopping", "subscribers", "subscribers-address",
	"subscription-unknown", "subscriptions-not-granted", "token-audience", "token-claim", "token-classic",
	"token-details", "token-expired", "token-in-url", "token-invalid", "token-issuer", "token-kid", "token-malformed",
	"token-missing", "token-place", "token-presented", "token-publishes-nothing", "token-role", "token-selector",
	"token-typ", "topic-control", "topic-count", "topic-empty", "topic-format", "topic-missing", "topic-not-granted",
	"topic-reserved", "topic-utf8", "topic-wildcard", "topics-value", "type-control", "type-format", "type-length",
	"type-reserved", "type-utf8",
}
