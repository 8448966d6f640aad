package bolt

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/bolt/journal"
	"amalgam/hub/update"
)

// event is an update whose record is about 250 bytes.
func event(i int) *update.Update {
	return &update.Update{Topics: []string{"https://example.com/books/1"}, ID: fmt.Sprintf("urn:uuid:%08x-0000-4000-8000-%012x", uint32(i)*2654435761, i), Data: strings.Repeat("d", 150)}
}

// BenchmarkRawAppend is what the disk can do: the bytes of one update written
// to the end of a file whose space is there, and a sync.
func BenchmarkRawAppend(b *testing.B) {
	f, err := journal.OpenFile(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	record := append(eventlog.AppendRecord(nil, eventlog.Entry{Seq: 1, Update: event(1), Time: 1}), make([]byte, 32)...)
	const space = 8 << 20
	if _, err := f.WriteAt(make([]byte, space), 0); err != nil {
		b.Fatal(err)
	}
	at := int64(0)
	for b.Loop() {
		if _, err := f.WriteAt(record, at); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		if at += int64(len(record)); at > space-int64(len(record)) {
			at = 0
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
}

func BenchmarkAppend(b *testing.B) {
	for _, publishers := range []int{1, 64} {
		b.Run(fmt.Sprintf("publishers=%d", publishers), func(b *testing.B) {
			l, err := Open(filepath.Join(b.TempDir(), "hub.db"), nil)
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			var n atomic.Int64
			b.ReportAllocs()
			b.SetParallelism((publishers + 1) / 2) // times GOMAXPROCS, which is 2 where this was measured
			if publishers == 1 {
				for b.Loop() {
					if _, err := l.Append(context.Background(), event(int(n.Add(1)))); err != nil {
						b.Fatal(err)
					}
				}
			} else {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if _, err := l.Append(context.Background(), event(int(n.Add(1)))); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "updates/s")
		})
	}
}
