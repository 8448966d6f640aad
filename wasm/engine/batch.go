package engine

import (
	"bytes"
	"unicode/utf8"
	"unsafe"

	"amalgam/payload"
)

// A batch is the events that one call into the module has brought, judged, as
// the glue reads them out of Go's memory: a table with one row of rowWords
// numbers for each event, and one text for all of them. The first five numbers
// are the lengths, in UTF-16 code units, of what stands in the text, after mark,
// one after the other: name, id, topic, data, and the issues as a JSON array; the sixth
// is the verdict. So the glue decodes one string, and cuts it.
type batch struct {
	judge func(set *payload.Set, index int, data []byte) []payload.Issue
	table []uint32
	text  []byte
}

const rowWords = 6

// The verdicts.
const (
	verdictNone    = 0 // the event has no schema
	verdictValid   = 1
	verdictInvalid = 2
	// verdictPanic: judging panicked. That is a defect of this module, not of
	// the data, and must not look like one; the issues are what it said.
	verdictPanic = 3
)

// keepText is up to which capacity, in bytes, the text is kept from one batch
// to the next.
const keepText = 1 << 20

func newBatch() *batch {
	b := &batch{judge: (*payload.Set).ValidateAt}
	b.reset()
	return b
}

func (b *batch) reset() {
	if cap(b.text) > keepText {
		b.table, b.text = nil, nil
	}
	b.table, b.text = b.table[:0], append(b.text[:0], mark...)
}

func (b *batch) len() int { return len(b.table) / rowWords }

// mark is a byte order mark. The glue's decoder takes one off what it decodes,
// which would otherwise be the first character of a name that begins with it.
const mark = "\ufeff"

var nameless = []byte("message")

// add judges an event by set and appends it. It allocates nothing for one that
// holds.
func (b *batch) add(set *payload.Set, name, id, topic, data []byte) {
	if len(name) == 0 {
		name = nameless
	}
	verdict, issues := uint32(verdictNone), []byte(nil)
	if index := set.Index(unsafe.String(unsafe.SliceData(name), len(name))); index >= 0 {
		verdict, issues = b.verdict(set, index, data)
	}
	b.table = append(b.table, b.put(name), b.put(id), b.put(topic))
	if verdict == verdictValid { // so it is UTF-8
		b.text = append(b.text, data...)
		units, _ := utf16Length(data)
		b.table = append(b.table, units)
	} else {
		b.table = append(b.table, b.put(data))
	}
	b.table = append(b.table, b.put(issues), verdict)
}

func (b *batch) verdict(set *payload.Set, index int, data []byte) (verdict uint32, text []byte) {
	defer func() {
		if v := recover(); v != nil {
			verdict, text = verdictPanic, []byte(panicText(v))
		}
	}()
	if issues := b.judge(set, index, data); len(issues) > 0 {
		return verdictInvalid, payload.AppendIssues(nil, issues)
	}
	return verdictValid, nil
}

// put appends a part of the text and returns its length in UTF-16 code units.
// What is not UTF-8 is replaced, as a browser would.
func (b *batch) put(part []byte) uint32 {
	units, ascii := utf16Length(part)
	if !ascii && !utf8.Valid(part) {
		part = bytes.ToValidUTF8(part, replacement)
		units, _ = utf16Length(part)
	}
	b.text = append(b.text, part...)
	return units
}

var replacement = []byte("\ufffd")
