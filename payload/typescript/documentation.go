package typescript

import (
	"fmt"
	"strconv"
	"strings"
)

// comment writes documentation as a JSDoc comment in lines of their own.
func comment(doc, indent string) string {
	doc = strings.TrimSpace(strings.ReplaceAll(doc, "*/", "*\\/"))
	if doc == "" {
		return ""
	}
	lines := strings.FieldsFunc(strings.ReplaceAll(doc, "\r\n", "\n"), func(r rune) bool {
		return r == '\r' || r == '\u2028' || r == '\u2029' // they end a line in JavaScript
	})
	lines = strings.Split(strings.Join(lines, "\n"), "\n")
	if len(lines) == 1 {
		return indent + "/** " + lines[0] + " */\n"
	}
	var b strings.Builder
	b.WriteString(indent + "/**\n")
	for _, line := range lines {
		b.WriteString(strings.TrimRight(indent+" * "+strings.TrimRight(line, " \t"), " ") + "\n")
	}
	b.WriteString(indent + " */\n")
	return b.String()
}

// documentation is what is said of a place: the schema's description, else the
// Go comment, and what the schema asserts that a type cannot.
func (g *generator) documentation(s *value, at place) string {
	doc := s.string("description")
	if doc == "" {
		doc = g.comments.find(at)
	}
	var more []string
	tell := func(format string, args ...any) { more = append(more, fmt.Sprintf(format, args...)) }
	if t := between(s, "minLength", "maxLength", "character"); t != "" {
		more = append(more, t)
	}
	if format := s.string("format"); format != "" && !strings.Contains(doc, format) {
		if format == "date-time" || format == "date" || format == "time" {
			format = "RFC 3339 " + format
		}
		tell("Format: %s.", format)
	}
	if encoding := s.string("contentEncoding"); encoding != "" {
		tell("Encoding: %s.", encoding)
	}
	// The pattern of an encoding says it once more.
	if pattern := s.string("pattern"); pattern != "" && s.get("contentEncoding") == nil {
		tell("Pattern: `%s`.", pattern)
	}
	if t := numbers(s); t != "" {
		more = append(more, t)
	}
	for _, t := range []string{between(s, "minItems", "maxItems", "item"), between(s, "minProperties", "maxProperties", "entries")} {
		if t != "" {
			more = append(more, t)
		}
	}
	if u := s.get("uniqueItems"); u != nil && u.kind == 't' {
		tell("No two are equal.")
	}
	if len(more) > 0 {
		if gap := " "; doc != "" {
			if strings.Contains(doc, "\n") {
				gap = "\n\n"
			} else if !strings.ContainsAny(doc[len(doc)-1:], ".!?:;") {
				doc += "."
			}
			doc += gap
		}
		doc += strings.Join(more, " ")
	}
	if d := s.get("default"); d != nil {
		doc += "\n@default " + literal(d)
	}
	if d := s.get("deprecated"); d != nil && d.kind == 't' {
		doc += "\n@deprecated"
	}
	return doc
}

// between tells how many there may be.
func between(s *value, low, high, unit string) string {
	least, most := s.count(low, 0), s.count(high, -1)
	many := func(n int) string {
		switch {
		case unit == "entries" && n == 1:
			return "1 entry"
		case unit == "entries" || n == 1:
			return grouped(n) + " " + unit
		}
		return grouped(n) + " " + unit + "s"
	}
	switch {
	case most >= 0 && least == most:
		return "Exactly " + many(most) + "."
	case most >= 0 && least > 0:
		return grouped(least) + " to " + many(most) + "."
	case most >= 0:
		return "At most " + many(most) + "."
	case least > 0:
		return "At least " + many(least) + "."
	}
	return ""
}

func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// ofGo are bounds of Go's integer types, which nobody meant to tell.
var ofGo = words(`-128 127 255 -32768 32767 65535 -2147483648 2147483647 4294967295
-9223372036854775808 9223372036854775807 18446744073709551615`)

func numbers(s *value) string {
	var parts []string
	for _, b := range []struct{ keyword, words string }{
		{"minimum", "at least "}, {"exclusiveMinimum", "more than "},
		{"maximum", "at most "}, {"exclusiveMaximum", "less than "},
		{"multipleOf", "a multiple of "},
	} {
		if v := s.get(b.keyword); v != nil && v.kind == '0' && !ofGo[v.text] {
			parts = append(parts, b.words+v.text)
		}
	}
	if s.string("type") == "integer" {
		parts = append([]string{"a whole number"}, parts...)
	}
	if len(parts) == 0 {
		return ""
	}
	text := strings.Join(parts, ", ") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}
