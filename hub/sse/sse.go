// Package sse reads event streams as the HTML standard says (9.2.6). It is for
// clients of a hub, tests and checks above all, and shares nothing with the
// hub's encoder.
package sse

import (
	"bufio"
	"io"
	"strings"
)

// An Event is one Server-Sent Event as a client sees it.
type Event struct {
	ID, Type, Data, Retry string
	Topic                 string // the extra line of topics=on, the first of them
}

// A Reader reads one stream.
type Reader struct {
	Comment func(string) // called for each comment, if set

	from   *bufio.Reader
	lastID string
	skipLF bool
	line   []byte
	lines  []string
	keep   bool
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{from: bufio.NewReader(r)} }

// KeepLines has Lines return something, for events read from now on.
func (r *Reader) KeepLines() { r.keep = true }

// Lines returns the lines of the event that Next returned last, as they were
// sent, without comments and line ends.
func (r *Reader) Lines() []string { return r.lines }

// Next returns the next event that has data.
func (r *Reader) Next() (Event, error) {
	var e Event
	var data strings.Builder
	hasData := false
	r.lines = nil
	for {
		line, err := r.nextLine()
		if err != nil {
			return Event{}, err
		}
		if line == "" {
			if hasData {
				e.Data, e.ID = strings.TrimSuffix(data.String(), "\n"), r.lastID
				return e, nil
			}
			e, r.lines = Event{}, nil
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		if r.keep && name != "" {
			r.lines = append(r.lines, line)
		}
		switch name {
		case "":
			if r.Comment != nil {
				r.Comment(value)
			}
		case "event":
			e.Type = value
		case "data":
			data.WriteString(value)
			data.WriteByte('\n')
			hasData = true
		case "id":
			if !strings.Contains(value, "\x00") {
				r.lastID = value
			}
		case "retry":
			e.Retry = value
		case "topic":
			if e.Topic == "" {
				e.Topic = value
			}
		}
	}
}

// nextLine returns the next line without its end: CR, LF or CRLF. A line that
// ends in CR is complete before it is known whether LF follows.
func (r *Reader) nextLine() (string, error) {
	r.line = r.line[:0]
	for {
		c, err := r.from.ReadByte()
		if err != nil {
			return "", err
		}
		afterCR := r.skipLF
		r.skipLF = c == '\r'
		switch {
		case c == '\n' && afterCR:
		case c == '\n' || c == '\r':
			return string(r.line), nil
		default:
			r.line = append(r.line, c)
		}
	}
}
