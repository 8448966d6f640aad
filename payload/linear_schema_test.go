package payload_test

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"amalgam/payload"
)

// growth runs work on inputs of one size and of four times that size, and fails
// where the time grows by more than it may. Linear work takes 4 times as long,
// quadratic work 16 times. It is the thread's own time that counts, and what else
// the machine does to it only ever adds some: so the best of a few runs is taken,
// and more are made before it is called a failure.
func growth(t *testing.T, size int, prepare func(n int) (run func())) {
	t.Helper()
	if testing.Short() {
		t.Skip("times are measured")
	}
	small, large := prepare(size), prepare(4*size)
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	measure := func(run func(), best time.Duration) time.Duration {
		runtime.GC()
		began := spent()
		run()
		if took := spent() - began; best == 0 || took < best {
			return took
		}
		return best
	}
	const most = 9.0
	var once, fourTimes time.Duration
	ratio := 0.0
	for try := range 12 {
		if once = measure(small, once); once > 5*time.Second {
			t.Fatalf("takes %v for the smaller of two inputs", once)
		}
		fourTimes = measure(large, fourTimes)
		if ratio = float64(fourTimes) / float64(once); try >= 1 && ratio < most {
			break
		}
		if fourTimes > 2*time.Second {
			break
		}
	}
	t.Logf("%v, and %v for four times as much: %.1f times as long", once, fourTimes, ratio)
	if ratio >= most {
		t.Errorf("takes %.1f times as long for four times as much (%v, %v)", ratio, once, fourTimes)
	}
}

// many joins what it is given of 0 to n-1 with commas.
func many(n int, of func(i string) string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(of(strconv.Itoa(i)))
	}
	return b.String()
}

// next is the number behind i.
func next(i string) string {
	n, _ := strconv.Atoi(i)
	return strconv.Itoa(n + 1)
}

