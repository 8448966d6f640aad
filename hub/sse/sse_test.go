package sse_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"amalgam/hub/sse"
)

func TestStreamsAreReadAsTheStandardSays(t *testing.T) {
	tests := []struct {
		name, stream string
		want         []sse.Event
	}{
		{"every field", "id: 1\nevent: chat\nretry: 5\ntopic: t\ndata: x\n\n", []sse.Event{{ID: "1", Type: "chat", Retry: "5", Topic: "t", Data: "x"}}},
		{"each end of a line", "data: a\rdata: b\r\ndata: c\n\r\ndata: d\r\r", []sse.Event{{Data: "a\nb\nc"}, {Data: "d"}}},
		{"one space belongs to the field", "data:  a\n\ndata:b\n\n", []sse.Event{{Data: " a"}, {Data: "b"}}},
		{"an empty line of data is data", "data\n\ndata:\ndata:\n\n", []sse.Event{{Data: ""}, {Data: "\n"}}},
		{"an event without data only moves the cursor", "id: 1\nevent: x\n\ndata: a\n\n", []sse.Event{{ID: "1", Data: "a"}}},
		{"an id stays until the next", "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", []sse.Event{{ID: "1", Data: "a"}, {ID: "1", Data: "b"}, {Data: "c"}}},
		{"an id with a null is none", "id: a\x00b\ndata: a\n\n", []sse.Event{{Data: "a"}}},
		{"what is cut off is dropped", "data: a\n\ndata: b\n", []sse.Event{{Data: "a"}}},
		{"comments and unknown fields are skipped", ":\nother: 1\ndata: a\n: b\n\n", []sse.Event{{Data: "a"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []sse.Event
			r := sse.NewReader(strings.NewReader(test.stream))
			for {
				e, err := r.Next()
				if err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				got = append(got, e)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestLinesAndCommentsAreThereForThoseWhoAsk(t *testing.T) {
	r := sse.NewReader(strings.NewReader(": one\nid: 1\n\ndata: a\n:two\ndata:b\n\n"))
	var comments []string
	r.Comment = func(c string) { comments = append(comments, c) }
	r.KeepLines()
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if want := []string{"data: a", "data:b"}; !slices.Equal(r.Lines(), want) {
		t.Errorf("the lines are %q, want %q", r.Lines(), want)
	}
	if want := []string{"one", "two"}; !slices.Equal(comments, want) {
		t.Errorf("the comments are %q, want %q", comments, want)
	}
}
