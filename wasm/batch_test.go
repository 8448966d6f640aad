package wasm

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"amalgam/payload"
	"amalgam/payload/messages"
)

const (
	goodReceipt = `{"conversation":"c","messageId":"m","readerId":"r","readAt":"2026-01-02T03:04:05Z"}`
	badReceipt  = `{"conversation":"","messageId":"m","readerId":"r","readAt":"2026-01-02T03:04:05Z"}`
)

// verdict is one verdict as the glue reads it.
type verdict struct {
	record, kind uint32
	text         string
}

// fill writes records as the glue does and returns their length.
func fill(t *testing.T, b *batch, events ...[2]string) int {
	t.Helper()
	var records []byte
	for _, e := range events {
		index := slices.Index(b.names, e[0])
		records = binary.LittleEndian.AppendUint32(records, uint32(index))
		records = binary.LittleEndian.AppendUint32(records, uint32(len(e[1])))
		records = append(records, e[1]...)
	}
	if !b.resize(max(len(records), 1)) {
		t.Fatal("no buffer")
	}
	return copy(b.records, records)
}

func read(t *testing.T, b *batch, n int) []verdict {
	t.Helper()
	if n != len(b.verdicts) {
		t.Fatalf("run returned %d, there are %d bytes of verdicts", n, len(b.verdicts))
	}
	var all []verdict
	for rest := b.verdicts; len(rest) > 0; {
		length := binary.LittleEndian.Uint32(rest[8:])
		all = append(all, verdict{binary.LittleEndian.Uint32(rest), binary.LittleEndian.Uint32(rest[4:]), string(rest[12 : 12+length])})
		rest = rest[12+length:]
	}
	return all
}

func TestABatchThatHoldsLeavesNothing(t *testing.T) {
	b := newBatch(messages.Payloads)
	n := fill(t, b, [2]string{"read_message", goodReceipt}, [2]string{"read_message", goodReceipt})
	if got := b.run(n); got != 0 {
		t.Errorf("run = %d, %v", got, read(t, b, got))
	}
}

func TestFaultsAreToldByRecordInOrder(t *testing.T) {
	b := newBatch(messages.Payloads)
	n := fill(t, b,
		[2]string{"read_message", goodReceipt},
		[2]string{"read_message", badReceipt},
		[2]string{"chat", goodReceipt},
		[2]string{"read_message", goodReceipt},
		[2]string{"read_message", ""},
		[2]string{"unknown", ""}, // no schema: everything holds
	)
	got := read(t, b, b.run(n))
	var records []uint32
	for _, v := range got {
		records = append(records, v.record)
		var issues []struct{ Path, Keyword, Message string }
		if err := json.Unmarshal([]byte(v.text), &issues); err != nil || len(issues) == 0 || v.kind != verdictInvalid {
			t.Errorf("%+v: %v", v, err)
		}
	}
	if want := []uint32{1, 2, 4}; !slices.Equal(records, want) {
		t.Fatalf("verdicts on records %v, want %v", records, want)
	}
	if !strings.Contains(got[0].text, `"path":"/conversation","keyword":"minLength"`) {
		t.Errorf("verdict on an empty conversation: %s", got[0].text)
	}
	// The next batch starts with a clean sheet.
	if again := b.run(fill(t, b, [2]string{"read_message", goodReceipt})); again != 0 {
		t.Errorf("after a batch with faults: run = %d", again)
	}
}

func TestAPanicCostsOnlyItsOwnEvent(t *testing.T) {
	for _, value := range []any{errors.New("boom"), "boom", reason("boom"), 42} {
		b := &batch{names: []string{"a"}, judge: func(_ int, data []byte) []payload.Issue {
			switch string(data) {
			case "panic":
				panic(value)
			case "bad":
				return []payload.Issue{{Path: "/x", Keyword: "type", Message: "no"}}
			}
			return nil
		}}
		got := read(t, b, b.run(fill(t, b, [2]string{"a", "good"}, [2]string{"a", "panic"}, [2]string{"a", "bad"})))
		if len(got) != 2 || got[0].record != 1 || got[0].kind != verdictPanic || got[1].record != 2 || got[1].kind != verdictInvalid {
			t.Fatalf("%v: %+v", value, got)
		}
		want := "boom"
		if value == 42 {
			want = "no text"
		}
		if !strings.Contains(got[0].text, want) {
			t.Errorf("a panic with %v is told as %q", value, got[0].text)
		}
	}
}

