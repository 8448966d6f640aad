package fanout

import (
	"bytes"
	"strconv"
	"strings"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

// A frame is one update as it goes out, shared by all who receive it.
type frame struct {
	seq   uint64
	event []byte // the event; a part of chunk
	chunk []byte // the event as one chunk of HTTP/1.1 (RFC 9112, 7.1)
}

// chunkRoom is what a chunk needs before its content: eight digits and CRLF.
const chunkRoom = 10

func newFrame(e eventlog.Entry) *frame {
	chunk := appendEvent(make([]byte, 0, e.Update.Size()+chunkRoom+2), e.Update, true)
	start := bytes.IndexByte(chunk, '\n') + 1
	return &frame{seq: e.Seq, event: chunk[start : len(chunk)-2], chunk: chunk}
}

// appendEvent appends u as it goes out, in a chunk if chunked.
func appendEvent(dst []byte, u *update.Update, chunked bool) []byte {
	if !chunked {
		return update.AppendEvent(dst, u)
	}
	start := len(dst)
	dst = append(dst, make([]byte, chunkRoom)...)
	dst = update.AppendEvent(dst, u)
	event := dst[start+chunkRoom:]
	dst = appendSize(dst[:start], len(event))
	dst = append(dst, event...) // moved down by what its size did not need
	return append(dst, "\r\n"...)
}

// appendTopics appends the lines that name topics (topics=on).
func appendTopics(dst []byte, topics string, chunked bool) []byte {
	if chunked {
		return appendChunk(dst, appendTopics(nil, topics, false))
	}
	for topic := range strings.SplitSeq(topics, "\n") {
		dst = update.AppendTopic(dst, topic)
	}
	return dst
}

// appendChunk appends p as one chunk of HTTP/1.1.
func appendChunk(dst, p []byte) []byte {
	dst = append(appendSize(dst, len(p)), p...)
	return append(dst, "\r\n"...)
}

func appendSize(dst []byte, n int) []byte {
	return append(strconv.AppendUint(dst, uint64(n), 16), "\r\n"...)
}
