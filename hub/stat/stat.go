// Package stat counts what the hub does, for whoever looks now and then. It
// imports nothing: the rooms on the data path count with it, and hub/web/metrics
// turns what they counted into metrics. Counting allocates nothing and waits
// for nobody.
package stat

import (
	"slices"
	"sync/atomic"
	"time"
)

// A Histogram counts values by their size. Its methods work on nil, which
// counts nothing.
type Histogram struct {
	bounds []uint64
	counts []atomic.Uint64 // one more than bounds: what is above the last
	sum    atomic.Uint64
}

// NewHistogram returns a histogram whose buckets end at bounds, inclusively,
// in ascending order.
func NewHistogram(bounds ...uint64) *Histogram {
	return &Histogram{bounds: bounds, counts: make([]atomic.Uint64, len(bounds)+1)}
}

// NewTimes returns a histogram of times in nanoseconds, from 50 µs, which is
// less than a sync takes, to 10 s, which is more than anybody waits.
func NewTimes() *Histogram {
	const us, ms, s = 1e3, 1e6, 1e9
	return NewHistogram(50*us, 100*us, 250*us, 500*us, 1*ms, 2500*us, 5*ms, 10*ms, 25*ms, 50*ms, 100*ms, 250*ms, 500*ms, 1*s, 2500*ms, 5*s, 10*s)
}

// NewSizes returns a histogram of numbers of things, in powers of four from 1
// to 4⁸ = 65,536.
func NewSizes() *Histogram { return NewHistogram(1, 4, 16, 64, 256, 1024, 4096, 16384, 65536) }

// Observe counts one value.
func (h *Histogram) Observe(v uint64) {
	if h == nil {
		return
	}
	i := 0
	for i < len(h.bounds) && v > h.bounds[i] {
		i++
	}
	h.counts[i].Add(1)
	h.sum.Add(v)
}

// Since counts the nanoseconds since start.
func (h *Histogram) Since(start time.Time) { h.Observe(uint64(max(time.Since(start), 0))) }

// Snapshot returns what has been counted so far. What is being counted at the
// moment may be in a bucket already and not yet in the sum.
func (h *Histogram) Snapshot() Distribution {
	if h == nil {
		return Distribution{}
	}
	d := Distribution{Bounds: h.bounds, Counts: make([]uint64, len(h.counts))}
	for i := range h.counts {
		d.Counts[i] = h.counts[i].Load()
	}
	d.Sum = h.sum.Load()
	return d
}

// A Distribution is what a Histogram has counted.
type Distribution struct {
	Bounds []uint64 // of the buckets, inclusive; do not change it
	Counts []uint64 // in each bucket alone; the last one is of all above the bounds
	Sum    uint64   // of all values
}

// Count is the number of values.
func (d Distribution) Count() uint64 {
	n := uint64(0)
	for _, c := range d.Counts {
		n += c
	}
	return n
}

// Counters count by a name from a fixed list, so that no client can make them
// many. A name that is not on it counts as Other.
type Counters struct {
	names  []string
	counts map[string]*atomic.Uint64 // never changed after NewCounters
}

// Other is the name for what is not on the list.
const Other = "other"

// NewCounters returns counters for names and Other.
func NewCounters(names ...string) *Counters {
	c := &Counters{names: append(slices.Clone(names), Other), counts: make(map[string]*atomic.Uint64, len(names)+1)}
	for _, name := range c.names {
		c.counts[name] = new(atomic.Uint64)
	}
	return c
}

// Add counts one of name.
func (c *Counters) Add(name string) {
	n, ok := c.counts[name]
	if !ok {
		n = c.counts[Other]
	}
	n.Add(1)
}

// Snapshot returns the counts so far, of every name.
func (c *Counters) Snapshot() map[string]uint64 {
	m := make(map[string]uint64, len(c.names))
	for name, n := range c.counts {
		m[name] = n.Load()
	}
	return m
}
