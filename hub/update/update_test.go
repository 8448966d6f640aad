package update_test

import (
	"strings"
	"testing"

	"amalgam/hub/update"
)

func TestAnEventIsEncodedLineByLine(t *testing.T) {
	for _, c := range []struct {
		name string
		u    update.Update
		want string
	}{
		{"the least", update.Update{ID: "1"}, "id: 1\ndata: \n\n"},
		{"every field", update.Update{ID: "1", Type: "chat", Retry: "0", Data: "x"}, "event: chat\nretry: 0\nid: 1\ndata: x\n\n"},
		{"LF, CR and CRLF each end a line", update.Update{ID: "1", Data: "a\nb\rc\r\nd\n\re"}, "id: 1\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: e\n\n"},
		{"line breaks at the ends", update.Update{ID: "1", Data: "\na\n"}, "id: 1\ndata: \ndata: a\ndata: \n\n"},
		{"a leading space survives", update.Update{ID: "1", Data: " a"}, "id: 1\ndata:  a\n\n"},
		{"no content forges a field", update.Update{ID: "1", Data: "a\nevent: x\r\rid: 2"}, "id: 1\ndata: a\ndata: event: x\ndata: \ndata: id: 2\n\n"},
	} {
		if got := string(update.AppendEvent(nil, &c.u)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFaultsNameFieldAndRule(t *testing.T) {
	ok := func() update.Update { return update.Update{Topics: []string{"a"}, ID: "1"} }
	for _, c := range []struct {
		name          string
		change        func(*update.Update)
		classic, both string
	}{
		{"nothing wrong", func(u *update.Update) {}, "", ""},
		{"no topic", func(u *update.Update) { u.Topics = nil }, "topic-missing", "topic-missing"},
		{"a control character", func(u *update.Update) { u.Topics = []string{"a", "b\u0085"} }, "topic-control", "topic-control"},
		{"DEL", func(u *update.Update) { u.Type = "a\x7f" }, "type-control", "type-control"},
		{"an invisible character, which only draft-08 refuses", func(u *update.Update) { u.ID = "a\u200db" }, "", "id-format"},
		{"half a character", func(u *update.Update) { u.Type = "\xc3" }, "type-utf8", "type-utf8"},
		{"the replacement character is a character", func(u *update.Update) { u.Type = "\ufffd" }, "", ""},
		{"a long id", func(u *update.Update) { u.ID = strings.Repeat("x", 1025) }, "id-length", "id-length"},
		{"a long type", func(u *update.Update) { u.Type = strings.Repeat("x", 1025) }, "type-length", "type-length"},
		{"a retry out of range", func(u *update.Update) { u.Retry = strings.Repeat("9", 16) }, "retry-range", "retry-range"},
	} {
		u := ok()
		c.change(&u)
		for strict, want := range map[bool]string{false: c.classic, true: c.both} {
			got := ""
			if f := u.Check(strict); f != nil {
				got = f.Rule
				if f.Field == "" || f.Reason == "" {
					t.Errorf("%s: %+v lacks a field or a reason", c.name, f)
				}
			}
			if got != want {
				t.Errorf("%s, strict %v: %q, want %q", c.name, strict, got, want)
			}
		}
	}
}

func BenchmarkAppendEvent(b *testing.B) {
	u := &update.Update{Topics: []string{"https://example.com/books/1"}, Type: "chat", ID: "urn:uuid:00000000-0000-4000-8000-000000000000", Data: strings.Repeat("x", 130)}
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = update.AppendEvent(buf[:0], u)
	}
}
