// Package metrics shows what a hub counts as Prometheus metrics. It reads
// Hub.Stats when it is scraped; the hub itself knows nothing of it.
package metrics

import (
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"amalgam/hub"
	"amalgam/hub/stat"
	"amalgam/hub/webhook"
)

// A Source has the numbers: a *hub.Hub.
type Source interface{ Stats() hub.Stats }

// NewCollector returns a collector of Table, for the registry of a program
// that embeds a hub. webhooks is whom hub.Config.OnPresence tells, nil for nobody.
func NewCollector(source Source, webhooks *webhook.Sender) prometheus.Collector {
	c := &collector{source: source, webhooks: webhooks, descs: make([]*prometheus.Desc, len(Table))}
	for i, m := range Table {
		var labels []string
		if m.Label != "" {
			labels = []string{m.Label}
		}
		c.descs[i] = prometheus.NewDesc(m.Name, m.Help, labels, nil)
	}
	return c
}

// Info is the metric that names the version, always 1.
var Info = Metric{Name: "amalgam_build_info", Kind: Gauge, Label: "version, goversion", Unit: "1", Help: "The version of the hub and of the Go that built it."}

// Handler serves a registry of its own: Table, Info, and the Go runtime's and
// the process's metrics under their usual names (go_…, process_…).
func Handler(source Source, webhooks *webhook.Sender, version string) http.Handler {
	registry := prometheus.NewRegistry()
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: Info.Name, Help: Info.Help, ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()}})
	info.Set(1)
	registry.MustRegister(NewCollector(source, webhooks), info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

type collector struct {
	source   Source
	webhooks *webhook.Sender
	descs    []*prometheus.Desc // of Table
}

func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		to <- d
	}
}

func (c *collector) Collect(to chan<- prometheus.Metric) {
	st := numbers{Stats: c.source.Stats()}
	if c.webhooks != nil {
		hooks := c.webhooks.Stats()
		st.webhooks = &hooks
	}
	for i, m := range Table {
		kind := prometheus.GaugeValue
		if m.Kind == Counter {
			kind = prometheus.CounterValue
		}
		switch {
		case m.value != nil:
			if v, ok := m.value(&st); ok {
				to <- prometheus.MustNewConstMetric(c.descs[i], kind, v)
			}
		case m.values != nil:
			for label, n := range m.values(&st) {
				to <- prometheus.MustNewConstMetric(c.descs[i], kind, float64(n), label)
			}
		default:
			if d := m.counts(&st); d.Bounds != nil {
				to <- histogram(c.descs[i], d, m.per)
			}
		}
	}
}

// histogram turns buckets that count alone into those that count all below.
func histogram(desc *prometheus.Desc, d stat.Distribution, per float64) prometheus.Metric {
	buckets := make(map[float64]uint64, len(d.Bounds))
	n := uint64(0)
	for i, bound := range d.Bounds {
		n += d.Counts[i]
		buckets[float64(bound)/per] = n
	}
	return prometheus.MustNewConstHistogram(desc, n+d.Counts[len(d.Bounds)], float64(d.Sum)/per, buckets)
}
