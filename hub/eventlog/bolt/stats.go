package bolt

import (
	"encoding/binary"

	"go.etcd.io/bbolt"

	"amalgam/hub/eventlog"
)

var _ eventlog.Reporter = (*Log)(nil)

// Stats implements eventlog.Reporter.
func (l *Log) Stats() (eventlog.Stats, error) {
	st := eventlog.Stats{Commits: l.commits.Snapshot(), Syncs: l.syncs.Snapshot()}
	// Memory first, as in Find: what leaves it meanwhile is in bbolt, and is
	// not counted twice.
	l.mu.RLock()
	if l.closed {
		l.mu.RUnlock()
		return st, eventlog.ErrClosed
	}
	last, moving, fresh := l.last, l.moving, l.fresh
	pending := int64(fresh.bytes)
	oldest := fresh
	if moving != nil {
		oldest = moving
	}
	first := oldest.first
	if len(oldest.entries) > 0 {
		st.Oldest = oldest.entries[0].Time
	}
	l.mu.RUnlock()
	err := view(l.db, func(tx *bbolt.Tx) error {
		_, bytes, err := parseKept(tx.Bucket(bucketMeta).Get(keyKept))
		if err != nil {
			return err
		}
		st.Bytes = bytes + pending
		c := tx.Bucket(bucketLog).Cursor()
		newest, _ := c.Last()
		if moving != nil && (newest == nil || binary.BigEndian.Uint64(newest) < moving.first) {
			st.Bytes += int64(moving.bytes)
		}
		k, record := c.First()
		if k == nil {
			return nil
		}
		if seq := binary.BigEndian.Uint64(k); seq < first {
			first, st.Oldest = seq, 0
			if e, err := eventlog.ParseRecord(seq, record); err == nil {
				st.Oldest = e.Time
			}
		}
		return nil
	})
	// Sequences have no gap.
	st.Events = int64(last+1) - int64(first)
	return st, l.readError(err)
}
