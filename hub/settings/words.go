package settings

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A word is what white space separates, or what quotes hold together.
type word struct {
	text   string
	quoted bool
}

// is reports whether w is text without quotes, which a brace must be to mean a
// block.
func (w word) is(text string) bool { return !w.quoted && w.text == text }

// A line is what a line break ends, outside of quotes; it has at least a word.
type line struct {
	number int
	words  []word
}

const byteOrderMark = "\ufeff"

// splitLines takes text apart. Lines without words are left out.
func splitLines(text string, lineAt func(offset int) int) ([]line, error) {
	var lines []line
	var l line
	end := func() {
		if len(l.words) > 0 {
			lines = append(lines, l)
		}
		l = line{}
	}
	i := 0
	if strings.HasPrefix(text, byteOrderMark) {
		i = len(byteOrderMark)
	}
	for i < len(text) {
		if n := space(text[i:]); n > 0 {
			i += n
			continue
		}
		if text[i] == '\n' {
			end()
			i++
			continue
		}
		if text[i] == '#' {
			for i < len(text) && text[i] != '\n' {
				i++
			}
			continue
		}
		w, n, err := oneWord(text[i:])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", lineAt(i), err)
		}
		if len(l.words) == 0 {
			l.number = lineAt(i)
		}
		l.words = append(l.words, w)
		i += n
	}
	end()
	return lines, nil
}

// space returns the length of the white space that s begins with, 0 for none: a
// space of any kind but the line break, or a \ with the line break after it.
func space(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == '\n':
		return 0
	case unicode.IsSpace(r):
		return n
	case strings.HasPrefix(s, "\\\n"):
		return 2
	case strings.HasPrefix(s, "\\\r\n"):
		return 3
	}
	return 0
}

// oneWord reads the word that s begins with, and returns how long it is there.
func oneWord(s string) (w word, length int, err error) {
	switch {
	case s[0] == '"':
		return quotedWord(s)
	case s[0] == '`':
		end := strings.IndexByte(s[1:], '`')
		if end < 0 {
			return w, 0, fmt.Errorf("a quote ` is not closed")
		}
		return word{text: s[1 : 1+end], quoted: true}, end + 2, nil
	case strings.HasPrefix(s, "<<"):
		return w, 0, fmt.Errorf("a text from << to its mark (heredoc) is not read here: put it between two ` instead")
	}
	for length < len(s) && s[length] != '\n' && space(s[length:]) == 0 {
		_, n := utf8.DecodeRuneInString(s[length:])
		length += n
	}
	return word{text: s[:length]}, length, nil
}

// quotedWord reads a word in double quotes. Only \" is an escape there, as in a
// Caddyfile: any other \ is itself.
func quotedWord(s string) (w word, length int, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return word{text: b.String(), quoted: true}, i + 1, nil
		case s[i] == '\\' && i+1 < len(s):
			if i++; s[i] != '"' {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(s[i])
	}
	return w, 0, fmt.Errorf(`a quote " is not closed`)
}

// lineNumbers returns the number of the line of each byte of text, and of its
// end.
func lineNumbers(text string) []int {
	numbers := make([]int, len(text)+1)
	n := 1
	for i := range len(text) {
		numbers[i] = n
		if text[i] == '\n' {
			n++
		}
	}
	numbers[len(text)] = n
	return numbers
}
