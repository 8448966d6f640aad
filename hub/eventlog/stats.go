package eventlog

import "amalgam/hub/stat"

// Stats is what a log holds now, and what it has done since it was opened.
type Stats struct {
	Events int64
	Bytes  int64 // by the measure of its Retention
	Oldest int64 // when the log took its oldest entry, in Unix milliseconds; 0 if it has none, or the time is not known
	// Commits counts how many updates were made durable together, Syncs the
	// nanoseconds that each sync took. A log without them leaves them empty.
	Commits, Syncs stat.Distribution
}

// A Reporter is a Log that tells what it holds. Its cost does not grow with the
// history. A closed one returns ErrClosed.
type Reporter interface {
	Stats() (Stats, error)
}
