package update

import "strings"

// AppendEvent appends u as one Server-Sent Event to dst and returns it. Every
// stream of the hub is written by this function.
//
// Data becomes one "data:" line for each of its lines, split on CR, LF and
// CRLF, so that no content can forge a field (draft-08, Server-Sent Events
// Field Injection). An empty Data still gets its line: without one a browser
// drops the event.
func AppendEvent(dst []byte, u *Update) []byte {
	if u.Type != "" {
		dst = appendField(dst, "event: ", u.Type)
	}
	if u.Retry != "" {
		dst = appendField(dst, "retry: ", u.Retry)
	}
	dst = appendField(dst, "id: ", u.ID)
	dst = appendData(dst, u.Data)
	return append(dst, '\n')
}

// AppendTopic appends the extra field line that a subscriber gets who asked
// for topics=on. It goes in front of the event; an EventSource ignores it.
func AppendTopic(dst []byte, topic string) []byte {
	return appendField(dst, "topic: ", topic)
}

func appendField(dst []byte, prefix, value string) []byte {
	dst = append(dst, prefix...)
	dst = append(dst, value...)
	return append(dst, '\n')
}

func appendData(dst []byte, data string) []byte {
	for {
		i := strings.IndexAny(data, "\r\n")
		if i < 0 {
			return appendField(dst, "data: ", data)
		}
		dst = appendField(dst, "data: ", data[:i])
		if data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n' {
			i++
		}
		data = data[i+1:]
	}
}
