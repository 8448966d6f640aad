package payload_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"amalgam/payload/messages"

	google "github.com/google/jsonschema-go/jsonschema"
	santhosh "github.com/santhosh-tekuri/jsonschema/v6"
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
		for name, validate := range otherLibraries(b) {
			b.Run(text.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					if err := validate(data); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
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

// otherLibraries judge a chat message by the schema that is written of it. Both
// take what JSON has become, so that reading it is a part of it.
func otherLibraries(b *testing.B) map[string]func(data []byte) error {
	document := messages.Payloads.JSONSchema()
	value, err := santhosh.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		b.Fatal(err)
	}
	c := santhosh.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("mem:///events.json", value); err != nil {
		b.Fatal(err)
	}
	one, err := c.Compile("mem:///events.json#/properties/chat")
	if err != nil {
		b.Fatal(err)
	}
	var schema google.Schema
	if err := json.Unmarshal(document, &schema); err != nil {
		b.Fatal(err)
	}
	two, err := (&google.Schema{Ref: "#/$defs/Chat", Defs: schema.Defs}).Resolve(nil)
	if err != nil {
		b.Fatal(err)
	}
	return map[string]func([]byte) error{
		"santhosh-tekuri": func(data []byte) error {
			value, err := santhosh.UnmarshalJSON(bytes.NewReader(data))
			if err != nil {
				return err
			}
			return one.Validate(value)
		},
		"google": func(data []byte) error {
			var value any
			if err := json.Unmarshal(data, &value); err != nil {
				return err
			}
			return two.Validate(value)
		},
	}
}
