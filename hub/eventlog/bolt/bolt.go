// Package bolt is the default log: one bbolt file, group commit, one fsync
// for all that waits.
package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

// The file holds two buckets. log: sequence (8 bytes, big-endian) → record.
// ids: id, a NUL, sequence → nothing; ids hold no NUL, so a seek to "id NUL"
// finds the earliest use of an id.
var (
	bucketLog = []byte("amalgam.log.1")
	bucketIDs = []byte("amalgam.ids.1")
)

// maxBatch bounds how many updates share one transaction.
const maxBatch = 4096

// Log is the log. Make one with Open.
type Log struct {
	eventlog.Tail
	db     *bbolt.DB
	logger *slog.Logger

	requests chan *request
	quit     chan struct{} // closed by Close
	done     chan struct{} // closed when the committer has ended

	mu     sync.RWMutex
	last   uint64
	lastID string
	closed bool
}

type request struct {
	update *update.Update
	seq    uint64
	err    error
	done   chan struct{}
}

var _ eventlog.Log = (*Log)(nil)

// Open opens or creates the log in the file at path, and its folder. A file
// that another process holds is refused within a second.
func Open(path string, logger *slog.Logger) (*Log, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("the log's folder cannot be made: %w", err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:        time.Second,
		NoFreelistSync: true,
		FreelistType:   bbolt.FreelistMapType,
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%s is in use by another process: stop the other hub, or give this one its own path", path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be opened as a log: %w", path, err)
	}
	l := &Log{
		db:       db,
		logger:   logger,
		requests: make(chan *request, maxBatch),
		quit:     make(chan struct{}),
		done:     make(chan struct{}),
	}
	if err := l.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	go l.commitLoop()
	return l, nil
}

// load makes the buckets and reads where the log ends.
func (l *Log) load() error {
	return l.db.Update(func(tx *bbolt.Tx) error {
		log, err := tx.CreateBucketIfNotExists(bucketLog)
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucketIfNotExists(bucketIDs); err != nil {
			return err
		}
		log.FillPercent = 1 // sequences only grow
		k, v := log.Cursor().Last()
		if k == nil {
			return nil
		}
		l.last = binary.BigEndian.Uint64(k)
		u, err := eventlog.ParseRecord(v)
		if err != nil {
			return fmt.Errorf("the newest record (sequence %d): %w", l.last, err)
		}
		l.lastID = u.ID
		return nil
	})
}

// Append implements eventlog.Log.
func (l *Log) Append(ctx context.Context, u *update.Update) (uint64, error) {
	if len(u.ID) > update.MaxID {
		// bbolt would refuse the key, and with it the whole batch.
		return 0, fmt.Errorf("%w: an id of %d bytes, %d are allowed", eventlog.ErrStore, len(u.ID), update.MaxID)
	}
	r := &request{update: u, done: make(chan struct{})}
	select {
	case <-l.quit:
		return 0, eventlog.ErrClosed
	default:
	}
	select {
	case l.requests <- r:
	case <-l.quit:
		return 0, eventlog.ErrClosed
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	select {
	case <-r.done:
		return r.seq, r.err
	case <-l.done:
		// The committer has ended; it answered all it took.
		select {
		case <-r.done:
			return r.seq, r.err
		default:
			return 0, eventlog.ErrClosed
		}
	}
}

// Last implements eventlog.Log.
func (l *Log) Last() (uint64, string) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.last, l.lastID
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
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	close(l.quit)
	<-l.done
	return l.db.Close()
}