func TestReadingADocumentTakesLinearTime(t *testing.T) {
	string_ := func(i string) string { return `"` + i + `"` }
	for _, c := range []struct {
		name  string
		size  int
		fault string // "" where the document is to be read
		of    func(n int) string
	}{
		{"many events that refer to many definitions", 2000, "", func(n int) string {
			return `{"properties":{` + many(n, func(i string) string { return `"` + i + `":{"$ref":"#/$defs/` + i + `"}` }) +
				`},"$defs":{` + many(n, func(i string) string { return `"` + i + `":{"type":"string"}` }) + `}}`
		}},
		{"a chain of references", 2000, "", func(n int) string {
			return `{"properties":{"e":{"$ref":"#/$defs/0"}},"$defs":{` +
				many(n, func(i string) string { return `"` + i + `":{"$ref":"#/$defs/` + next(i) + `"}` }) + `,"` + strconv.Itoa(n) + `":true}}`
		}},
		{"a chain of references, each used", 500, "", func(n int) string {
			return `{"$defs":{` + many(n, func(i string) string { return `"` + i + `":{"$ref":"#/$defs/` + next(i) + `"}` }) + `,"` + strconv.Itoa(n) + `":{}}}`
		}},
		{"a chain of references by anchors", 200, "", func(n int) string {
			return `{"$defs":{` + many(n, func(i string) string { return `"` + i + `":{"$anchor":"a` + i + `","$ref":"#a` + next(i) + `"}` }) +
				`,"z":{"$anchor":"a` + strconv.Itoa(n) + `"}}}`
		}},
		{"a circle of references", 500, "refers to itself", func(n int) string {
			return `{"$defs":{` + many(n, func(i string) string { return `"` + i + `":{"$ref":"#/$defs/` + next(i) + `"}` }) + `,"` + strconv.Itoa(n) + `":{"$ref":"#/$defs/0"}}}`
		}},
		{"a chain of schemas for one value", 2000, "more than 256 schemas", func(n int) string {
			return `{"$defs":{` + many(n, func(i string) string {
				return `"` + i + `":{"allOf":[{"$ref":"#/$defs/` + next(i) + `"}],"minLength":1}`
			}) + `,"` + strconv.Itoa(n) + `":{}}}`
		}},
		{"a circle of schemas for one value", 2000, "for the same value", func(n int) string {
			return `{"$defs":{` + many(n, func(i string) string {
				return `"` + i + `":{"not":{"$ref":"#/$defs/` + next(i) + `"},"minLength":1}`
			}) + `,"` + strconv.Itoa(n) + `":{"not":{"$ref":"#/$defs/0"}}}}`
		}},
		{"a chain of schemas through properties", 2000, "", func(n int) string {
			return `{"$defs":{` + many(n, func(i string) string {
				return `"` + i + `":{"properties":{"a":{"$ref":"#/$defs/` + next(i) + `"}}}`
			}) + `,"` + strconv.Itoa(n) + `":{}}}`
		}},
		{"many references to one large schema", 2000, "", func(n int) string {
			return `{"properties":{` + many(n, func(i string) string { return `"` + i + `":{"$ref":"#/$defs/large"}` }) +
				`},"$defs":{"large":{` + many(n, func(i string) string { return `"x-` + i + `":0` }) + `,"type":"string"}}}`
		}},
		{"many references in a document of many annotations", 2000, "", func(n int) string {
			return `{` + many(n, func(i string) string { return `"x-` + i + `":0` }) + `,"$id":"https://a.b/","properties":{` +
				many(n, func(i string) string { return `"` + i + `":{"$ref":"https://a.b/#/$defs/a"}` }) + `},"$defs":{"a":{}}}`
		}},
		{"many schemas below a long name", 4000, "", func(n int) string {
			return `{"properties":{"` + strings.Repeat("n", n) + `":{"properties":{` + many(n, func(i string) string { return `"` + i + `":{}` }) + `}}}}`
		}},
		{"many schemas below many names", 4000, "", func(n int) string {
			const levels = 28
			return strings.Repeat(`{"properties":{"`+strings.Repeat("n", n/levels)+`":`, levels) + `{"properties":{` + many(n, func(i string) string { return `"` + i + `":{}` }) + `}}` + strings.Repeat(`}}`, levels)
		}},
		{"many required properties", 2000, "", func(n int) string {
			return `{"properties":{"e":{"required":[` + many(n, string_) + `]}}}`
		}},
		{"many required properties that are declared", 2000, "", func(n int) string {
			return `{"properties":{"e":{"properties":{` + many(n, func(i string) string { return `"` + i + `":{}` }) + `},"required":[` + many(n, string_) + `]}}}`
		}},
		{"one required property many times", 8000, "", func(n int) string {
			return `{"properties":{"e":{"properties":{` + many(n, func(i string) string { return `"` + i + `":{}` }) + `},"required":[` + many(n, func(string) string { return `"0"` }) + `]}}}`
		}},
		{"two large objects that nothing tells apart", 2000, "", func(n int) string {
			large := `{"type":"object","properties":{` + many(n, func(i string) string { return `"` + i + `":{}` }) + `}}`
			return `{"properties":{"e":{"oneOf":[` + large + `,` + large + `]}}}`
		}},
		{"two large objects whose every property could tell them apart", 2000, "", func(n int) string {
			large := `{"type":"object","properties":{` + many(n, func(i string) string { return `"` + i + `":{"const":"a"}` }) + `},"required":[` + many(n, string_) + `]}`
			return `{"properties":{"e":{"oneOf":[` + large + `,` + large + `]}}}`
		}},
		{"many choices among two large objects", 2000, "", func(n int) string {
			large := `{"type":"object","properties":{` + many(n, func(i string) string { return `"` + i + `":{"const":"a"}` }) + `},"required":[` + many(n, string_) + `]}`
			return `{"properties":{` + many(n, func(i string) string {
				return `"` + i + `":{"oneOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}]}`
			}) + `},"$defs":{"a":` + large + `,"b":` + large + `}}`
		}},
		{"a choice by one of many values", 2000, "", func(n int) string {
			large := func(prefix string) string {
				return `{"type":"object","properties":{"kind":{"enum":[` + many(n, func(i string) string { return `"` + prefix + i + `"` }) + `]}},"required":["kind"]}`
			}
			return `{"properties":{"e":{"oneOf":[` + large("a") + `,` + large("b") + `]}}}`
		}},
		{"many choices by one of many values", 2000, "", func(n int) string {
			large := func(prefix string) string {
				return `{"type":"object","properties":{"kind":{"enum":[` + many(n, func(i string) string { return `"` + prefix + i + `"` }) + `]}},"required":["kind"]}`
			}
			return `{"properties":{` + many(n, func(i string) string {
				return `"` + i + `":{"oneOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}]}`
			}) + `},"$defs":{"a":` + large("a") + `,"b":` + large("b") + `}}`
		}},
		{"an enum of many values", 4000, "", func(n int) string {
			return `{"properties":{"e":{"enum":[` + many(n, func(i string) string { return `"` + i + `",` + i + `,{"a":[` + i + `]}` }) + `]}}}`
		}},
		{"values inside of each other in enum and default", 4000, "", func(n int) string {
			deep := strings.Repeat(`{"a":[`, 25) + many(n, func(i string) string { return i }) + strings.Repeat(`]}`, 25)
			return `{"properties":{"e":{"enum":[` + deep + `],"default":` + deep + `}}}`
		}},
		{"many faults", 2000, "is not a type", func(n int) string {
			return `{"properties":{` + many(n, func(i string) string {
				return `"` + i + `":{"type":"` + i + `","maxlength":1,"format":"` + i + `","$ref":"` + i + `"}`
			}) + `}}`
		}},
		{"a class in a pattern, from its end", 4000, "", func(n int) string {
			var class strings.Builder
			for i := n; i > 0; i-- {
				class.WriteString(`\\u{` + strconv.FormatInt(int64(0x300+2*i), 16) + `}`)
			}
			return `{"properties":{"e":{"pattern":"[^` + class.String() + `]"}}}`
		}},
		{"many sets in a class", 4000, "", func(n int) string {
			return `{"properties":{"e":{"pattern":"[` + strings.Repeat(`\\s\\D`, n) + `]"}}}`
		}},
		{"a pattern that repeats many empty groups", 4000, "", func(n int) string {
			return `{"properties":{"e":{"pattern":"(?:a` + strings.Repeat(`()`, n) + `){1000}"}}}`
		}},
		{"a pattern that repeats a repetition of nothing", 4000, "", func(n int) string {
			return `{"properties":{"e":{"pattern":"` + strings.Repeat(`(?:`, 90) + `(?:a{0})` + strings.Repeat(`){1000}`, 90) + strings.Repeat(`()`, n) + `"}}}`
		}},
		{"a pattern that is too large", 4000, "is too large", func(n int) string {
			return `{"properties":{"e":{"pattern":"` + strings.Repeat(`(a|b)`, n) + `"}}}`
		}},
		{"many patterns", 1000, "", func(n int) string {
			return `{"properties":{"e":{"patternProperties":{` + many(n, func(i string) string { return `"^` + i + `[a-z]{9}":{}` }) + `}}}}`
		}},
		{"what is nested too deeply", 100_000, "64 levels", func(n int) string { return strings.Repeat(`{"properties":`, n) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			growth(t, c.size, func(n int) func() {
				document := []byte(c.of(n))
				return func() {
					_, err := payload.ParseSchema(document)
					switch {
					case err == nil && c.fault != "" || err != nil && (c.fault == "" || !strings.Contains(err.Error(), c.fault)):
						t.Fatalf("the error is %.500v, want %q", err, c.fault)
					case err != nil && len(err.Error()) > 64*1024:
						t.Fatalf("the error has %d bytes", len(err.Error()))
					}
				}
			})
		})
	}
}
