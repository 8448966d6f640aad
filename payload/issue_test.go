package payload_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"amalgam/payload"
)

func TestAppendIssuesWritesJSON(t *testing.T) {
	if got := string(payload.AppendIssues([]byte("x"), nil)); got != "x[]" {
		t.Errorf("no issues are %s", got)
	}
	var all strings.Builder
	for r := rune(0); r < 0x300; r++ {
		all.WriteRune(r)
	}
	issues := []payload.Issue{
		{Path: "/a~1b", Keyword: "required", Message: `is required: add "text"`},
		{Path: `/\` + all.String() + "\u2028😀", Keyword: "\x00\n", Message: "\xff|\xed\xa0\x80"},
	}
	data := payload.AppendIssues(nil, issues)
	var got []payload.Issue
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	issues[1].Message = "\uFFFD|\uFFFD\uFFFD\uFFFD"
	if !reflect.DeepEqual(got, issues) || !utf8.Valid(data) {
		t.Errorf("\n got %q\nwant %q", got, issues)
	}
	if want := `[{"path":"/a~1b","keyword":"required","message":"is required: add \"text\""},`; !strings.HasPrefix(string(data), want) {
		t.Errorf("got %s, want it to begin with %s", data, want)
	}
}
