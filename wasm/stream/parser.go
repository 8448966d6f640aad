package stream

import "bytes"

// maxEvent bounds one event, in bytes of data: far above what a hub takes (1
// MiB as it ships), below what would end a page for want of memory.
const maxEvent = 64 << 20

// A parser reads an event stream (WHATWG HTML, 9.2.6) as it comes, in pieces of
// any length. What it hands out is valid until the call returns.
type parser struct {
	line    []byte // the beginning of a line whose end has not come
	id      []byte // sticks from one event to the next
	hasID   bool   // this event came with one of its own
	name    []byte
	topic   []byte // what a hub says with topics=on, a line each
	named   bool   // there is such a line
	data    []byte
	hasData bool
	begun   bool // the first bytes have been looked at for a byte order mark
	cr      bool // the last byte was a CR: a LF that follows belongs to it
	sink    sink
}

// A sink takes what a parser finds.
type sink interface {
	// event takes one event; name is empty where the hub gave none. topic has a
	// line for each that the hub names.
	event(name, id, topic, data []byte)
	comment(text []byte)
	retry(ms int64)
	// seen takes an id that came without an event.
	seen(id []byte)
}

func (p *parser) reset() {
	*p = parser{line: p.line[:0], id: p.id[:0], name: p.name[:0], topic: p.topic[:0], data: p.data[:0], sink: p.sink}
}

// feed reads the next piece. It returns false when an event is too large.
func (p *parser) feed(b []byte) bool {
	if !p.begun {
		if len(p.line) > 0 || len(b) < 3 {
			b = append(p.line, b...)
			p.line = b
			if len(b) < 3 && bytes.HasPrefix(bom, b) {
				return true
			}
			b = bytes.Clone(b)
			p.line = p.line[:0]
		}
		p.begun = true
		b = bytes.TrimPrefix(b, bom)
	}
	for len(b) > 0 {
		if p.cr {
			p.cr = false
			if b[0] == '\n' {
				b = b[1:]
				continue
			}
		}
		end := lineEnd(b)
		if end < 0 {
			p.line = append(p.line, b...)
			return len(p.line) <= maxEvent
		}
		line := b[:end]
		if len(p.line) > 0 {
			p.line = append(p.line, line...)
			line = p.line
		}
		p.cr = b[end] == '\r'
		b = b[end+1:]
		if !p.take(line) {
			return false
		}
		p.line = p.line[:0]
	}
	return true
}

var bom = []byte("\ufeff")

// lineEnd returns the place of the first LF or CR, -1 if there is none.
func lineEnd(b []byte) int {
	lf := bytes.IndexByte(b, '\n')
	head := b
	if lf >= 0 {
		head = b[:lf]
	}
	if cr := bytes.IndexByte(head, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// take reads one whole line.
func (p *parser) take(line []byte) bool {
	if len(line) == 0 {
		p.dispatch()
		return true
	}
	colon := bytes.IndexByte(line, ':')
	if colon == 0 {
		p.sink.comment(line[1:])
		return true
	}
	field, value := line, []byte(nil)
	if colon > 0 {
		field, value = line[:colon], line[colon+1:]
		if len(value) > 0 && value[0] == ' ' {
			value = value[1:]
		}
	}
	switch string(field) {
	case "data":
		if p.hasData {
			p.data = append(p.data, '\n')
		}
		p.data = append(p.data, value...)
		p.hasData = true
		return len(p.data) <= maxEvent
	case "event":
		p.name = append(p.name[:0], value...)
	case "id":
		if bytes.IndexByte(value, 0) < 0 {
			p.id = append(p.id[:0], value...)
			p.hasID = true
		}
	case "topic":
		if p.named {
			p.topic = append(p.topic, '\n')
		}
		p.topic = append(p.topic, value...)
		p.named = true
	case "retry":
		if ms, ok := number(value); ok && ms <= longestRetry {
			p.sink.retry(ms)
		}
	}
	return true
}

func (p *parser) dispatch() {
	if p.hasData {
		p.sink.event(p.name, p.id, p.topic, p.data)
	} else if len(p.id) > 0 {
		p.sink.seen(p.id)
	}
	p.name, p.topic, p.data, p.hasData, p.hasID, p.named = p.name[:0], p.topic[:0], p.data[:0], false, false, false
	if cap(p.data) > keepData {
		p.data = nil
	}
}

// longestRetry bounds what a hub may ask for, in milliseconds: a day.
const longestRetry = 86_400_000

// keepData is how much memory a parser keeps from one event to the next.
const keepData = 1 << 20

// number reads ASCII digits; false for anything else, and for numbers that are
// larger than any that is meant here.
func number(b []byte) (n int64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' || n > 1<<53 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, len(b) > 0
}
