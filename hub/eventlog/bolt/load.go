package bolt

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/bolt/journal"
)

// journalPaths are the names of the journals of the log at path.
func journalPaths(path string) [2]string {
	return [2]string{path + "-journal1", path + "-journal2"}
}

// salvage is what to do about damage.
func salvage(path string) string {
	return fmt.Sprintf("`amalgam history compact --salvage --path %s` keeps all that is sound", path)
}

// load reads where the log ends, moves what the journals hold into bbolt,
// takes over a reference hub's history, and makes the journals ready.
func (l *Log) load() error {
	inUse := false
	err := change(l.db, func(tx *bbolt.Tx) (err error) {
		if err := checkBuckets(tx); err != nil {
			return err
		}
		inUse = isInUse(tx)
		if tx.Bucket(bucketIDs) != nil && tx.Bucket(bucketMeta) != nil {
			l.last, l.lastID, err = end(tx)
			if err = errors.Join(checkCount(tx), err); err == nil {
				err = errNothing // the common case writes nothing
			}
			return err
		}
		if err := prepare(tx); err != nil {
			return err
		}
		l.last, l.lastID, err = end(tx)
		return errors.Join(checkCount(tx), err)
	})
	if err != nil && err != errNothing {
		return fmt.Errorf("%w; %s", err, salvage(l.path))
	}
	if err := l.openJournals(inUse); err != nil {
		return err
	}
	if err := l.takeOver(); err != nil {
		return err
	}
	for _, j := range l.journals {
		l.epoch++
		if err := j.Reset(l.epoch, l.last); err != nil {
			return fmt.Errorf("%s cannot be made ready: %w", j.Path(), err)
		}
	}
	if err := markInUse(l.db, true); err != nil && !noRoom(err) {
		return err
	}
	return nil
}

// openJournals moves what the journals hold into bbolt. inUse says that both
// have to be there.
func (l *Log) openJournals(inUse bool) error {
	var contents []*journal.Contents
	for i, path := range journalPaths(l.path) {
		j, err := journal.Open(path, l.opts.openFile)
		if err != nil {
			return err
		}
		j.Syncs = l.syncs
		l.journals[i] = j
		c, err := j.Read()
		if err != nil {
			return err
		}
		if inUse && !c.Header && len(c.Frames) == 0 {
			return fmt.Errorf("%s is missing or damaged, and the hub was not stopped in order: put the file back; or %s", path, salvage(l.path))
		}
		l.epoch = max(l.epoch, c.Epoch)
		contents = append(contents, c)
	}
	frames, damage := journal.Merge(l.last, contents...)
	if len(damage) > 0 {
		return fmt.Errorf("%w; %s", damage[0], salvage(l.path))
	}
	entries, err := decode(frames)
	if err != nil {
		return fmt.Errorf("%w; %s", err, salvage(l.path))
	}
	for _, c := range contents {
		if c.Torn {
			l.opts.Logger.Warn("the last commit of the journal is not whole and is left out: one that was under way when the hub was ended, or damage to its very end",
				"file", c.Path, "offset", c.End)
		}
	}
	if len(entries) == 0 {
		return nil
	}
	if err := l.store(entries); errors.Is(err, errFile) {
		return fmt.Errorf("%w; %s", err, salvage(l.path))
	} else if err != nil {
		return err
	}
	if l.opts.moved != nil {
		l.opts.moved()
	}
	newest := entries[len(entries)-1]
	l.last, l.lastID = newest.Seq, newest.Update.ID
	l.opts.Logger.Info("the updates in the journal were moved to the history", "updates", len(entries))
	return nil
}

func decode(frames []journal.Records) ([]eventlog.Entry, error) {
	var entries []eventlog.Entry
	for _, f := range frames {
		for i, record := range f.All {
			e, err := eventlog.ParseRecord(f.First+uint64(i), record)
			if err != nil {
				return nil, fmt.Errorf("sequence %d in the journal: %w", f.First+uint64(i), err)
			}
			entries = append(entries, e)
		}
	}
	return entries, nil
}
