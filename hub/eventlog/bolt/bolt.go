// Package bolt is the default log: a bbolt file that holds the history, and
// two journals beside it that make a commit one write and one sync.
//
// One goroutine, the committer, gathers what publishers wait for (one that is
// alone does it itself), writes it to
// the journal in use, and keeps it in memory as the fresh segment. Another,
// the checkpointer, has it change to the other journal every second or so,
// moves the segment that is complete into bbolt in one transaction, and then
// frees its journal. A reader takes from bbolt what has been moved and the
// rest from memory.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/bolt/journal"
	"amalgam/hub/stat"
	"amalgam/hub/update"
)

// DefaultRetention is what a log keeps unless it is told otherwise.
var DefaultRetention = eventlog.Retention{MaxEvents: 1_000_000, MaxBytes: 1 << 30}

// Options configure a log. The zero value works, and so does nil.
type Options struct {
	Logger *slog.Logger
	// Retention bounds the history; DefaultRetention says how by default.
	// Bytes are those of the records and of their places in the index. The
	// file is larger by what bbolt needs, about a third, and never shrinks.
	Retention eventlog.Retention

	// For tests:
	openFile   journal.OpenFunc
	interval   time.Duration // between two checkpoints
	maxPending int           // bytes that wait for the checkpointer
	now        func() time.Time
	moved      func() // called when a checkpoint is durable
}

const (
	checkpointEvery = time.Second
	checkpointBytes = 8 << 20
	// defaultPending bounds a journal, and half of what is kept in memory.
	defaultPending = 64 << 20
)

func (o *Options) withDefaults() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	opts.Retention = opts.Retention.Or(DefaultRetention)
	if opts.openFile == nil {
		opts.openFile = journal.OpenFile
	}
	if opts.interval == 0 {
		opts.interval = checkpointEvery
	}
	if opts.maxPending == 0 {
		opts.maxPending = defaultPending
	}
	if opts.now == nil {
		opts.now = time.Now
	}
	return opts
}

// Log is the log. Make one with Open.
type Log struct {
	eventlog.Tail
	path string
	opts Options
	db   *bbolt.DB

	requests chan *request
	change   chan chan *segment // the checkpointer asks for the complete segment
	nudge    chan struct{}      // the committer should look at stuck again
	begun    chan struct{}      // the fresh segment has its first entry
	large    chan struct{}      // the fresh segment is worth a checkpoint
	quit     chan struct{}      // closed by Close
	done     chan struct{}      // closed when the committer has ended
	settled  chan struct{}      // closed when the checkpointer has ended

	publishers atomic.Int32 // with an update under way

	commits, syncs *stat.Histogram // see eventlog.Stats

	// writing is held by whoever commits; what follows is theirs.
	writing  sync.Mutex
	alone    [1]*request
	journals [2]*journal.Journal // the first one is in use, the second one free or being moved
	frame    journal.Frame
	epoch    uint64 // the checkpointer's own, after Open

	mu     sync.RWMutex
	moving *segment // complete, being moved into bbolt; nil if none
	fresh  *segment
	last   uint64
	lastID string
	closed bool
	full   error // nothing could be written for want of room; it may come
	stuck  error // the checkpointer has no room
	broken error // final
}

type request struct {
	update *update.Update
	seq    uint64
	err    error
	done   chan struct{} // gets one value with the answer
}

var (
	_ eventlog.Log = (*Log)(nil)

	requestPool = sync.Pool{New: func() any { return &request{done: make(chan struct{}, 1)} }}
)

// Open opens or creates the log in the file at path, its journals beside it,
// and its folder. A file that another process holds is refused within a
// second. A file of a reference hub is taken over.
func Open(path string, options *Options) (*Log, error) {
	opts := options.withDefaults()
	created, err := announce(path, opts.Logger)
	if err != nil {
		return nil, err
	}
	db, err := openDB(path, false)
	if err != nil {
		return nil, err
	}
	l := &Log{
		path:     path,
		opts:     opts,
		db:       db,
		requests: make(chan *request, maxBatch),
		change:   make(chan chan *segment),
		nudge:    make(chan struct{}, 1),
		begun:    make(chan struct{}, 1),
		large:    make(chan struct{}, 1),
		quit:     make(chan struct{}),
		done:     make(chan struct{}),
		settled:  make(chan struct{}),
		commits:  stat.NewSizes(),
		syncs:    stat.NewTimes(),
	}
	if err := l.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), l.closeFiles())
	}
	if created {
		// The names of new files have to survive, too.
		if err := syncDir(filepath.Dir(path)); err != nil {
			return nil, errors.Join(err, l.closeFiles())
		}
	}
	l.fresh = newSegment(l.last + 1)
	go l.commitLoop()
	go l.checkpointLoop()
	return l, nil
}

// announce makes the folder, and says when a new history begins beside one of
// a reference hub. It does not guess which of them is wanted.
func announce(path string, logger *slog.Logger) (created bool, err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, fmt.Errorf("the log's folder cannot be made: %w", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	for _, name := range referenceFiles {
		other := filepath.Join(dir, name)
		if _, err := os.Stat(other); err == nil {
			logger.Warn("a new history begins, although there is one of another hub in the folder; the directive takes it over",
				"new", path, "other", other, "directive", fmt.Sprintf("transport bolt {\n    path %s\n}", other))
		}
	}
	return true, nil
}

// Append implements eventlog.Log.
func (l *Log) Append(ctx context.Context, u *update.Update) (uint64, error) {
	select {
	case <-l.quit:
		return 0, eventlog.ErrClosed
	default:
	}
	r := requestPool.Get().(*request)
	r.update, r.seq, r.err = u, 0, nil
	defer l.publishers.Add(-1)
	if l.publishers.Add(1) > 1 || !l.commitAlone(r) {
		select {
		case l.requests <- r:
		case <-l.quit:
			return 0, eventlog.ErrClosed
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	select {
	case <-r.done:
	case <-l.done:
		// The committer has ended; it answered all it took.
		select {
		case <-r.done:
		default:
			return 0, eventlog.ErrClosed
		}
	}
	seq, err := r.seq, r.err
	r.update = nil
	requestPool.Put(r)
	return seq, err
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
	switch {
	case l.closed:
		return eventlog.ErrClosed
	case l.broken != nil:
		return l.broken
	}
	return l.full
}

// Close implements eventlog.Log.
func (l *Log) Close() error {
	l.mu.Lock()
	again := l.closed
	l.closed = true
	l.mu.Unlock()
	if again {
		return nil
	}
	close(l.quit)
	<-l.settled
	return l.closeFiles()
}

func (l *Log) closeFiles() error {
	var errs []error
	for _, j := range l.journals {
		if j != nil {
			errs = append(errs, j.Close())
		}
	}
	return errors.Join(append(errs, l.db.Close())...)
}

// breaks makes the log read-only for good, and returns what to say.
func (l *Log) breaks(err error) error {
	err = fmt.Errorf("%w: the log is read-only until the hub is started again: %w", eventlog.ErrStore, err)
	l.opts.Logger.Error("the store has failed: nothing is taken any more", "error", err)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = err
	}
	return l.broken
}

// noRoom tells a full disk, which may get room again, from other failures.
func noRoom(err error) bool {
	for _, e := range roomErrors {
		if errors.Is(err, e) {
			return true
		}
	}
	return errors.Is(err, bolterrors.ErrMaxSizeReached)
}
