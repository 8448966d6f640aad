// Package eventlog is the contract of the hub's one source of truth: an
// append-only log of updates. A backend that passes logtest can carry a hub;
// nothing else in the hub knows what stores the log, or how many nodes share
// it.
package eventlog

import (
	"context"
	"errors"
	"fmt"

	"amalgam/hub/update"
)

// An Entry is an update with its place in the log. Seq grows by one or more
// with each entry; 0 is before the first.
type Entry struct {
	Seq    uint64
	Update *update.Update
	// Time is when the log took the update, in Unix milliseconds.
	Time int64
}

// A Log is an append-only, totally ordered log of updates. All methods may be
// called from any goroutine.
type Log interface {
	// Append makes u durable and returns its place. When it returns nil, u
	// survives a crash; when it returns an error, u was not and will not be
	// shown to any follower or reader. Once a backend has begun to write, it
	// ignores ctx, so that its answer is true. Append keeps u: the caller must
	// not change it afterwards.
	Append(ctx context.Context, u *update.Update) (uint64, error)

	// Read calls fn for every entry with after < Seq <= through, in order,
	// and stops at fn's first error, which it returns. No lock or transaction
	// is held while fn runs, so fn may be slow. An entry that cannot be
	// decoded is skipped and reported to the backend's logger, never served.
	Read(ctx context.Context, after, through uint64, fn func(Entry) error) error

	// Find returns the place of the update with this id, the earliest one if
	// an id was used twice, and false if there is none (any more). Its cost
	// does not grow with the history.
	Find(ctx context.Context, id string) (uint64, bool, error)

	// Last returns the place and the id of the newest entry, 0 and "" if
	// there is none. It is right from the moment the log is opened.
	Last() (seq uint64, id string)

	// Follow has fn called with each batch of entries appended from now on,
	// in order, each exactly once, after they are durable. fn must not block
	// and must not call the log. Entries are shared: fn must not change them.
	// stop ends the calls and waits for one under way.
	Follow(fn func([]Entry)) (stop func())

	// Ready returns nil while Append can succeed, else why it cannot.
	Ready() error

	// Close waits for appends under way, makes further calls return
	// ErrClosed, and frees the store.
	Close() error
}

var (
	// ErrClosed is returned by every method of a closed log.
	ErrClosed = errors.New("eventlog: the log is closed")
	// ErrStore is wrapped by errors of the store itself: a full disk, a
	// failed fsync. The update was not taken.
	ErrStore = errors.New("eventlog: the update could not be stored")
	// ErrNoRoom is an ErrStore that may pass: the disk or the quota is full.
	// The log takes updates again by itself once there is room.
	ErrNoRoom = fmt.Errorf("%w: there is no room", ErrStore)
)
