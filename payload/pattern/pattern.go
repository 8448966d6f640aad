// Package pattern matches the regular expressions of JSON Schema's "pattern"
// keyword: a subset of ECMA-262 (with its u flag, as JSON Schema 2020-12 core
// §6.4 recommends), in time linear in the text and without allocation.
//
// Understood: literals, ".", classes with ranges and negation, \d \D \w \W \s
// \S, \t \n \v \f \r \0 \xHH \uHHHH \u{H…} and escaped punctuation, groups
// (capturing, named and (?:…) are all the same here), "|", the quantifiers
// * + ? {n} {n,} {n,m} and their lazy forms, and the assertions ^ $ \b \B.
//
// Refused by [Compile], with the position: backreferences, lookahead and
// lookbehind, \p and \P, \c, inline flags, and whatever ECMA-262 itself refuses
// under the u flag, such as a lone brace.
//
// The standard library's regexp would do most of this and costs 123 KB in the
// compressed browser module; this package costs a few.
package pattern

import "strconv"

const (
	// maxInsts bounds a compiled program, and with it the work for each
	// character of a text and the stack a match takes (about 10 bytes each).
	maxInsts = 1024
	// maxRepeat bounds n and m in {n,m}: repetition is compiled by copying.
	maxRepeat = 1000
	// maxNesting bounds how deep groups nest, because parsing recurses.
	maxNesting = 100
)

const tooLarge = "is too large once its repetitions are written out: shorten it, or use minLength and maxLength"

// Error is why Compile refused an expression.
type Error struct {
	// Offset is where in the expression, in bytes from its start.
	Offset int
	// Reason is what is wrong there, and the mend where there is one.
	Reason string
}

func (e *Error) Error() string {
	return "at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

// Program is a compiled expression. It is never changed after Compile and may
// be used by any number of goroutines.
type Program struct {
	source string
	insts  []inst
	// anchored: every match begins at the start of the text, so a search may
	// end as soon as no thread is left.
	anchored bool
}

// Compile reads expression. An error is always an [*Error].
func Compile(expression string) (*Program, error) {
	tree, err := parse(expression)
	if err != nil {
		return nil, err
	}
	p := &Program{source: expression}
	if !p.compile(tree) {
		return nil, &Error{0, tooLarge}
	}
	p.anchored = p.insts[0].op == opBegin
	return p, nil
}

// Size is of how many instructions the program is, each of some 16 bytes: no more
// than 1024.
func (p *Program) Size() int { return len(p.insts) }

// String returns the expression as it was written.
func (p *Program) String() string { return p.source }
