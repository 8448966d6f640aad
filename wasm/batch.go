package wasm

import (
	"encoding/binary"

	"amalgam/payload"
)

// The glue and the module share two buffers inside Go's memory. All numbers are
// little-endian uint32, none is aligned.
//
// The glue writes events into the first, one after the other:
//
//	index   place of the event's name in Set.Names, or noSuchEvent
//	length  of data in bytes
//	data    what the hub sent, as UTF-8
//
// The second holds what was found wrong, in the order of the events. An event
// that holds leaves nothing there, so that a batch without faults costs its
// reader one comparison:
//
//	record  place of the event in the batch, from 0
//	kind    verdictInvalid or verdictPanic
//	length  of text in bytes
//	text    for verdictInvalid the issues as a JSON array, for verdictPanic
//	        what the panic said
const (
	noSuchEvent   = 1<<32 - 1
	recordHeader  = 8
	verdictHeader = 12
)

// The kinds of verdict.
const (
	// verdictInvalid: the data does not hold to the event's schema.
	verdictInvalid = 1
	// verdictPanic: judging panicked. That is a defect of this module, not of
	// the data, and must not look like one.
	verdictPanic = 2
)

// malformed is what run answers to records that do not fit their buffer: the
// glue and the module disagree about the layout.
const malformed = -1

const (
	// maxBuffer bounds the buffer the glue may ask for, in bytes. It is far
	// above what a hub accepts (1 MiB as it ships), and below what would end
	// the module by exhausting a browser's memory.
	maxBuffer = 256 << 20
	// keepVerdicts is up to which capacity, in bytes, the verdicts' buffer is
	// kept from one batch to the next.
	keepVerdicts = 1 << 20
)

// batch judges events by the thousand. It belongs to one goroutine.
type batch struct {
	names    []string
	judge    func(index int, data []byte) []payload.Issue
	records  []byte
	verdicts []byte
}

func newBatch(set *payload.Set) *batch {
	return &batch{names: set.Names(), judge: set.ValidateAt}
}

// resize makes the buffer for records exactly size bytes long and forgets what
// was in it. It reports false when the size is not to be had.
func (b *batch) resize(size int) bool {
	if size <= 0 || size > maxBuffer {
		return false
	}
	if len(b.records) != size {
		b.records = nil // so that old and new need not fit in memory together
		b.records = make([]byte, size)
	}
	return true
}

// run judges the records in the first n bytes of the buffer. It returns the
// length of the verdicts, 0 when every event holds, or malformed. It allocates
// nothing for events that hold.
func (b *batch) run(n int) int {
	if n < 0 || n > len(b.records) {
		return malformed
	}
	if cap(b.verdicts) > keepVerdicts {
		b.verdicts = nil
	}
	b.verdicts = b.verdicts[:0]
	records := b.records[:n]
	for record := uint32(0); len(records) > 0; record++ {
		if len(records) < recordHeader {
			return malformed
		}
		index := binary.LittleEndian.Uint32(records)
		length := binary.LittleEndian.Uint32(records[4:])
		records = records[recordHeader:]
		event := int(index)
		if index == noSuchEvent {
			event = -1
		} else if uint64(index) >= uint64(len(b.names)) {
			return malformed
		}
		if uint64(length) > uint64(len(records)) {
			return malformed
		}
		b.one(record, event, records[:length:length])
		records = records[length:]
	}
	return len(b.verdicts)
}

// one judges one event and writes down what is wrong with it. A panic costs
// that event only: the others still get their verdict.
func (b *batch) one(record uint32, index int, data []byte) {
	defer func() {
		if v := recover(); v != nil {
			b.verdict(record, verdictPanic, func(dst []byte) []byte {
				return append(dst, panicText(v)...)
			})
		}
	}()
	if issues := b.judge(index, data); len(issues) > 0 {
		b.verdict(record, verdictInvalid, func(dst []byte) []byte {
			return payload.AppendIssues(dst, issues)
		})
	}
}

// verdict appends one verdict whose text is written by text.
func (b *batch) verdict(record, kind uint32, text func([]byte) []byte) {
	start := len(b.verdicts)
	out := binary.LittleEndian.AppendUint32(b.verdicts, record)
	out = binary.LittleEndian.AppendUint32(out, kind)
	out = binary.LittleEndian.AppendUint32(out, 0)
	out = text(out)
	binary.LittleEndian.PutUint32(out[start+8:], uint32(len(out)-start-verdictHeader))
	b.verdicts = out
}
