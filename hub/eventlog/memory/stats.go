package memory

import "amalgam/hub/eventlog"

var _ eventlog.Reporter = (*Log)(nil)

// Stats implements eventlog.Reporter.
func (l *Log) Stats() (eventlog.Stats, error) {
	l.expire()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return eventlog.Stats{}, eventlog.ErrClosed
	}
	st := eventlog.Stats{Events: int64(len(l.entries)), Bytes: l.bytes}
	if len(l.entries) > 0 {
		st.Oldest = l.entries[0].Time
	}
	return st, nil
}
