package payload_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"amalgam/payload"
)

// below are the keywords of what lies below the schema.
func below(keyword string) bool {
	switch keyword {
	case "syntax", "trailing", "depth", "utf8", "duplicate":
		return true
	}
	return false
}

var fuzzed = payload.MustSet(payload.Event[constrained]("e"), payload.Event[formatted]("f"), payload.Event[map[string]wide]("w"))

// FuzzSyntaxAgreesWithEncodingJSON holds the reader against json.Valid. What is
// valid here is valid there. What is not is not valid there either, but for the
// rules of this package that encoding/json does not have: UTF-8, whole surrogate
// pairs, names that stand once, 64 levels.
func FuzzSyntaxAgreesWithEncodingJSON(f *testing.F) {
	for _, seed := range []string{
		``, ` {} `, `[]`, `{"a":[1,-0.5e+3,true,false,null,"\u00e9\ud83d\ude00\n"]}`, `{"a":1,"\u0061":2}`, `{"labels":{"x":01}}`, "\uFEFF{}",
		`[[[[1]]]]`, "\"\xff\"", `"\ud83d"`, `{"slug":"a-b","small":128,"tags":[],"pair":[1,2,3]}`, `nul`, `1.`, `-`, `1e5x`, "\"\x00\"", `{"a":1}}`,
		`{"time":"2026-01-31T12:00:00Z","uri":"http://[::1]/%41","uuid":"123e4567-e89b-12d3-a456-426614174000","email":"a@b.c"}`,
		`{"text":"` + strings.Repeat("long enough for words ", 4) + `\"` + strings.Repeat("съешь же ещё ", 4) + `"}`,
		strings.Repeat("[", 65), strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20), `{"A":1,"P":2,"Q":{"A":1,"A":2}}`,
		`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1,"r":1,"q":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		valid := json.Valid(data)
		for _, event := range fuzzed.Names() {
			issues := fuzzed.Validate(event, data)
			if !bytes.Equal(data, before) {
				t.Fatal("the data was written to")
			}
			if len(issues) > 64 {
				t.Fatalf("%d issues", len(issues))
			}
			if !json.Valid(payload.AppendIssues(nil, issues)) {
				t.Fatalf("the issues are not JSON: %q", payload.AppendIssues(nil, issues))
			}
			grammar, strict := false, len(issues) == 64
			for i, issue := range issues {
				switch issue.Keyword {
				case "syntax", "trailing":
					grammar = true
					if i != len(issues)-1 {
						t.Errorf("issues follow %v", issue)
					}
				case "depth", "utf8", "duplicate":
					strict = true
				}
				checkPointer(t, data, valid, issue)
			}
			if grammar && valid {
				t.Errorf("encoding/json has no fault in %q, and this is %v", data, issues)
			}
			if !grammar && !strict && !valid {
				t.Errorf("encoding/json refuses %q, and this is %v", data, issues)
			}
			if valid && !grammar && !strict {
				checkStrictness(t, data)
			}
		}
	})
}

// checkPointer follows the path of an issue through what encoding/json reads.
func checkPointer(t *testing.T, data []byte, valid bool, issue payload.Issue) {
	if !utf8.ValidString(issue.Path) || len(issue.Path) > 512 {
		t.Errorf("path %q", issue.Path)
	}
	if !valid || below(issue.Keyword) {
		return // names that stand twice lead encoding/json elsewhere
	}
	var at any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&at); err != nil {
		t.Fatal(err)
	}
	if issue.Path == "" {
		return
	}
	for token := range strings.SplitSeq(issue.Path[1:], "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch in := at.(type) {
		case map[string]any:
			next, ok := in[token]
			if !ok {
				t.Errorf("%v of %q leads to no property %q", issue, data, token)
			}
			at = next
		case []any:
			i, ok := new(big.Int).SetString(token, 10)
			if !ok || !i.IsInt64() || i.Int64() < 0 || i.Int64() >= int64(len(in)) {
				t.Errorf("%v of %q leads to no element %q", issue, data, token)
				return
			}
			at = in[i.Int64()]
		default:
			return // the first value of a name that stands twice
		}
	}
}

// checkStrictness asserts what this package says it refuses and encoding/json
// does not, in a way of its own: by tokens.
func checkStrictness(t *testing.T, data []byte) {
	if !utf8.Valid(data) {
		t.Errorf("%q is not UTF-8 and was not refused", data)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	type level struct {
		names map[string]bool // nil in an array
		value bool            // a name was read, and its value comes next
	}
	var levels []level
	for {
		token, err := decoder.Token()
		if err != nil {
			return
		}
		top := len(levels) - 1
		name, isName := token.(string)
		if top >= 0 && levels[top].names != nil && !levels[top].value && isName {
			if levels[top].names[name] {
				t.Errorf("%q has %q twice and was not refused", data, name)
			}
			levels[top].names[name] = true
			levels[top].value = true
			continue
		}
		if top >= 0 {
			levels[top].value = false
		}
		switch token {
		case json.Delim('{'):
			levels = append(levels, level{names: map[string]bool{}})
		case json.Delim('['):
			levels = append(levels, level{})
		case json.Delim('}'), json.Delim(']'):
			levels = levels[:top]
		}
		if len(levels) > 64 {
			t.Errorf("%q is %d levels deep and was not refused", data, len(levels))
		}
	}
}
