package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"amalgam/hub/eventlog"
)

// A read copies at most so much in one transaction. A transaction held open
// while a socket is written would keep old pages from being reused and stop
// the file from growing.
const (
	chunkEntries = 256
	chunkBytes   = 1 << 20
)

var chunkPool = sync.Pool{New: func() any { return new([chunkEntries]eventlog.Entry) }}

// Read implements eventlog.Log.
func (l *Log) Read(ctx context.Context, after, through uint64, fn func(eventlog.Entry) error) error {
	buf := chunkPool.Get().(*[chunkEntries]eventlog.Entry)
	defer func() {
		clear(buf[:]) // what was read is not kept alive
		chunkPool.Put(buf)
	}()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		batch, read, err := l.chunk(buf[:0], after, through)
		if err != nil {
			return err
		}
		for _, e := range batch {
			if err := fn(e); err != nil {
				return err
			}
		}
		if read == after {
			return nil
		}
		after = read
	}
}

// chunk reads a few entries after a place, and returns the place it has read
// to: the same one if there is nothing more.
func (l *Log) chunk(batch []eventlog.Entry, after, through uint64) (_ []eventlog.Entry, read uint64, _ error) {
	l.mu.RLock()
	if l.closed {
		l.mu.RUnlock()
		return nil, 0, eventlog.ErrClosed
	}
	oldest := l.fresh
	if l.moving != nil {
		oldest = l.moving
	}
	if after+1 >= oldest.first {
		batch = inMemory(batch, oldest, after, through)
		if len(batch) == 0 {
			batch = inMemory(batch, l.fresh, after, through)
		}
		l.mu.RUnlock()
		if len(batch) == 0 {
			return batch, after, nil
		}
		return batch, batch[len(batch)-1].Seq, nil
	}
	// All before it is in bbolt: it is moved there first, forgotten later. So
	// bbolt is asked for that much and no more, and nothing comes twice.
	through = min(through, oldest.first-1)
	l.mu.RUnlock()
	batch, read, more, err := l.inBolt(batch, after, through)
	if err == nil && !more {
		read = max(after, through)
	}
	return batch, read, err
}

func inMemory(batch []eventlog.Entry, s *segment, after, through uint64) []eventlog.Entry {
	for _, e := range s.after(after) {
		if len(batch) == chunkEntries || e.Seq > through {
			break
		}
		batch = append(batch, e)
	}
	return batch
}

// inBolt returns the place it has read to, which a record that could not be
// decoded moves on too, and whether there is more.
func (l *Log) inBolt(batch []eventlog.Entry, after, through uint64) (_ []eventlog.Entry, read uint64, more bool, _ error) {
	read = after
	err := view(l.db, func(tx *bbolt.Tx) error {
		from := seqKey(after + 1)
		c := tx.Bucket(bucketLog).Cursor()
		k, v := c.Seek(from[:])
		if k != nil && string(k) != string(from[:]) {
			// What comes before the first has been let go.
			if first, _ := tx.Bucket(bucketLog).Cursor().First(); string(first) == string(k) {
				read = binary.BigEndian.Uint64(k) - 1
			}
		}
		size := 0
		for ; k != nil; k, v = c.Next() {
			seq := binary.BigEndian.Uint64(k)
			if seq <= read {
				return fmt.Errorf("%w: sequence %d follows %d", errFile, seq, read)
			}
			if seq > read+1 && read < through {
				l.lost(read+1, min(seq-1, through))
			}
			if seq > through {
				read = through
				return nil
			}
			if len(batch) >= chunkEntries || size >= chunkBytes {
				more = true
				return nil
			}
			read = seq
			size += len(v)
			e, err := eventlog.ParseRecord(seq, v)
			if err != nil {
				l.opts.Logger.Error("a record is damaged and was left out of a replay", "sequence", seq, "error", err)
				continue
			}
			batch = append(batch, e)
		}
		if read < through {
			l.lost(read+1, through)
		}
		return nil
	})
	return batch, read, more, l.readError(err)
}

// lost reports places that have no record, although those after them do.
func (l *Log) lost(from, to uint64) {
	l.opts.Logger.Error("records are missing in the file and were left out of a replay", "file", l.path, "from", from, "to", to, "mend", salvage(l.path))
}

// Find implements eventlog.Log.
func (l *Log) Find(_ context.Context, id string) (seq uint64, found bool, err error) {
	// Memory first: what leaves it while bbolt is asked is in bbolt by then.
	l.mu.RLock()
	if l.closed {
		l.mu.RUnlock()
		return 0, false, eventlog.ErrClosed
	}
	pending, waits := l.fresh.ids[id]
	if l.moving != nil {
		if s, ok := l.moving.ids[id]; ok {
			pending, waits = s, true
		}
	}
	l.mu.RUnlock()
	err = view(l.db, func(tx *bbolt.Tx) error {
		seq, found = find(tx, id)
		return nil
	})
	if err != nil {
		return 0, false, l.readError(err)
	}
	if !found || waits && pending < seq {
		return pending, waits, nil
	}
	return seq, true, nil
}

func (l *Log) readError(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return eventlog.ErrClosed
	case errors.Is(err, errFile):
		return fmt.Errorf("%s: %w; %s", l.path, err, salvage(l.path))
	}
	return err
}
