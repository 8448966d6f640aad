package payload_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"amalgam/payload"
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

// As jsdist/bench/judge.mjs has it: what costs the most by the byte in a browser.
func BenchmarkManySmallThings(b *testing.B) {
	set, err := payload.ParseSchema([]byte(`{"properties":{"order":{"type":"object","required":["lines"],"properties":{"lines":{"type":"array","items":{
		"type":"object","required":["sku","title","count","price","state"],"properties":{
		"sku":{"type":"string","minLength":1,"maxLength":128},"title":{"type":"string","maxLength":200},"count":{"type":"integer","minimum":1},
		"price":{"type":"number","minimum":0},"state":{"enum":["open","sent","back"]}}}}}}}}`))
	if err != nil {
		b.Fatal(err)
	}
	data := []byte(`{"lines":[`)
	for i := range 48 {
		if i > 0 {
			data = append(data, ',')
		}
		data = fmt.Appendf(data, `{"sku":"sku-12-%d","title":"Thing number %d","count":%d,"price":%v,"state":"%s"}`,
			i, i, i%9+1, float64(i)*1.25+0.5, [...]string{"open", "sent", "back"}[i%3])
	}
	data = append(data, "]}"...)
	at := set.Index("order")
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if issues := set.ValidateAt(at, data); issues != nil {
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
