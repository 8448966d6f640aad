package bench

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

func TestAnEventHasTheSizeThatWasAskedFor(t *testing.T) {
	for _, size := range []int{MinSize, MinSize + 1, 193, 5000} {
		if got := len(appendEvent(nil, 7, padding(size))); got != size {
			t.Errorf("an event of %d bytes has %d", size, got)
		}
	}
}

func TestStampsAreReadBackOrRefused(t *testing.T) {
	data := string(appendData(nil, 42, 1234567890, "xx"))
	_, after, _ := strings.Cut(data, string(marker))
	tests := []struct {
		name, in string
		seq      uint64
		at       int64
		ok       bool
	}{
		{"a whole stamp", after, 42, 1234567890, true},
		{"one byte short", after[:stampLen-1], 0, 0, false},
		{"no full stop", strings.Replace(after, ".", "-", 1), 0, 0, false},
		{"a letter in the number", "x" + after[1:], 0, 0, false},
		{"a letter in the time", after[:stampLen-1] + "x", 42, 0, false},
	}
	for _, test := range tests {
		seq, at, ok := parseStamp([]byte(test.in))
		if ok != test.ok || ok && (seq != test.seq || at != test.at) {
			t.Errorf("%s: got %d, %d, %v", test.name, seq, at, ok)
		}
	}
}

// eventStream joins events as a hub would write them.
func eventStream(seqs ...uint64) []byte {
	p := chunk([]byte(":\n"))
	for _, n := range seqs {
		p = append(p, chunk(appendEvent(nil, n, "pad"))...)
	}
	return p
}

func TestAScannerCountsAndOrdersHoweverTheStreamIsCut(t *testing.T) {
	tests := []struct {
		name    string
		stream  []byte
		count   uint32
		last    uint64
		ordered bool
		unread  int
	}{
		{"nothing but a comment", eventStream(), 0, 0, true, 0},
		{"three in order", eventStream(1, 2, 3), 3, 3, true, 0},
		{"a gap", eventStream(1, 3), 2, 3, false, 0},
		{"one twice", eventStream(1, 1), 2, 1, false, 0},
		{"the wrong way round", eventStream(2, 1), 2, 1, false, 0},
		{"a stamp that is none", append(eventStream(1), "data: |12345678901234567890123456789\n\n"...), 2, 1, false, 1},
	}
	for _, test := range tests {
		for cut := 1; cut <= len(test.stream)+1; cut++ {
			s := scanner{reads: newStamps(new(atomic.Uint64))}
			sum := 0
			for part := range slices.Chunk(test.stream, cut) {
				sum += s.feed(part, 5)
			}
			if s.count != test.count || sum != int(test.count) || s.reads.last != test.last || s.reads.ordered != test.ordered || s.reads.unread != test.unread {
				t.Fatalf("%s, in parts of %d bytes: count %d (%d), last %d, ordered %v, unread %d", test.name, cut, s.count, sum, s.reads.last, s.reads.ordered, s.reads.unread)
			}
		}
	}
}

func TestTwoOrdersOfTheSameEventsHaveDifferentHashes(t *testing.T) {
	hash := func(seqs ...uint64) uint64 {
		s := scanner{reads: newStamps(new(atomic.Uint64))}
		s.feed(eventStream(seqs...), 0)
		return s.reads.order
	}
	if hash(1, 2, 3) != hash(1, 2, 3) {
		t.Error("the same order has two hashes")
	}
	if hash(1, 2, 3) == hash(1, 3, 2) {
		t.Error("two orders have the same hash")
	}
}

func TestLatencyIsFromThePublicationToTheRead(t *testing.T) {
	var warm atomic.Uint64
	warm.Store(1)
	s := scanner{reads: newStamps(&warm)}
	s.feed(eventStream(1), 900) // of the warming, which does not count
	p := appendData(nil, 2, 1000, "")
	s.feed(p[:20], 1500)
	s.feed(p[20:], 1700) // the read that completes the stamp counts
	if !slices.Equal(s.reads.latency, []int64{700}) || s.reads.received != 1700 {
		t.Errorf("latency %v, received at %d", s.reads.latency, s.reads.received)
	}
}
