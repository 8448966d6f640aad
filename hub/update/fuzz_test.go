package update_test

import (
	"io"
	"strings"
	"testing"

	"amalgam/hub/sse"
	"amalgam/hub/update"
)

// What the encoder writes, an independent reader of event streams must read
// back: the same fields, and nothing that the content forged.
func FuzzAppendEvent(f *testing.F) {
	f.Add("urn:1", "chat", "a\nb\r\nc\rd", "1000", "topic")
	f.Add("1", "", "", "", "")
	f.Add(" 1 ", ": x", "\n\n\r\r\nid: 2\nevent: y\n\n", "0", "a: b")
	f.Add("1", "data", " leading", "", "\ufeff")
	f.Fuzz(func(t *testing.T, id, name, data, retry, topic string) {
		u := &update.Update{Topics: []string{topic}, ID: id, Type: name, Data: data, Retry: retry}
		if topic == "" || id == "" || u.Check(false) != nil {
			return
		}
		fence := &update.Update{Topics: []string{"t"}, ID: "fence", Data: "fence"}
		stream := update.AppendEvent(update.AppendTopic(nil, topic), u)
		stream = update.AppendEvent(stream, fence)
		r := sse.NewReader(strings.NewReader(string(stream)))
		got, err := r.Next()
		want := sse.Event{ID: id, Type: name, Data: lines(data), Retry: retry, Topic: topic}
		if err != nil || got != want {
			t.Fatalf("%q is read as %+v, %v, want %+v", stream, got, err, want)
		}
		if got, err := r.Next(); err != nil || got != (sse.Event{ID: "fence", Data: "fence"}) {
			t.Fatalf("after %q comes %+v, %v", stream, got, err)
		}
		if _, err := r.Next(); err != io.EOF {
			t.Fatalf("%q holds a third event", stream)
		}
	})
}

// lines is what a receiver makes of data: every line break becomes LF.
func lines(data string) string {
	return strings.ReplaceAll(strings.ReplaceAll(data, "\r\n", "\n"), "\r", "\n")
}
