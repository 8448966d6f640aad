package metrics

import (
	"amalgam/hub"
	"amalgam/hub/stat"
	"amalgam/hub/webhook"
)

// A Kind is the type of a metric.
type Kind string

const (
	Counter   Kind = "counter"
	Gauge     Kind = "gauge"
	Histogram Kind = "histogram"
)

// A Metric is one of Table.
type Metric struct {
	Name string
	Kind Kind
	// Label is its one label, or "". Its values are a fixed list: no client can
	// add to them.
	Label string
	Unit  string
	Help  string
	// Exactly one of these gives its value. A nil distribution, or one without
	// buckets, is left out, and so is a value without ok.
	value  func(*numbers) (v float64, ok bool)
	values func(*numbers) map[string]uint64
	counts func(*numbers) stat.Distribution
	per    float64 // of what a distribution counts in one of the unit
}

const perSecond = 1e9 // nanoseconds

// Table lists every metric of the hub. Those whose names begin with mercure_
// have the names that the reference hub documents, so that what watches that
// hub watches this one; all others begin with amalgam_.
var Table = []Metric{
	{Name: "mercure_subscribers_connected", Kind: Gauge, Unit: "streams", Help: "Streams that are open.",
		value: always(func(st *numbers) float64 { return float64(st.Streams.Subscribers) })},
	{Name: "mercure_subscribers_total", Kind: Counter, Unit: "streams", Help: "Streams that have been opened.",
		value: always(func(st *numbers) float64 { return float64(st.Streams.Attached) })},
	{Name: "mercure_updates_total", Kind: Counter, Unit: "updates", Help: "Updates that have been made durable, subscription events among them.",
		value: always(func(st *numbers) float64 { return float64(st.Updates) })},

	{Name: "amalgam_ready", Kind: Gauge, Unit: "0 or 1", Help: "1 while the hub takes updates and subscribers, as /readyz says.",
		value: always(func(st *numbers) float64 {
			if st.Ready != nil {
				return 0
			}
			return 1
		})},
	{Name: "amalgam_publish_seconds", Kind: Histogram, Unit: "seconds", Help: "From a publisher's request to its 2xx.",
		counts: func(st *numbers) stat.Distribution { return st.Publishes }, per: perSecond},
	{Name: "amalgam_refusals_total", Kind: Counter, Label: "rule", Unit: "requests", Help: "Requests that were refused, by the rule that the log names too.",
		values: func(st *numbers) map[string]uint64 { return st.Refusals }},
	{Name: "amalgam_payload_faults_total", Kind: Counter, Label: "event", Unit: "updates", Help: "Updates whose data did not hold to the schema of their event, refused or, with `payloads FILE warn`, taken.",
		values: func(st *numbers) map[string]uint64 { return st.PayloadFaults }},

	{Name: "amalgam_commit_updates", Kind: Histogram, Unit: "updates", Help: "Updates that were made durable together, with one sync. In a history on disk only.",
		counts: history(func(st *numbers) stat.Distribution { return st.History.Commits }), per: 1},
	{Name: "amalgam_sync_seconds", Kind: Histogram, Unit: "seconds", Help: "What a sync of the journal took. In a history on disk only.",
		counts: history(func(st *numbers) stat.Distribution { return st.History.Syncs }), per: perSecond},
	{Name: "amalgam_history_events", Kind: Gauge, Unit: "updates", Help: "Updates in the history.",
		value: kept(func(st *numbers) float64 { return float64(st.History.Events) })},
	{Name: "amalgam_history_bytes", Kind: Gauge, Unit: "bytes", Help: "Size of the history by the measure of `history { max_bytes }`; its file is larger.",
		value: kept(func(st *numbers) float64 { return float64(st.History.Bytes) })},
	{Name: "amalgam_history_oldest_timestamp_seconds", Kind: Gauge, Unit: "seconds since 1970", Help: "When the oldest update of the history was taken. Absent while there is none.",
		value: func(st *numbers) (float64, bool) {
			if st.History == nil || st.History.Oldest == 0 {
				return 0, false
			}
			return float64(st.History.Oldest) / 1e3, true
		}},

	{Name: "amalgam_deliveries_total", Kind: Counter, Unit: "events", Help: "Events offered to subscribers as they came, once for each subscriber; replays are in amalgam_replay_events.",
		value: always(func(st *numbers) float64 { return float64(st.Streams.Offered) })},
	{Name: "amalgam_stream_bytes_total", Kind: Counter, Unit: "bytes", Help: "Bytes of streams as they were written, before TLS.",
		value: always(func(st *numbers) float64 { return float64(st.Streams.Written) })},
	{Name: "amalgam_queue_bytes", Kind: Gauge, Unit: "bytes", Help: "Encoded events that wait for subscribers, summed over their queues. An event is in memory once, however many queues it is in.",
		value: always(func(st *numbers) float64 { return float64(st.Streams.Queued) })},
	{Name: "amalgam_queue_longest_bytes", Kind: Gauge, Unit: "bytes", Help: "The longest queue of one subscriber; at `subscriber_queue` it is dropped and read from the history.",
		value: always(func(st *numbers) float64 { return float64(st.Streams.Longest) })},
	{Name: "amalgam_inbox_bytes", Kind: Gauge, Unit: "bytes", Help: "Updates between the log and the queues.",
		value: always(func(st *numbers) float64 { return float64(st.Streams.Inbox) })},
	{Name: "amalgam_catchups_total", Kind: Counter, Unit: "queues", Help: "Queues that were dropped because their subscriber was slow, and read from the history instead.",
		value: always(func(st *numbers) float64 { return float64(st.Streams.CatchUps) })},
	{Name: "amalgam_subscribers_behind", Kind: Gauge, Unit: "streams", Help: "Subscribers whose queue was dropped and who have not caught up yet.",
		value: always(func(st *numbers) float64 { return float64(st.Streams.Behind) })},
	{Name: "amalgam_replay_events", Kind: Histogram, Unit: "events", Help: "Events read from the history for one subscriber: at a reconnect, or because its queue was dropped.",
		counts: func(st *numbers) stat.Distribution { return st.Streams.Replays }, per: 1},
	{Name: "amalgam_streams_ended_total", Kind: Counter, Label: "reason", Unit: "streams", Help: "Streams that have ended. The hub has cut those with reason stalled (a write failed or took longer than dispatch_timeout) and log (the history cannot be read); client, expired, lifetime and shutdown are ordinary ends.",
		values: func(st *numbers) map[string]uint64 {
			m := make(map[string]uint64, len(st.Streams.Ended))
			for reason, n := range st.Streams.Ended {
				m[string(reason)] = n
			}
			return m
		}},

	{Name: "amalgam_webhook_messages_total", Kind: Counter, Label: "result", Unit: "messages", Help: "Messages to on_subscription that do not wait any more: delivered (taken with a 2xx), given_up (tried for 15 minutes and lost), dropped (lost because too many waited). With on_subscription only.",
		values: func(n *numbers) map[string]uint64 {
			m := make(map[string]uint64)
			if n.webhooks != nil {
				for result, count := range n.webhooks.Messages {
					m[string(result)] = count
				}
			}
			return m
		}},
	{Name: "amalgam_webhook_retries_total", Kind: Counter, Unit: "tries", Help: "Tries to deliver a message that failed, after which it is tried again. With on_subscription only.",
		value: told(func(st *webhook.Stats) float64 { return float64(st.Retries) })},
	{Name: "amalgam_webhook_waiting_messages", Kind: Gauge, Unit: "messages", Help: "Messages that have not been taken yet, those under way among them; at 10,000 the oldest are dropped. With on_subscription only.",
		value: told(func(st *webhook.Stats) float64 { return float64(st.Waiting) })},
	{Name: "amalgam_webhook_last_error_timestamp_seconds", Kind: Gauge, Unit: "seconds since 1970", Help: "When a try to deliver a message to on_subscription failed last. Absent while none has.",
		value: func(n *numbers) (float64, bool) {
			if n.webhooks == nil || n.webhooks.LastError.IsZero() {
				return 0, false
			}
			return float64(n.webhooks.LastError.UnixMilli()) / 1e3, true
		}},
}

// numbers are what the metrics show.
type numbers struct {
	hub.Stats
	webhooks *webhook.Stats // nil without on_subscription
}

func always(f func(*numbers) float64) func(*numbers) (float64, bool) {
	return func(st *numbers) (float64, bool) { return f(st), true }
}

// kept is for what a history that cannot tell does not show.
func kept(f func(*numbers) float64) func(*numbers) (float64, bool) {
	return func(st *numbers) (float64, bool) {
		if st.History == nil {
			return 0, false
		}
		return f(st), true
	}
}

// told is for what is there with on_subscription only.
func told(f func(*webhook.Stats) float64) func(*numbers) (float64, bool) {
	return func(n *numbers) (float64, bool) {
		if n.webhooks == nil {
			return 0, false
		}
		return f(n.webhooks), true
	}
}

func history(f func(*numbers) stat.Distribution) func(*numbers) stat.Distribution {
	return func(st *numbers) stat.Distribution {
		if st.History == nil {
			return stat.Distribution{}
		}
		return f(st)
	}
}
