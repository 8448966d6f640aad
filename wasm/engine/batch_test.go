package engine

import (
	"strings"
	"testing"
	"unicode/utf16"

	"amalgam/payload"
	"amalgam/payload/messages"
)

// row is an event as the glue reads it.
type row struct {
	name, id, topic, data, issues string
	verdict                       uint32
}

// rows reads a batch as the glue does: one string, cut by UTF-16 lengths.
func (b *batch) rows() []row {
	text := utf16.Encode([]rune(strings.TrimPrefix(string(b.text), mark)))
	var all []row
	for t := b.table; len(t) > 0; t = t[rowWords:] {
		var parts [5]string
		for i := range parts {
			parts[i] = string(utf16.Decode(text[:t[i]]))
			text = text[t[i]:]
		}
		all = append(all, row{parts[0], parts[1], parts[2], parts[3], parts[4], t[5]})
	}
	return all
}

const chat = `{"id":"1","room":"r","from":{"id":"u","name":"Ann"},"text":"hello","sentAt":"2026-01-02T03:04:05Z"}`

func TestABatchHoldsEventsAndVerdicts(t *testing.T) {
	b := newBatch()
	b.add(messages.Payloads, []byte("chat"), []byte("id-1"), []byte("t"), []byte(chat))
	b.add(messages.Payloads, nil, nil, nil, []byte("héllo 🙂"))
	b.add(messages.Payloads, []byte("chat"), []byte("id-2"), nil, []byte(`{}`))
	b.add(messages.Payloads, []byte("x\xff"), nil, nil, []byte("after"))
	got := b.rows()
	if len(got) != 4 || b.len() != 4 {
		t.Fatalf("%d rows, len %d", len(got), b.len())
	}
	if got[0] != (row{"chat", "id-1", "t", chat, "", verdictValid}) {
		t.Errorf("%+v", got[0])
	}
	if got[1] != (row{"message", "", "", "héllo 🙂", "", verdictNone}) {
		t.Errorf("%+v", got[1])
	}
	if got[2].verdict != verdictInvalid || !strings.Contains(got[2].issues, `"keyword":"required"`) {
		t.Errorf("%+v", got[2])
	}
	if got[3] != (row{"x\ufffd", "", "", "after", "", verdictNone}) {
		t.Errorf("%+v", got[3])
	}
	b.reset()
	if b.len() != 0 || len(b.rows()) != 0 {
		t.Error("reset leaves something")
	}
}

func TestAPanicCostsItsEventOnly(t *testing.T) {
	b := newBatch()
	b.judge = func(_ *payload.Set, _ int, data []byte) []payload.Issue { panic("at " + string(data)) }
	b.add(messages.Payloads, []byte("chat"), nil, nil, []byte("1"))
	b.judge = (*payload.Set).ValidateAt
	b.add(messages.Payloads, []byte("chat"), nil, nil, []byte(chat))
	got := b.rows()
	if got[0].verdict != verdictPanic || got[0].issues != "at 1" || got[1].verdict != verdictValid {
		t.Errorf("%+v", got)
	}
}

func TestGoodEventsAllocateNothing(t *testing.T) {
	b := newBatch()
	name, id, data := []byte("chat"), []byte("urn:uuid:00000000-0000-4000-8000-000000000000"), []byte(chat)
	for range 100 {
		b.add(messages.Payloads, name, id, nil, data)
	}
	if n := testing.AllocsPerRun(100, func() { b.reset(); b.add(messages.Payloads, name, id, nil, data) }); n > 0 {
		t.Errorf("%.1f allocations", n)
	}
}

func BenchmarkBatchOf100(b *testing.B) {
	batch := newBatch()
	name, id, data := []byte("chat"), []byte("urn:uuid:00000000-0000-4000-8000-000000000000"), []byte(chat)
	b.ReportAllocs()
	b.SetBytes(100 * int64(len(data)))
	for b.Loop() {
		batch.reset()
		for range 100 {
			batch.add(messages.Payloads, name, id, nil, data)
		}
	}
}
