package bench

import (
	"bytes"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// marker stands once in the data of each event of a bench, and nowhere else in
// what a hub writes after the head of its answer. One byte cannot be split by
// a read or a chunk, and counting it is the cheapest look at a stream there is.
const marker = '|'

// A stamp follows the marker: the event's number and the time of its
// publication, in nanoseconds of this process's clock, in fixed widths.
const (
	seqDigits  = 10
	timeDigits = 16
	stampLen   = seqDigits + 1 + timeDigits
)

// eventOverhead is what an event has besides its data, in bytes, when the hub
// gives it an id of the form urn:uuid:…: two field names, line ends.
const eventOverhead = len("id: urn:uuid:00000000-0000-4000-8000-000000000000\ndata: \n\n")

const (
	dataStart = `{"bench":"`
	dataMid   = `","pad":"`
	dataEnd   = `"}`
)

// MinSize is the least size of an event, in bytes.
const MinSize = eventOverhead + len(dataStart) + 1 + stampLen + len(dataMid) + len(dataEnd)

var processStart = time.Now()

// now is a clock that only this process has, in nanoseconds.
func now() int64 { return int64(time.Since(processStart)) }

// padding fills an event up to size bytes on the stream.
func padding(size int) string { return strings.Repeat("x", max(0, size-MinSize)) }

// appendData appends the data of one event to dst.
func appendData(dst []byte, seq uint64, at int64, pad string) []byte {
	dst = append(dst, dataStart...)
	dst = append(dst, marker)
	dst = appendFixed(dst, seq, seqDigits)
	dst = append(dst, '.')
	dst = appendFixed(dst, uint64(at), timeDigits)
	dst = append(dst, dataMid...)
	dst = append(dst, pad...)
	return append(dst, dataEnd...)
}

func appendFixed(dst []byte, v uint64, digits int) []byte {
	var b [20]byte
	s := strconv.AppendUint(b[:0], v, 10)
	for range digits - len(s) {
		dst = append(dst, '0')
	}
	return append(dst, s...)
}

// parseStamp reads the stampLen bytes after a marker.
func parseStamp(p []byte) (seq uint64, at int64, ok bool) {
	if len(p) < stampLen || p[seqDigits] != '.' {
		return 0, 0, false
	}
	seq, ok = digits(p[:seqDigits])
	if !ok {
		return 0, 0, false
	}
	t, ok := digits(p[seqDigits+1 : stampLen])
	return seq, int64(t), ok
}

func digits(p []byte) (v uint64, ok bool) {
	for _, c := range p {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + uint64(c-'0')
	}
	return v, true
}

// A scanner follows one stream. All count; those that are sampled also read
// the stamps.
type scanner struct {
	count uint32
	reads *stamps // nil if only counted
}

// stamps is what a sampled stream keeps.
type stamps struct {
	carry    []byte // of a stamp that the last read cut off, from its marker on
	last     uint64
	ordered  bool   // each event followed the one before by number, without a gap
	order    uint64 // a hash over the numbers in the order they came
	unread   int    // stamps that could not be read
	latency  []int64
	received int64          // when the newest event came
	after    *atomic.Uint64 // latency counts for events after this one
}

func newStamps(after *atomic.Uint64) *stamps { return &stamps{ordered: true, after: after} }

// feed takes what was read from the stream at a time and returns how many
// events began in it.
func (s *scanner) feed(p []byte, at int64) int {
	n := bytes.Count(p, []byte{marker})
	s.count += uint32(n)
	if s.reads != nil {
		s.reads.feed(p, at)
	}
	return n
}

func (s *stamps) feed(p []byte, at int64) {
	if len(s.carry) > 0 {
		n := min(len(p), 1+stampLen-len(s.carry))
		s.carry = append(s.carry, p[:n]...)
		if len(s.carry) <= stampLen {
			return
		}
		s.stamp(s.carry[1:], at)
		s.carry = s.carry[:0]
		p = p[n:] // no other marker stands in it: an event goes on after its stamp
	}
	for {
		i := bytes.IndexByte(p, marker)
		if i < 0 {
			return
		}
		if len(p)-i <= stampLen {
			s.carry = append(s.carry[:0], p[i:]...)
			return
		}
		s.stamp(p[i+1:], at)
		p = p[i+1:]
	}
}

func (s *stamps) stamp(p []byte, at int64) {
	seq, published, ok := parseStamp(p)
	if !ok {
		s.unread++
		s.ordered = false
		return
	}
	if s.last != 0 && seq != s.last+1 {
		s.ordered = false
	}
	s.last = seq
	s.order = (s.order ^ seq) * 1099511628211 // FNV's prime
	s.received = at
	if seq > s.after.Load() && len(s.latency) < 10_000 {
		s.latency = append(s.latency, at-published)
	}
}
