package bolt

import "amalgam/hub/eventlog"

// A segment is what one journal holds, in memory. Its sequences have no gap.
// Log.mu guards it; a complete one does not change.
type segment struct {
	first   uint64
	entries []eventlog.Entry
	bytes   int               // of the records
	ids     map[string]uint64 // the earliest place of each id
}

func newSegment(first uint64) *segment {
	return &segment{first: first, ids: make(map[string]uint64)}
}

func (s *segment) add(entries []eventlog.Entry, bytes int) {
	s.entries = append(s.entries, entries...)
	s.bytes += bytes
	for _, e := range entries {
		if _, used := s.ids[e.Update.ID]; !used {
			s.ids[e.Update.ID] = e.Seq
		}
	}
}

// after returns the entries that follow a place.
func (s *segment) after(seq uint64) []eventlog.Entry {
	if seq < s.first {
		return s.entries
	}
	return s.entries[min(seq-s.first+1, uint64(len(s.entries))):]
}
