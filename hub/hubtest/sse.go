package hubtest

import (
	"bufio"
	"io"
	"strings"
)

// An Event is one Server-Sent Event as a client sees it.
type Event struct {
	ID, Type, Data, Retry string
	Topic                 string // the extra line of topics=on
}

// A Reader reads an event stream as the HTML standard says (9.2.6), written
// for tests and independent of the hub's encoder.
type Reader struct {
	lines   *bufio.Reader
	lastID  string
	skipLF  bool
	Comment func(string) // called for each comment, if set
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{lines: bufio.NewReader(r)} }

// Next returns the next event that has data.
func (r *Reader) Next() (Event, error) {
	e := Event{ID: r.lastID}
	var data strings.Builder
	hasData := false
	for {
		line, err := r.line()
		if err != nil {
			return Event{}, err
		}
		if line == "" {
			if hasData {
				e.Data = strings.TrimSuffix(data.String(), "\n")
				r.lastID = e.ID
				return e, nil
			}
			r.lastID = e.ID
			e = Event{ID: r.lastID}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "":
			if r.Comment != nil {
				r.Comment(value)
			}
		case "event":
			e.Type = value
		case "data":
			data.WriteString(value + "\n")
			hasData = true
		case "id":
			if !strings.Contains(value, "\x00") {
				e.ID = value
			}
		case "retry":
			e.Retry = value
		case "topic":
			e.Topic = value
		}
	}
}

// line returns the next line without its end: CR, LF or CRLF.
func (r *Reader) line() (string, error) {
	var b strings.Builder
	for {
		c, err := r.lines.ReadByte()
		if err != nil {
			return "", err
		}
		if c == '\n' && r.skipLF {
			r.skipLF = false
			continue
		}
		r.skipLF = c == '\r'
		if c == '\n' || c == '\r' {
			return b.String(), nil
		}
		b.WriteByte(c)
	}
}