type reason string

func (r reason) String() string { return string(r) }

func TestRecordsThatMakeNoSenseAreRefused(t *testing.T) {
	record := func(index, length uint32, data string) []byte {
		b := binary.LittleEndian.AppendUint32(nil, index)
		return append(binary.LittleEndian.AppendUint32(b, length), data...)
	}
	for name, records := range map[string][]byte{
		"half a header":               record(0, 0, "")[:7],
		"an index beyond the set":     record(4, 0, ""),
		"an index far beyond the set": record(1<<31, 0, ""),
		"data beyond the end":         record(0, 3, "{}"),
		"data far beyond the end":     record(0, 1<<32-1, "{}"),
	} {
		b := newBatch(messages.Payloads)
		b.resize(len(records))
		copy(b.records, records)
		if got := b.run(len(records)); got != malformed {
			t.Errorf("%s: run = %d", name, got)
		}
	}
	b := newBatch(messages.Payloads)
	b.resize(8)
	for _, n := range []int{-1, 9} {
		if got := b.run(n); got != malformed {
			t.Errorf("%d bytes of a buffer of 8: run = %d", n, got)
		}
	}
}

func TestTheBufferHasTheSizeAskedFor(t *testing.T) {
	b := newBatch(messages.Payloads)
	for _, size := range []int{64, 1 << 20, 64} {
		if !b.resize(size) || len(b.records) != size {
			t.Fatalf("asked for %d, got %d", size, len(b.records))
		}
	}
	for _, size := range []int{-1, 0, maxBuffer + 1} {
		if b.resize(size) {
			t.Errorf("a buffer of %d bytes", size)
		}
	}
	if len(b.records) != 64 {
		t.Errorf("a refused size changed the buffer to %d", len(b.records))
	}
}

func TestEventsThatHoldAllocateNothing(t *testing.T) {
	b := newBatch(messages.Payloads)
	n := fill(t, b, [2]string{"read_message", goodReceipt}, [2]string{"read_message", goodReceipt})
	if allocations := testing.AllocsPerRun(100, func() { b.run(n) }); allocations != 0 {
		t.Errorf("%v allocations for a batch that holds", allocations)
	}
}

func TestABatchJudgesAsTheSetDoes(t *testing.T) {
	b := newBatch(messages.Payloads)
	for _, data := range []string{goodReceipt, badReceipt, "", "null", `{"a":`, "\xff", `{"a":"` + strings.Repeat("x", 2<<20) + `"}`} {
		for i, name := range b.names {
			issues := messages.Payloads.ValidateAt(i, []byte(data))
			var want []verdict
			if issues != nil {
				want = []verdict{{0, verdictInvalid, string(payload.AppendIssues(nil, issues))}}
			}
			if got := read(t, b, b.run(fill(t, b, [2]string{name, data}))); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s %.40q\n got %v\nwant %v", name, data, got, want)
			}
		}
	}
}

func BenchmarkBatchOf100(b *testing.B) {
	j := newBatch(messages.Payloads)
	var records []byte
	for range 100 {
		records = binary.LittleEndian.AppendUint32(records, uint32(slices.Index(j.names, "read_message")))
		records = binary.LittleEndian.AppendUint32(records, uint32(len(goodReceipt)))
		records = append(records, goodReceipt...)
	}
	j.resize(len(records))
	copy(j.records, records)
	b.ReportAllocs()
	for b.Loop() {
		if j.run(len(records)) != 0 {
			b.Fatal("does not hold")
		}
	}
}
