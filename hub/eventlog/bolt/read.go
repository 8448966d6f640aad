package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

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

// Read implements eventlog.Log.
func (l *Log) Read(ctx context.Context, after, through uint64, fn func(eventlog.Entry) error) error {
	var batch []eventlog.Entry
	for after < through {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		var more bool
		batch, after, more, err = l.chunk(batch[:0], after, through)
		if err != nil {
			return err
		}
		for _, e := range batch {
			if err := fn(e); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
	}
	return nil
}

// chunk reads a few entries after a place. It returns the place it has read
// to, which a record that could not be decoded moves on too.
func (l *Log) chunk(batch []eventlog.Entry, after, through uint64) (_ []eventlog.Entry, read uint64, more bool, _ error) {
	read = after
	err := l.db.View(func(tx *bbolt.Tx) error {
		var from [8]byte
		binary.BigEndian.PutUint64(from[:], after+1)
		c := tx.Bucket(bucketLog).Cursor()
		size := 0
		for k, v := c.Seek(from[:]); k != nil; k, v = c.Next() {
			seq := binary.BigEndian.Uint64(k)
			if seq > through {
				return nil
			}
			if len(batch) >= chunkEntries || size >= chunkBytes {
				more = true
				return nil
			}
			read = seq
			size += len(v)
			u, err := eventlog.ParseRecord(v)
			if err != nil {
				l.logger.Error("a record is damaged and was left out of a replay", "sequence", seq, "error", err)
				continue
			}
			batch = append(batch, eventlog.Entry{Seq: seq, Update: u})
		}
		return nil
	})
	return batch, read, more, closedError(err)
}

// Find implements eventlog.Log.
func (l *Log) Find(_ context.Context, id string) (seq uint64, found bool, err error) {
	if bytes.IndexByte([]byte(id), 0) >= 0 {
		return 0, false, nil
	}
	err = l.db.View(func(tx *bbolt.Tx) error {
		prefix := append([]byte(id), 0)
		k, _ := tx.Bucket(bucketIDs).Cursor().Seek(prefix)
		if len(k) == len(prefix)+8 && bytes.HasPrefix(k, prefix) {
			seq, found = binary.BigEndian.Uint64(k[len(prefix):]), true
		}
		return nil
	})
	return seq, found, closedError(err)
}

func closedError(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return eventlog.ErrClosed
	}
	return err
}
