package bench

import (
	"fmt"
	"io"
	"time"
)

// A Result is what one bench measured. What was not measured is zero.
type Result struct {
	Mode        string `json:"mode"`
	Subscribers int    `json:"subscribers"`
	Publishers  int    `json:"publishers"`
	Topics      int    `json:"topics"`
	Match       Match  `json:"match"`
	Pace        string `json:"pace,omitempty"`
	Size        int    `json:"size_bytes"`

	Seconds      float64 `json:"seconds"` // of the timed part
	Published    int64   `json:"published"`
	Delivered    int64   `json:"delivered"`
	Expected     int64   `json:"expected"`
	PublishRate  float64 `json:"publishes_per_second,omitempty"`
	DeliveryRate float64 `json:"deliveries_per_second,omitempty"`

	Measured         bool    `json:"measured"` // the hub's processes were
	CPUSeconds       float64 `json:"cpu_seconds,omitempty"`
	CPUPerDelivery   float64 `json:"cpu_us_per_delivery,omitempty"`
	CPUPerPublish    float64 `json:"cpu_us_per_publish,omitempty"`
	CPUPerConnection float64 `json:"cpu_us_per_connection,omitempty"`
	// WritesPerDelivery is calls of write(2) by the hub, to sockets and files;
	// -1 where they cannot be counted.
	WritesPerDelivery float64 `json:"writes_per_delivery,omitempty"`
	// EventsPerRead is how many events a subscriber got at a time.
	EventsPerRead float64 `json:"events_per_read,omitempty"`

	LatencyP50 time.Duration `json:"latency_p50_ns,omitempty"` // publish call → seen by a subscriber
	LatencyP99 time.Duration `json:"latency_p99_ns,omitempty"`

	ConnectSeconds float64 `json:"connect_seconds,omitempty"`
	ConnectRate    float64 `json:"connects_per_second,omitempty"`
	RSSPerConn     float64 `json:"rss_kb_per_connection,omitempty"`
	PSSPerConn     float64 `json:"pss_kb_per_connection,omitempty"`
	RSS            int64   `json:"rss_bytes,omitempty"` // at the end
	ReplaySeconds  float64 `json:"replay_seconds,omitempty"`

	// Wrong says what was not as it has to be; empty if all was.
	Wrong []string `json:"wrong,omitempty"`
}

func (r *Result) wrong(format string, args ...any) {
	r.Wrong = append(r.Wrong, fmt.Sprintf(format, args...))
}

// Print writes r for a person.
func (r *Result) Print(w io.Writer) {
	line := func(show bool, name, format string, args ...any) {
		if show {
			fmt.Fprintf(w, "  %-22s %s\n", name, fmt.Sprintf(format, args...))
		}
	}
	fmt.Fprintf(w, "%s: %d subscribers, %d publishers, %d topics (%s), %d-byte events", r.Mode, r.Subscribers, r.Publishers, r.Topics, r.Match, r.Size)
	if r.Pace != "" {
		fmt.Fprintf(w, ", pace %s", r.Pace)
	}
	fmt.Fprintln(w)
	line(r.Published > 0, "published", "%d in %.2f s, %.0f a second", r.Published, r.Seconds, r.PublishRate)
	line(r.Delivered > 0, "delivered", "%d of %d, %.0f a second", r.Delivered, r.Expected, r.DeliveryRate)
	line(r.LatencyP50 > 0, "latency", "p50 %v, p99 %v", r.LatencyP50.Round(10*time.Microsecond), r.LatencyP99.Round(10*time.Microsecond))
	line(r.CPUPerDelivery > 0, "CPU a delivery", "%.2f µs", r.CPUPerDelivery)
	line(r.WritesPerDelivery > 0, "writes a delivery", "%.3f", r.WritesPerDelivery)
	line(r.EventsPerRead > 0, "events a read", "%.2f", r.EventsPerRead)
	line(r.CPUPerPublish > 0, "CPU a publish", "%.1f µs", r.CPUPerPublish)
	line(r.ConnectSeconds > 0, "connected", "in %.2f s, %.0f a second", r.ConnectSeconds, r.ConnectRate)
	line(r.CPUPerConnection > 0, "CPU a connection", "%.1f µs", r.CPUPerConnection)
	line(r.RSSPerConn != 0, "memory a connection", "%.2f KB resident, %.2f KB proportional", r.RSSPerConn, r.PSSPerConn)
	line(r.ReplaySeconds > 0, "replayed", "in %.3f s", r.ReplaySeconds)
	line(!r.Measured, "cost", "not measured: give the hub's process with --pid")
	for _, wrong := range r.Wrong {
		fmt.Fprintf(w, "  WRONG: %s\n", wrong)
	}
	if len(r.Wrong) == 0 {
		fmt.Fprintln(w, "  every count is as it has to be")
	}
}
