package engine

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func TestUTF16LengthAtEachPlace(t *testing.T) {
	for _, char := range []string{"a", "\x7f", "é", "я", "€", "\ufffd", "😀", "\U0010ffff"} {
		for before := range 20 {
			for after := range 20 {
				checkUTF16Length(t, strings.Repeat("x", before)+strings.Repeat(char, 3)+strings.Repeat("y", after))
			}
		}
	}
}

func FuzzUTF16Length(f *testing.F) {
	f.Add("a text that is longer than a word")
	f.Add("съешь же ещё этих мягких булок 😀")
	f.Fuzz(func(t *testing.T, s string) {
		if utf8.ValidString(s) {
			checkUTF16Length(t, s)
			return
		}
		if _, ascii := utf16Length([]byte(s)); ascii {
			t.Errorf("%q passes for ASCII", s)
		}
	})
}

func checkUTF16Length(t *testing.T, s string) {
	t.Helper()
	units, ascii := utf16Length([]byte(s))
	if want := len(utf16.Encode([]rune(s))); int(units) != want || ascii != (len(s) == utf8.RuneCountInString(s)) {
		t.Errorf("%q: %d units, ASCII %t; want %d", s, units, ascii, want)
	}
}
