package typescript

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// reserved are the names that the generated file uses itself, as those of others.
var reserved = words("CustomEvent DocumentEventMap MercureEvent MercureEvents Record")

func words(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}

// names gives out the names of types, each once.
type names map[string]bool

func (taken names) take(wanted string) string {
	// Types have a large first letter, and so are no keywords.
	first, size := utf8.DecodeRuneInString(identifier(wanted))
	wanted = string(unicode.ToUpper(first)) + identifier(wanted)[size:]
	name := wanted
	for i := 2; taken[name] || reserved[name]; i++ {
		name = wanted + strconv.Itoa(i)
	}
	taken[name] = true
	return name
}

// identifier makes a name that TypeScript takes of any: what parts its words
// is left out, and the next letter is made large.
func identifier(s string) string {
	var b strings.Builder
	raise := false
	for _, r := range s {
		switch {
		case r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) && b.Len() > 0:
			if raise {
				r = unicode.ToUpper(r)
			}
			raise = false
			b.WriteRune(r)
		case unicode.IsDigit(r):
			b.WriteByte('_')
			b.WriteRune(r)
		default:
			raise = b.Len() > 0
		}
	}
	if b.Len() == 0 {
		return "Payload"
	}
	return b.String()
}

// typeName makes the name of a type of that of an event: NewMessage of
// new_message.
func typeName(event string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(event, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		for i, r := range word {
			if i == 0 {
				r = unicode.ToUpper(r)
			}
			b.WriteRune(r)
		}
	}
	return identifier(b.String())
}

// key writes the name of a property, in quotes where it has to be.
func key(name string) string {
	plain := name != ""
	for i, r := range name {
		plain = plain && (r == '_' || r == '$' || r < 0x80 && unicode.IsLetter(r) || i > 0 && r >= '0' && r <= '9')
	}
	// A method of these names would be special; a property is not, but linters
	// and readers stumble.
	if plain && name != "__proto__" && name != "constructor" {
		return name
	}
	return quote(name)
}

// quote writes a string literal. JSON's are TypeScript's.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always has a form
	return strings.TrimSuffix(b.String(), "\n")
}
