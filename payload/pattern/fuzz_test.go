package pattern_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"amalgam/payload/pattern"
)

// rewriteForGo turns an expression that was compiled here into the syntax of
// package regexp. It reports false for what regexp has no words for.
func rewriteForGo(expression string) (string, bool) {
	var out strings.Builder
	bracket := false
	for i := 0; i < len(expression); i++ {
		c := expression[i]
		switch {
		case c == '\\':
			i++
			switch next := expression[i]; {
			case next == 's' && !bracket:
				out.WriteString(`[\t-\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}]`)
			case next == 's':
				out.WriteString(`\t-\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}`)
			case next == 'S', next == 'b' && bracket, next == 'u':
				return "", false
			case next == '0':
				out.WriteString(`\x00`)
			default:
				out.WriteByte('\\')
				out.WriteByte(next)
			}
		case c == '[' && !bracket:
			if strings.HasPrefix(expression[i:], "[]") || strings.HasPrefix(expression[i:], "[^]") {
				return "", false
			}
			bracket = true
			out.WriteByte(c)
		case c == '[':
			out.WriteString(`\[`)
		case c == ']':
			bracket = false
			out.WriteByte(c)
		case c == '{' && !bracket: // a quantifier, in which regexp takes no leading zeros
			end := i + strings.IndexByte(expression[i:], '}')
			low, high, ranged := strings.Cut(expression[i+1:end], ",")
			out.WriteString("{" + withoutZeros(low))
			if ranged {
				out.WriteString("," + withoutZeros(high))
			}
			out.WriteByte('}')
			i = end
		case c == '.' && !bracket:
			out.WriteString(`[^\n\r\x{2028}\x{2029}]`)
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), true
}

func withoutZeros(count string) string {
	if trimmed := strings.TrimLeft(count, "0"); trimmed != "" || count == "" {
		return trimmed
	}
	return "0"
}

// FuzzMatchAgreesWithRegexp holds the engine against the standard library's, on
// the expressions both understand.
func FuzzMatchAgreesWithRegexp(f *testing.F) {
	for _, seed := range [][2]string{
		{`^[a-z]+(-[a-z]+)*$`, "a-b"}, {`\bcat\B`, "a cats"}, {`^(a|b*)*c{2,3}?$`, "abbacc"}, {`[^\s\d][\w\-.]`, "é_"},
		{`a.c|^$|x{0,2}y`, "a\nc"}, {`(?<n>\/\0\x41)`, "/\x00A"}, {`[[a\]-c]`, "["}, {`(^a|$)*\B`, ""}, {`(?:\b|a)+$`, "aé"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		p, err := pattern.Compile(expression)
		if err != nil || !utf8.ValidString(text) {
			return
		}
		rewritten, ok := rewriteForGo(expression)
		if !ok {
			return
		}
		other, err := regexp.Compile(rewritten)
		if err != nil {
			if strings.Contains(err.Error(), "too large") || strings.Contains(err.Error(), "repeat count") || strings.Contains(err.Error(), "duplicate") || strings.Contains(err.Error(), "nests too deeply") {
				return
			}
			t.Fatalf("%s is understood here, and not by regexp as %s: %v", expression, rewritten, err)
		}
		if got, want := p.Match([]byte(text)), other.MatchString(text); got != want {
			t.Errorf("%s on %q: %v, and regexp says %v", expression, text, got, want)
		}
	})
}
