package payload_test

import (
	"encoding/json"
	"strings"
	"testing"

	"amalgam/payload/messages"
)

// kilobyte is a chat message of about 1 KB, as publishers write them.
func kilobyte(text string) []byte {
	return []byte(`{"id":"01JABCDEFGHJKMNPQRSTVWXYZ0","room":"general","from":{"id":"u-1842","name":"Ada Lovelace"},` +
		`"text":"` + text + `","sentAt":"2026-01-31T12:34:56.789Z"}`)
}

func BenchmarkOneKilobyteMessage(b *testing.B) {
	for _, text := range []struct{ name, text string }{
		{"ASCII", strings.Repeat("The quick brown fox jumps over the lazy dog. ", 19)},
		{"Cyrillic", strings.Repeat("Съешь ещё этих мягких французских булок. ", 11)},
		{"escapes", strings.Repeat(`a line\n\"quoted\"\t\u00e9 `, 32)},
	} {
		data := kilobyte(text.text)
		b.Run(text.name+"/Validate", func(b *testing.B) {
			at := messages.Payloads.Index(messages.EventChat)
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if issues := messages.Payloads.ValidateAt(at, data); issues != nil {
					b.Fatal(issues)
				}
			}
		})
		b.Run(text.name+"/encoding-json", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				var chat messages.Chat
				if err := json.Unmarshal(data, &chat); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSmallMessage(b *testing.B) {
	data := []byte(`{"conversation":"c-7","messageId":"m-99","readerId":"u-1842","readAt":"2026-01-31T12:34:56Z"}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if issues := messages.Payloads.Validate(messages.EventReadMessage, data); issues != nil {
			b.Fatal(issues)
		}
	}
}

func BenchmarkMessageWithUndeclaredProperties(b *testing.B) {
	data := []byte(`{"extra":{"a":1,"b":[true,false,null,{"c":"d"}],"e":-1.5e3},"conversation":"c-7","messageId":"m-99",` +
		`"trace":"0af7651916cd43dd","readerId":"u-1842","readAt":"2026-01-31T12:34:56Z","tags":["x","y","z"]}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if issues := messages.Payloads.Validate(messages.EventReadMessage, data); issues != nil {
			b.Fatal(issues)
		}
	}
}
