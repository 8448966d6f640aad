package conformance

import (
	"bufio"
	"io"
	"strings"
)

// An Event is one Server-Sent Event as a browser sees it, with its raw lines.
type Event struct {
	ID, Type, Data, Retry string
	Topic                 string   // the extra line of topics=on
	Lines                 []string // as sent, without comments
}

// eventReader parses a stream as the HTML standard says (9.2.6). It shares no
// code with the hub.
type eventReader struct {
	r      *bufio.Reader
	lastID string
	skipLF bool
}

func newEventReader(r io.Reader) *eventReader { return &eventReader{r: bufio.NewReader(r)} }

// next returns the next event with data, or says that a comment came.
func (r *eventReader) next() (e Event, isComment bool, err error) {
	var data []string
	for {
		line, err := r.line()
		switch {
		case err != nil:
			return Event{}, false, err
		case strings.HasPrefix(line, ":"):
			if len(e.Lines) == 0 {
				return Event{}, true, nil
			}
			continue
		case line == "":
			if data == nil {
				e = Event{}
				continue
			}
			e.Data, e.ID = strings.Join(data, "\n"), r.lastID
			return e, false, nil
		}
		e.Lines = append(e.Lines, line)
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			e.Type = value
		case "data":
			data = append(data, value)
		case "id":
			if !strings.Contains(value, "\x00") {
				r.lastID = value
			}
		case "retry":
			e.Retry = value
		case "topic":
			e.Topic = value
		}
	}
}

// line returns the next line without its end: CR, LF or CRLF.
func (r *eventReader) line() (string, error) {
	var b strings.Builder
	for {
		c, err := r.r.ReadByte()
		if err != nil {
			return "", err
		}
		afterCR := r.skipLF
		r.skipLF = c == '\r'
		switch {
		case c == '\n' && afterCR:
		case c == '\n' || c == '\r':
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
}
