package bolt

import (
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"amalgam/hub/eventlog"
)

// checkpointLoop moves what is complete into bbolt and lets the oldest go.
func (l *Log) checkpointLoop() {
	defer close(l.settled)
	// The bounds may be tighter than when the hub ran last.
	l.trim()
	age := time.NewTimer(l.ageEvery())
	defer age.Stop()
	for {
		select {
		case <-l.begun:
			if l.sleep(l.opts.interval, l.large) {
				l.moveOn()
			}
		case <-age.C:
			l.trim()
			age.Reset(l.ageEvery())
		case <-l.done:
			l.finish()
			return
		}
	}
}

// ageEvery is how often a log at rest looks for entries that are too old.
func (l *Log) ageEvery() time.Duration {
	if l.opts.Retention.MaxAge <= 0 {
		return 1 << 62
	}
	return min(max(l.opts.Retention.MaxAge/10, 10*time.Millisecond), time.Minute)
}

// sleep waits for d or early, and returns false when the committer has ended.
func (l *Log) sleep(d time.Duration, early <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-early:
	case <-l.done:
		return false
	}
	return true
}

// moveOn moves the fresh segment. While the disk has no room for it, it tries
// again, and the committer goes on in the other journal.
func (l *Log) moveOn() {
	c := make(chan *segment, 1)
	select {
	case l.change <- c:
	case <-l.done:
		return
	}
	s := <-c
	for s != nil && !l.move(s) {
		l.mu.RLock()
		broken := l.broken != nil
		l.mu.RUnlock()
		if broken || !l.sleep(roomAgain, nil) {
			return
		}
	}
}

// finish moves what is left when the committer has ended. What cannot be
// moved is safe in its journal, and the next start takes it from there.
func (l *Log) finish() {
	l.mu.RLock()
	segments, broken := []*segment{l.moving, l.fresh}, l.broken
	l.mu.RUnlock()
	for _, s := range segments {
		if s == nil || len(s.entries) == 0 || broken != nil {
			continue
		}
		if err := l.store(s.entries); err != nil {
			l.opts.Logger.Warn("the newest updates stay in the journal until the next start", "error", err)
			return
		}
	}
	if broken == nil {
		if err := markInUse(l.db, false); err != nil {
			l.opts.Logger.Warn("the file needs its journals at the next start", "error", err)
		}
	}
}

// move makes a segment durable in bbolt, then forgets it, then frees its
// journal. It returns false when there is no room, or the store is broken.
func (l *Log) move(s *segment) bool {
	err := l.store(s.entries)
	l.mu.Lock()
	before := l.stuck
	l.stuck = nil
	if err != nil && noRoom(err) {
		l.stuck = fmt.Errorf("%w: %w", eventlog.ErrNoRoom, err)
	}
	if err == nil {
		l.moving = nil
	}
	stuck := l.stuck
	l.mu.Unlock()
	switch {
	case stuck != nil:
		if before == nil {
			l.opts.Logger.Error("the history has no room to grow: updates are taken as long as the journal has some", "error", err)
			signal(l.nudge)
		}
		return false
	case err != nil:
		// bbolt has failed to write or to sync: what its file holds is not
		// known any more, and a second attempt could succeed wrongly.
		_ = l.breaks(err)
		signal(l.nudge)
		return false
	}
	if l.opts.moved != nil {
		l.opts.moved()
	}
	l.epoch++
	if err := l.journals[1].Reset(l.epoch, s.entries[len(s.entries)-1].Seq); err != nil {
		_ = l.breaks(err)
	}
	signal(l.nudge)
	if before != nil {
		l.opts.Logger.Info("the history has room again")
	}
	l.trim()
	return true
}

// store moves entries into bbolt, and lets the oldest go, in one transaction.
func (l *Log) store(entries []eventlog.Entry) error {
	return storeIn(l.db, entries, func(w *bucketWriter) error {
		return w.trim(l.opts.Retention, l.opts.now().UnixMilli(), trimStep+len(entries))
	})
}

func storeIn(db *bbolt.DB, entries []eventlog.Entry, then func(*bucketWriter) error) error {
	size := 0
	for _, e := range entries {
		size += e.Update.Size() + 64
	}
	records := make([]byte, 0, size)
	return change(db, func(tx *bbolt.Tx) error {
		w, err := writeTo(tx)
		if err != nil {
			return err
		}
		for _, e := range entries {
			start := len(records)
			records = eventlog.AppendRecord(records, e)
			if err := w.put(e.Seq, e.Update.ID, records[start:len(records):len(records)]); err != nil {
				return err
			}
		}
		if then != nil {
			if err := then(w); err != nil {
				return err
			}
		}
		return w.finish()
	})
}

// trimStep bounds how many entries one transaction lets go.
const trimStep = 4096

// trim lets the oldest entries go, in bounded steps.
func (l *Log) trim() {
	for {
		more := false
		err := change(l.db, func(tx *bbolt.Tx) error {
			w, err := writeTo(tx)
			if err != nil {
				return err
			}
			if more = w.exceeds(l.opts.Retention, l.opts.now().UnixMilli()); !more {
				return errNothing
			}
			if err := w.trim(l.opts.Retention, l.opts.now().UnixMilli(), trimStep); err != nil {
				return err
			}
			return w.finish()
		})
		switch {
		case err == errNothing:
			return
		case err != nil && noRoom(err):
			l.opts.Logger.Error("the history cannot be trimmed: there is no room", "error", err)
			return
		case err != nil:
			_ = l.breaks(err)
			return
		}
		select {
		case <-l.done:
			return
		case <-l.large: // publishers come first
			signal(l.large)
			return
		default:
		}
	}
}
