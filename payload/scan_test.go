package payload_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"amalgam/payload"
)

// Long strings are read a word at a time: what ends that must be seen wherever
// it stands.
func TestEachByteIsSeenAtEachPlaceOfALongString(t *testing.T) {
	type long struct {
		Text string `json:"text" maxLength:"60"`
	}
	set := payload.MustSet(payload.Event[long]("e"))
	for place := range 60 {
		for b := range 256 {
			text := []byte(strings.Repeat("~ z0", 15))
			text[place] = byte(b)
			data := append(append([]byte(`{"text":"`), text...), `"}`...)
			issues := set.Validate("e", data)
			if holds := json.Valid(data) && utf8.Valid(data); holds != (len(issues) == 0) {
				t.Fatalf("the byte %#x at %d: %v", b, place, issues)
			}
		}
	}
}

func TestCharactersOfLongStringsAreCounted(t *testing.T) {
	type exact struct {
		Text string `json:"text" minLength:"100" maxLength:"100"`
	}
	set := payload.MustSet(payload.Event[exact]("e"))
	for _, char := range []string{"a", "я", "€", "😀", `\n`, `\u00e9`, `\ud83d\ude00`} {
		for before := range 40 {
			text := strings.Repeat("a", before) + strings.Repeat(char, 50) + strings.Repeat("b", 50-before)
			if issues := set.Validate("e", []byte(`{"text":"`+text+`"}`)); len(issues) > 0 {
				t.Errorf("%q behind %d others: %v", char, before, issues)
			}
			if issues := set.Validate("e", []byte(`{"text":"`+text+`c"}`)); len(issues) != 1 || !strings.HasSuffix(issues[0].Message, "has 101") {
				t.Errorf("%q behind %d others, one too many: %v", char, before, issues)
			}
		}
	}
}
