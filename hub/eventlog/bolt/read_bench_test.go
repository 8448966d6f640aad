package bolt

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"amalgam/hub/eventlog"
)

var events = flag.Int("events", 1_000_000, "how long the history is that BenchmarkHistory reads")

// BenchmarkHistory reads a long history whose ids are in no order.
func BenchmarkHistory(b *testing.B) {
	path := filepath.Join(b.TempDir(), "hub.db")
	_, err := Rewrite(path, false, func(put func(eventlog.Entry) error) error {
		for i := range *events {
			if err := put(eventlog.Entry{Update: event(i), Time: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Run(fmt.Sprintf("Open/events=%d", *events), func(b *testing.B) {
		for b.Loop() {
			l, err := Open(path, nil)
			if err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	})
	l, err := Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	some := func() string { return event(rand.IntN(*events - 100)).ID }
	b.Run("Find", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, found, err := l.Find(context.Background(), some()); !found || err != nil {
				b.Fatal(found, err)
			}
		}
	})
	read100 := func() {
		after, found, err := l.Find(context.Background(), some())
		n := 0
		if err == nil && found {
			err = l.Read(context.Background(), after, after+100, func(eventlog.Entry) error { n++; return nil })
		}
		if n != 100 || err != nil {
			b.Errorf("read %d entries, %v", n, err)
		}
	}
	b.Run("FindAndRead100", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			read100()
		}
	})
	b.Run("Replay500Clients", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var wg sync.WaitGroup
			for range 500 {
				wg.Go(read100)
			}
			wg.Wait()
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1e3, "ms/storm")
	})
	b.Run("ReadAll", func(b *testing.B) {
		b.ReportAllocs()
		start := time.Now()
		for b.Loop() {
			if err := l.Read(context.Background(), 0, uint64(*events), func(eventlog.Entry) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(*events)*float64(b.N)/time.Since(start).Seconds(), "events/s")
	})
}
