// Package memory is a log that lives and dies with its process: what
// "transport local" asks for. Its history is bounded.
package memory

import (
	"context"
	"sort"
	"sync"
	"time"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

// Options bound the history; DefaultRetention says how by default. Bytes are
// counted by update.Size.
type Options = eventlog.Retention

// DefaultRetention is what a log keeps unless it is told otherwise.
var DefaultRetention = Options{MaxEvents: 10_000, MaxBytes: 64 << 20}

// Log is the log. Make one with New.
type Log struct {
	eventlog.Tail
	opts Options
	now  func() time.Time

	mu      sync.RWMutex
	entries []eventlog.Entry // in order of Seq
	bytes   int64
	last    eventlog.Entry
	ids     map[string][]uint64 // places of each id, the earliest first
	closed  bool

	send sync.Mutex // keeps batches in order; taken before mu
}

var _ eventlog.Log = (*Log)(nil)

// New returns an empty log.
func New(opts Options) *Log {
	return &Log{opts: opts.Or(DefaultRetention), now: time.Now, ids: make(map[string][]uint64)}
}

// Append implements eventlog.Log. Here durable means: as long as the process.
func (l *Log) Append(ctx context.Context, u *update.Update) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	l.send.Lock()
	defer l.send.Unlock()

	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return 0, eventlog.ErrClosed
	}
	e := eventlog.Entry{Seq: l.last.Seq + 1, Update: u, Time: l.now().UnixMilli()}
	l.last = e
	l.entries = append(l.entries, e)
	l.bytes += int64(u.Size())
	l.ids[u.ID] = append(l.ids[u.ID], e.Seq)
	l.trim(e.Time)
	l.mu.Unlock()

	l.Send([]eventlog.Entry{e})
	return e.Seq, nil
}

// expire drops what has become too old since the last append.
func (l *Log) expire() {
	if l.opts.MaxAge <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed && len(l.entries) > 0 {
		l.trim(l.now().UnixMilli())
	}
}

// trim drops the oldest entries over the bounds, but never the newest.
func (l *Log) trim(now int64) {
	n := 0
	for l.opts.Exceeded(int64(len(l.entries)-n), l.bytes, l.entries[n].Time, now) {
		u := l.entries[n].Update
		l.bytes -= int64(u.Size())
		if places := l.ids[u.ID]; len(places) > 1 {
			l.ids[u.ID] = places[1:]
		} else {
			delete(l.ids, u.ID)
		}
		l.entries[n].Update = nil
		n++
	}
	l.entries = l.entries[n:]
}

// chunk is how many entries Read copies at a time.
const chunk = 256

// Read implements eventlog.Log.
func (l *Log) Read(ctx context.Context, after, through uint64, fn func(eventlog.Entry) error) error {
	l.expire()
	var batch [chunk]eventlog.Entry
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		l.mu.RLock()
		if l.closed {
			l.mu.RUnlock()
			return eventlog.ErrClosed
		}
		from := sort.Search(len(l.entries), func(i int) bool { return l.entries[i].Seq > after })
		n := copy(batch[:], l.entries[from:])
		l.mu.RUnlock()
		for _, e := range batch[:n] {
			if e.Seq > through {
				return nil
			}
			if err := fn(e); err != nil {
				return err
			}
			after = e.Seq
		}
		if n < chunk {
			return nil
		}
	}
}

// Find implements eventlog.Log.
func (l *Log) Find(_ context.Context, id string) (uint64, bool, error) {
	l.expire()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return 0, false, eventlog.ErrClosed
	}
	if places := l.ids[id]; len(places) > 0 {
		return places[0], true, nil
	}
	return 0, false, nil
}

// Last implements eventlog.Log.
func (l *Log) Last() (uint64, string) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.last.Seq == 0 {
		return 0, ""
	}
	return l.last.Seq, l.last.Update.ID
}

// Ready implements eventlog.Log.
func (l *Log) Ready() error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return eventlog.ErrClosed
	}
	return nil
}

// Close implements eventlog.Log.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return nil
}
