package stat_test

import (
	"reflect"
	"sync"
	"testing"
	"time"

	"amalgam/hub/stat"
)

func TestAHistogramCountsEachValueOnceAndUpToItsBound(t *testing.T) {
	h := stat.NewHistogram(1, 10, 100)
	for _, v := range []uint64{0, 1, 2, 10, 11, 100, 101, 1 << 40} {
		h.Observe(v)
	}
	d := h.Snapshot()
	if want := []uint64{2, 2, 2, 2}; !reflect.DeepEqual(d.Counts, want) {
		t.Errorf("counts %v, want %v", d.Counts, want)
	}
	if want := uint64(225 + 1<<40); d.Sum != want || d.Count() != 8 {
		t.Errorf("sum %d of %d values, want %d of 8", d.Sum, d.Count(), want)
	}
}

func TestAClockThatGoesBackCountsAsNoTime(t *testing.T) {
	h := stat.NewTimes()
	h.Since(time.Now().Add(time.Hour))
	if d := h.Snapshot(); d.Sum != 0 || d.Counts[0] != 1 {
		t.Errorf("sum %d, counts %v, want one of 0", d.Sum, d.Counts)
	}
}

func TestCountingAllocatesNothing(t *testing.T) {
	h, c := stat.NewTimes(), stat.NewCounters("a")
	if n := testing.AllocsPerRun(100, func() { h.Observe(7); c.Add("a"); c.Add("b") }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestWhatIsNotOnTheListIsOther(t *testing.T) {
	c := stat.NewCounters("a", "b")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 100 {
				c.Add("a")
				c.Add("made up")
			}
		})
	}
	all.Wait()
	if want := map[string]uint64{"a": 400, "b": 0, stat.Other: 400}; !reflect.DeepEqual(c.Snapshot(), want) {
		t.Errorf("%v, want %v", c.Snapshot(), want)
	}
}

func TestNilCountsNothing(t *testing.T) {
	var h *stat.Histogram
	h.Observe(1)
	if d := h.Snapshot(); d.Count() != 0 {
		t.Errorf("%+v, want nothing", d)
	}
}
