package eventlog

import "time"

// Retention bounds how much a log keeps. Whichever bound is passed, the
// oldest entries go first, and the newest always stays. A bound of zero is the
// backend's default; a negative one is none.
type Retention struct {
	MaxEvents int64
	MaxAge    time.Duration // by the clock of the node that appended
	MaxBytes  int64         // of updates, by the backend's own measure
}

// Or returns r with the bounds of def where it has none set.
func (r Retention) Or(def Retention) Retention {
	if r.MaxEvents == 0 {
		r.MaxEvents = def.MaxEvents
	}
	if r.MaxAge == 0 {
		r.MaxAge = def.MaxAge
	}
	if r.MaxBytes == 0 {
		r.MaxBytes = def.MaxBytes
	}
	return r
}

// Exceeded reports whether the oldest entry has to go: of so many events and
// bytes, itself included, appended at oldest (Unix milliseconds).
func (r Retention) Exceeded(events, bytes, oldest, now int64) bool {
	if events <= 1 {
		return false
	}
	return r.MaxEvents > 0 && events > r.MaxEvents ||
		r.MaxBytes > 0 && bytes > r.MaxBytes ||
		r.MaxAge > 0 && now-oldest > r.MaxAge.Milliseconds()
}
