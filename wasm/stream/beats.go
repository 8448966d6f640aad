package stream

import "bytes"

// silence is how long a stream may be silent whose hub has a heartbeat each so
// many milliseconds.
func silence(interval int64) int64 { return interval * 5 / 2 }

// beats finds out a hub's heartbeat: from what it says in its comments, or from
// two pauses in a row that are alike. The first pause is not looked at: a
// stream may begin anywhere between two beats.
//
// What our hub says is "heartbeat 40000 17": the time between two comments in
// milliseconds, and how many events it has sent on this connection.
type beats struct {
	said        bool
	comments    int
	last, pause int64
}

const (
	shortestBeat = 1000 // pauses below are those of a proxy that held comments back
	longestBeat  = 3_600_000
)

var heartbeat = []byte("heartbeat ")

// hear takes a comment and returns the interval, 0 while it is not known, and
// the number of events, -1 if it does not say.
func (b *beats) hear(text []byte, now int64) (interval, events int64) {
	if rest, ok := bytes.CutPrefix(bytes.TrimLeft(text, " "), heartbeat); ok {
		first, second, counted := bytes.Cut(rest, space)
		if ms, ok := number(first); ok {
			b.said = true
			if n, ok := number(second); ok && counted {
				return ms, n
			}
			return ms, -1
		}
	}
	if b.said {
		return 0, -1
	}
	pause := now - b.last
	b.last = now
	b.comments++
	if b.comments <= 2 || pause < shortestBeat || pause > longestBeat {
		return 0, -1
	}
	before := b.pause
	b.pause = pause
	if before == 0 || max(pause, before)-min(pause, before) > max(pause, before)/5 {
		return 0, -1
	}
	return max(pause, before), -1
}

var space = []byte(" ")
