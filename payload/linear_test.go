package payload_test

import (
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"amalgam/payload"
)

// TestHugePayloadsTakeLinearTime gives each payload of a megabyte or so a time
// far above what a linear reader needs on a loaded machine, and far below what a
// quadratic one does.
func TestHugePayloadsTakeLinearTime(t *testing.T) {
	set := payload.MustSet(payload.Event[constrained]("e"))
	names := func(format func(i int) string) string {
		var b strings.Builder
		for i := range 100_000 {
			b.WriteString(format(i))
		}
		return b.String()
	}
	const many = 1_000_000
	long := strings.Repeat("n", many/30)
	for _, c := range []struct{ name, data, keyword string }{
		{"an object of many different names", `{` + names(func(i int) string { return `"k` + strconv.Itoa(i) + `":0,` }) + `"z":0}`, ""},
		{"a map of many different names", `{"labels":{` + names(func(i int) string { return `"k` + strconv.Itoa(i) + `":0,` }) + `"z":0}}`, ""},
		{"an object of many different escaped names", `{` + names(func(i int) string { return `"\u006b` + strconv.Itoa(i) + `":0,` }) + `"z":0}`, ""},
		{"an object of one name many times", `{` + strings.Repeat(`"k":0,`, many/6) + `"z":0}`, "duplicate"},
		{"many small objects", `{"x":[` + strings.Repeat(`{"a":1,"b":2},`, many/14) + `0]}`, ""},
		{"many objects where the stack is full of names", strings.Repeat(`{"k":`, 62) + `[` + strings.Repeat(`{"a":1,"b":2,"c":3},`, many/20) + `0]` + strings.Repeat("}", 62), ""},
		{"a few long names that end differently", `{"` + long + `a":0,"` + long + `b":0,"` + long + `c":0,"` + long + `d":0,"\u0065` + long + `":0,"` + long + `f":0}`, ""},
		{"a long integer", `{"count":` + strings.Repeat("9", many) + `}`, "maximum"},
		{"a long fraction", `{"score":0.` + strings.Repeat("0", many) + `1}`, ""},
		{"a long exponent", `{"score":1e-` + strings.Repeat("9", many) + `}`, ""},
		{"a long string with a pattern", `{"slug":"` + strings.Repeat("a", many) + `"}`, ""},
		{"a long string of escapes with a pattern", `{"slug":"` + strings.Repeat(`\u0061`, many/6) + `"}`, ""},
		{"a long string of halves of surrogate pairs", `{"slug":"` + strings.Repeat(`\ud83d`, many/6) + `"}`, "utf8"},
		{"many opening brackets", strings.Repeat("[", many), "type"},
		{"many opening braces", strings.Repeat(`{"a":`, many/5), "depth"},
		{"much white space", strings.Repeat(" ", many) + "{}" + strings.Repeat("\n", many), ""},
		{"many faults below a long name", `{"` + long + `":{` + strings.Repeat(`"a":1,`, many/6) + `"z":0}}`, "duplicate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := []byte(c.data)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			began := spent()
			issues := set.Validate("e", data)
			if took := spent() - began; took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			if (c.keyword == "") != (issues == nil) || c.keyword != "" && issues[0].Keyword != c.keyword {
				t.Errorf("%d issues, the first %v, want %q", len(issues), issues[:min(1, len(issues))], c.keyword)
			}
			if size := len(payload.AppendIssues(nil, issues)); len(issues) > 64 || size > 64*1024 {
				t.Errorf("%d issues of %d bytes", len(issues), size)
			}
		})
	}
}
