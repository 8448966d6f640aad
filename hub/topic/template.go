package topic

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/yosida95/uritemplate/v3"
)

// What the value of a variable may expand to (RFC 6570, 3.2.1): characters as
// they are, and escapes of all others.
const (
	unreservedChar = `[A-Za-z0-9\-._~]`
	reservedChar   = `[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]`
	escape         = `%[0-9A-Fa-f]{2}`
	// escapedRune is one character that had to be escaped, of one to four bytes
	// of UTF-8, for prefix lengths count characters.
	escapedRune = `(?:%[0-7][0-9A-Fa-f]|%[CDcd][0-9A-Fa-f]%[89ABab][0-9A-Fa-f]|%[Ee][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){2}|%[Ff][0-7](?:%[89ABab][0-9A-Fa-f]){3})`
)

// maxVariables bounds the variables of one expression: the pattern grows with
// their square.
const maxVariables = 24

// template returns the expression that matches what a URI Template can expand
// to, nil for a string that is none or has no variable. The library checks the
// template; its own expression would forget the names of query variables, and
// {?topic} would match ?other=x.
func template(s string) *regexp.Regexp {
	if !strings.Contains(s, "{") {
		return nil
	}
	if t, err := uritemplate.New(s); err != nil || len(t.Varnames()) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString(`\A`)
	for s != "" {
		literal, rest, found := strings.Cut(s, "{")
		writeLiteral(&b, literal)
		if !found {
			break
		}
		expression, after, _ := strings.Cut(rest, "}")
		if !writeExpression(&b, expression) {
			return nil
		}
		s = after
	}
	b.WriteString(`\z`)
	re, err := regexp.Compile(b.String())
	if err != nil { // too large
		return nil
	}
	return re
}

// writeLiteral writes text outside expressions, which expands to itself, with
// what no URI may hold escaped; publishers write it either way.
func writeLiteral(b *strings.Builder, s string) {
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteString(regexp.QuoteMeta(string(r)))
			continue
		}
		fmt.Fprintf(b, "(?:%s|(?i:%s))", string(r), Escape(string(r)))
	}
}

// operator is how one kind of expression expands (RFC 6570, appendix A).
type operator struct {
	first, sep string
	named      bool
	emptyEqual bool // a named variable with an empty value still has its "="
	reserved   bool
}

var operators = map[byte]operator{
	'+': {"", ",", false, false, true},
	'#': {"#", ",", false, false, true},
	'.': {".", ".", false, false, false},
	'/': {"/", "/", false, false, false},
	';': {";", ";", true, false, false},
	'?': {"?", "&", true, true, false},
	'&': {"&", "&", true, true, false},
}

// writeExpression writes what is between two braces: any of its variables may
// be undefined, those that are not come in order.
func writeExpression(b *strings.Builder, expression string) bool {
	op, ok := operators[expression[0]]
	if ok {
		expression = expression[1:]
	} else {
		op = operator{"", ",", false, false, false}
	}
	specs := strings.Split(expression, ",")
	if len(specs) > maxVariables {
		return false
	}
	sep := regexp.QuoteMeta(op.sep)
	b.WriteString("(?:" + regexp.QuoteMeta(op.first) + "(?:")
	for i := range specs {
		if i > 0 {
			b.WriteString("|")
		}
		b.WriteString(op.variable(specs[i]))
		for _, later := range specs[i+1:] {
			b.WriteString("(?:" + sep + op.variable(later) + ")?")
		}
	}
	b.WriteString("))?")
	return true
}

// variable returns the pattern of one defined variable.
func (op operator) variable(spec string) string {
	name, explode := strings.CutSuffix(spec, "*")
	name, prefix, cut := strings.Cut(name, ":")
	char, extra := unreservedChar, ","
	if op.reserved {
		char, extra = reservedChar, ""
	}
	// A value is a string, or a list, joined by commas.
	value := fmt.Sprintf("(?:%s|%s|%s)*", char, escape, extra)
	if extra == "" {
		value = fmt.Sprintf("(?:%s|%s)*", char, escape)
	}
	if cut {
		value = fmt.Sprintf("(?:%s|%s){0,%s}", char, escapedRune, prefix)
	}
	sep := regexp.QuoteMeta(op.sep)
	quoted := regexp.QuoteMeta(name)
	single := fmt.Sprintf("(?:%s|%s)*", char, escape)
	switch {
	case explode && op.named: // name=a&name=b, or the keys of a map
		pair := fmt.Sprintf("(?:%s|%s)+=%s", char, escape, single)
		if !op.emptyEqual {
			pair = fmt.Sprintf("(?:%s|%s)+(?:=%s)?", char, escape, single)
		}
		return "(?:" + pair + ")(?:" + sep + pair + ")*"
	case explode: // a/b, or key=value/key=value
		item := fmt.Sprintf("(?:%s|%s|=)*", char, escape)
		return item + "(?:" + sep + item + ")*"
	case op.named && op.emptyEqual:
		return quoted + "=" + value
	case op.named:
		return quoted + "(?:=" + value + ")?"
	}
	return value
}
