package pattern_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"amalgam/payload/pattern"
)

func TestExpressionsMatchAsECMA262HasIt(t *testing.T) {
	for _, c := range []struct {
		expression string
		yes, no    []string
	}{
		{``, []string{"", "x"}, nil},
		{`b`, []string{"b", "abc"}, []string{"", "a", "B"}},
		{`^b`, []string{"b", "bc"}, []string{"ab", "a\nb"}},
		{`b$`, []string{"b", "ab"}, []string{"ba", "b\n"}},
		{`^$`, []string{""}, []string{"x", "\n"}},
		{`a.c`, []string{"abc", "a😀c", "a\u0085c"}, []string{"ac", "a\nc", "a\rc", "a\u2028c", "a\u2029c"}},
		{`a|^b|c$`, []string{"xa", "bx", "xc"}, []string{"xb", "cx"}},
		{`^(a|b|)$`, []string{"a", "b", ""}, []string{"ab"}},
		{`^(?:ab)+$`, []string{"ab", "abab"}, []string{"", "aba"}},
		{`^(?<year>\d{4})$`, []string{"2026"}, []string{"226", "20260"}},
		{`^a*$`, []string{"", "aaa"}, []string{"ab"}},
		{`^a+?$`, []string{"a", "aaa"}, []string{""}},
		{`^a?b$`, []string{"b", "ab"}, []string{"aab"}},
		{`^a{2}$`, []string{"aa"}, []string{"a", "aaa"}},
		{`^a{2,}$`, []string{"aa", "aaaa"}, []string{"a"}},
		{`^a{1,3}?$`, []string{"a", "aaa"}, []string{"", "aaaa"}},
		{`^a{0}b$`, []string{"b"}, []string{"ab"}},
		{`^(a{2}){1,2}$`, []string{"aa", "aaaa"}, []string{"a", "aaa"}},
		{`^(a*)*$`, []string{"", "aa"}, []string{"b"}},
		{`^(a|b*)*c$`, []string{"c", "abbac"}, []string{"ab"}},
		{`^((){1000}){1000}$`, []string{""}, []string{"a"}},
		{`^[a-c_]+$`, []string{"abc_"}, []string{"d", "-"}},
		{`^[^a-c]$`, []string{"d", "\n", "😀"}, []string{"b", ""}},
		{`^[a-]$`, []string{"a", "-"}, []string{"b"}},
		{`^[-a]$`, []string{"a", "-"}, []string{"b"}},
		{`^[a\-c]$`, []string{"a", "-", "c"}, []string{"b"}},
		{`^[a-b-d]$`, []string{"a", "b", "-", "d"}, []string{"c"}},
		{`^[\d\-x]$`, []string{"1", "-", "x"}, []string{"d"}},
		{`^[.*+?^$(){}|/[]$`, []string{".", "^", "$", "[", "|"}, []string{"a"}},
		{`^[\]\\]$`, []string{"]", `\`}, []string{"["}},
		{`[]`, nil, []string{"", "a"}},
		{`^[^]$`, []string{"a", "\n"}, []string{"", "ab"}},
		{`^[\b]$`, []string{"\b"}, []string{"b"}},
		{`^\d\D$`, []string{"1a", "1٣"}, []string{"11", "٣a"}},
		{`^\w\W$`, []string{"a-", "_é"}, []string{"éa", "ab"}},
		{`^\s\S$`, []string{" a", "\u00a0a", "\ufeffa", "\u3000a", "\va", "\u2028a"}, []string{"a ", "  ", "\u200ba", "\u0085a"}},
		{`^[^\s]$`, []string{"a"}, []string{" ", "\u1680"}},
		{`^[\W]$`, []string{"-"}, []string{"a"}},
		{`\bcat\b`, []string{"cat", "a cat.", "cat é"}, []string{"cats", "concat", "cat_"}},
		{`\Bcat`, []string{"concat"}, []string{"cat", "a cat"}},
		{`^\B$`, []string{""}, []string{"a"}},
		{`^\t\n\v\f\r\0$`, []string{"\t\n\v\f\r\x00"}, nil},
		{`^\x41\u0042\u{43}$`, []string{"ABC"}, nil},
		{`^\ud83d\uDE00\u{1F600}$`, []string{"😀😀"}, nil},
		{`^[\u{1F600}-\u{1F64F}]$`, []string{"😀", "🙏"}, []string{"🚀", "a"}},
		{`^[а-яё]+$`, []string{"ёлка"}, []string{"Ёлка"}},
		{`^.{3}$`, []string{"😀é漢"}, []string{"😀é"}},
		{`^\/\.\^\$\|\(\)\[\]\{\}\*\+\?\\$`, []string{`/.^$|()[]{}*+?\`}, nil},
		{`^/-,:=!<>"'#$`, []string{`/-,:=!<>"'#`}, nil},
		{`a^`, nil, []string{"a", "a^"}},
		{`$a`, nil, []string{"a", "$a"}},
		{`^[a-z0-9]+(-[a-z0-9]+)*$`, []string{"a", "a-b-0"}, []string{"", "-a", "a-", "a--b"}},
		{`^.{1,300}$`, []string{"a", strings.Repeat("é", 300)}, []string{"", strings.Repeat("é", 301)}},
		{"^\uFFFD$", []string{"\uFFFD", "\xff"}, []string{"x"}},
	} {
		p, err := pattern.Compile(c.expression)
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		if p.String() != c.expression {
			t.Errorf("String of %s is %s", c.expression, p)
		}
		for _, text := range c.yes {
			if !p.Match([]byte(text)) {
				t.Errorf("%s does not match %q", c.expression, text)
			}
		}
		for _, text := range c.no {
			if p.Match([]byte(text)) {
				t.Errorf("%s matches %q", c.expression, text)
			}
		}
	}
}

func TestExpressionsOutsideOfTheSubsetAreRefusedWithTheirPosition(t *testing.T) {
	for _, c := range []struct {
		expression string
		offset     int
		reason     string
	}{
		{`a(?=b)`, 1, "lookahead"},
		{`a(?!b)`, 1, "lookahead"},
		{`é(?<=b)`, 2, "lookbehind"},
		{`(?<!b)`, 0, "lookbehind"},
		{`(?i)a`, 0, "unknown kind"},
		{`(?P<a>b)`, 0, "unknown kind"},
		{`(?<>b)`, 0, "group name"},
		{`(?<1a>b)`, 0, "group name"},
		{`(?<a-b>b)`, 0, "group name"},
		{`(?<a`, 0, "group name"},
		{`(a)\1`, 3, "backreference"},
		{`\k<a>`, 0, "backreference"},
		{`\p{L}`, 0, "Unicode properties"},
		{`[\P{L}]`, 1, "Unicode properties"},
		{`\cA`, 0, "needs or knows no escape"},
		{`\a`, 0, "needs or knows no escape"},
		{`\-`, 0, "needs or knows no escape"},
		{`\é`, 0, "needs or knows no escape"},
		{`[\B]`, 1, "needs or knows no escape"},
		{`a\`, 1, "ends in a backslash"},
		{`[\`, 1, "ends in a backslash"},
		{`\01`, 0, "octal"},
		{`\x4`, 0, "two hexadecimal digits"},
		{`\xg0`, 0, "two hexadecimal digits"},
		{`\u004`, 0, "four hexadecimal digits"},
		{`\u{}`, 0, "code point"},
		{`\u{110000}`, 0, "code point"},
		{`\u{41`, 0, "code point"},
		{`\ud83d`, 0, "surrogate"},
		{`\ude00\ud83d`, 0, "surrogate"},
		{`\u{d800}`, 0, "surrogate"},
		{`(a`, 0, "not closed"},
		{`a)`, 1, "closes nothing"},
		{`[a`, 0, "not closed"},
		{`a]`, 1, "lone ]"},
		{`a}`, 1, "lone }"},
		{`{1}`, 0, "lone {"},
		{`a{`, 1, "lone {"},
		{`a{,2}`, 1, "lone {"},
		{`a{1`, 1, "not closed"},
		{`a{1,b}`, 1, "not closed"},
		{`a{2,1}`, 1, "wrong order"},
		{`a{1001}`, 1, "more than 1000"},
		{`a{1,99999999999999999999}`, 1, "more than 1000"},
		{`*a`, 0, "nothing to repeat"},
		{`a|+`, 2, "nothing to repeat"},
		{`(?)`, 0, "unknown kind"},
		{`a**`, 2, "behind a quantifier"},
		{`a{2}{3}`, 4, "behind a quantifier"},
		{`^*`, 0, "repeats an assertion"},
		{`\b+`, 0, "repeats an assertion"},
		{`[c-a]`, 1, "wrong order"},
		{`[a-\d]`, 1, "set of characters"},
		{`[\d-a]`, 1, "set of characters"},
		{`(a{100}){100}`, 0, "too large"},
		{`((a{0,900}){0,900}){0,900}`, 0, "too large"},
		{strings.Repeat("(", 200) + strings.Repeat(")", 200), 100, "too deeply"},
		{"a\xff", 1, "not UTF-8"},
	} {
		_, err := pattern.Compile(c.expression)
		var refused *pattern.Error
		if !errors.As(err, &refused) {
			t.Errorf("%s is not refused: %v", c.expression, err)
			continue
		}
		if refused.Offset != c.offset || !strings.Contains(refused.Reason, c.reason) {
			t.Errorf("%s: got %v, want byte %d and %q", c.expression, err, c.offset, c.reason)
		}
	}
}

func TestMatchingIsLinearWhereBacktrackingIsNot(t *testing.T) {
	text := []byte(strings.Repeat("a", 20_000) + "!")
	for _, expression := range []string{`^(a+)+$`, `^(a|a)*$`, `^(a|aa)+$`, `(a*)*b`, `^(a?){50}a{50}b$`, `.*.*.*=.*`, strings.Repeat("a?", 100) + strings.Repeat("a", 100) + "b"} {
		p, err := pattern.Compile(expression)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if p.Match(text) {
			t.Errorf("%s matches", expression)
		}
		// A backtracking engine would not end in years.
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s took %v", expression, took)
		}
	}
}

func TestMatchingCostsNoAllocation(t *testing.T) {
	for _, expression := range []string{`^[a-z]+(-[a-z]+)*$`, `^[a-z-]{1,300}$`} {
		p, err := pattern.Compile(expression)
		if err != nil {
			t.Fatal(err)
		}
		text := []byte("no-allocation-here")
		if n := testing.AllocsPerRun(100, func() { p.Match(text) }); n != 0 {
			t.Errorf("%s: %v allocations", expression, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, expression := range []string{`^[a-z0-9]+(-[a-z0-9]+)*$`, `^[a-z0-9-]{1,128}$`} {
		b.Run(expression, func(b *testing.B) {
			p, err := pattern.Compile(expression)
			if err != nil {
				b.Fatal(err)
			}
			text := []byte("the-quick-brown-fox-jumps-over-the-lazy-dog-again-and-again")
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if !p.Match(text) {
					b.Fatal("no match")
				}
			}
		})
	}
}
