package doctor

import (
	"net/http"
	"time"
)

// Clocks that are further apart make tokens look expired or not valid yet.
const (
	skewSeen = 5 * time.Second // Date has whole seconds, and the answer travelled
	skewBad  = time.Minute
)

// checkClock compares the Date header of the first answer with the local clock.
func (e *exam) checkClock() {
	date, err := http.ParseTime(e.base.Header.Get("Date"))
	switch {
	case err != nil:
		e.add("clock", "clock", Skipped, "The hub's answers have no Date, so its clock cannot be compared.")
		return
	case e.base.Header.Get("Age") != "":
		e.add("clock", "clock", Skipped, "The answer came from a cache, so the hub's clock cannot be compared.")
		return
	}
	skew := date.Add(500 * time.Millisecond).Sub(e.base.at.Add(-e.base.head / 2))
	way := "ahead of"
	if skew < 0 {
		way = "behind"
	}
	const mend = "Run a time service (chrony, systemd-timesyncd) on both: exp and nbf of tokens are held against the clock."
	var f *Finding
	switch {
	case skew.Abs() >= skewBad:
		f = e.add("clock", "clock", Problem, "The hub's clock is %s %s this one: tokens made here look expired or not valid yet there, or live too long.", short(skew), way).mend(mend)
	case skew.Abs() >= skewSeen:
		f = e.add("clock", "clock", Warning, "The hub's clock is %s %s this one.", short(skew), way).mend(mend)
	default:
		f = e.add("clock", "clock", OK, "The hub's clock and this one agree.")
	}
	f.value("skew_seconds", skew.Round(time.Second).Seconds())
}
