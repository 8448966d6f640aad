package payload_test

import (
	"strings"
	"testing"

	"amalgam/payload"
)

// build makes a set of one event and returns its error's text.
func build[T any](more ...payload.Definition) string {
	if _, err := payload.NewSet(append(more, payload.Event[T]("e"))...); err != nil {
		return err.Error()
	}
	return ""
}

type recursive struct {
	Children []recursive `json:"children"`
}

type mutual struct{ Other *mutualOther }

type mutualOther struct{ Back map[string]mutual }

type self struct {
	*self
	A string
}

type pinned interface{ pinned() }

type pin struct {
	Kind string `json:"kind" const:"needle"`
	Size int    `json:"size"`
}

func (pin) pinned() {}

type left struct{ Name string }

type right struct{ Name string }

func TestWrongDeclarationsAreRefusedWithTheirTypeFieldAndTag(t *testing.T) {
	for _, c := range []struct {
		name, got, want string
	}{
		{"a length on a number", build[struct {
			A int `minLength:"1"`
		}](), `.A: tag minLength:"1" is for a string, and the field holds a whole number: remove it`},
		{"a length on a slice", build[struct {
			A []string `maxLength:"1"`
		}](), `.A: tag maxLength:"1" is for a string, and the field holds an array: remove it, or use minItems and maxItems`},
		{"a count of items on a string", build[struct {
			A string `minItems:"1"`
		}](), `.A: tag minItems:"1" is for an array, and the field holds a string: remove it`},
		{"a count of items on a map", build[struct {
			A map[string]int `maxItems:"1"`
		}](), `.A: tag maxItems:"1" is for an array, and the field holds an object: remove it`},
		{"a count of items on an array of fixed length", build[struct {
			A [2]int `maxItems:"1"`
		}](), `.A: tag maxItems:"1" does nothing, because a Go array has a fixed length: remove it`},
		{"a bound on a string", build[struct {
			A string `minimum:"1"`
		}](), `.A: tag minimum:"1" is for a whole number or a number`},
		{"a negative length", build[struct {
			A string `minLength:"-1"`
		}](), `.A: tag minLength:"-1" is not a whole number from 0: write one such as minLength:"1"`},
		{"a signed length", build[struct {
			A string `minLength:"+1"`
		}](), `.A: tag minLength:"+1" is not a whole number from 0`},
		{"a length that is no number", build[struct {
			A string `maxLength:"many"`
		}](), `.A: tag maxLength:"many" is not a whole number from 0`},
		{"an empty length", build[struct {
			A string `maxLength:""`
		}](), `.A: tag maxLength:"" is not a whole number from 0`},
		{"a length beyond every int", build[struct {
			A string `maxLength:"99999999999999999999"`
		}](), `.A: tag maxLength:"99999999999999999999" is not a whole number from 0`},
		{"lengths in the wrong order", build[struct {
			A string `minLength:"2" maxLength:"1"`
		}](), `.A: tag minLength is greater than maxLength: swap them`},
		{"counts in the wrong order", build[struct {
			A []int `minItems:"2" maxItems:"1"`
		}](), `.A: tag minItems is greater than maxItems: swap them`},
		{"bounds in the wrong order", build[struct {
			A float64 `minimum:"1.5" maximum:"1.25"`
		}](), `.A: tag minimum is greater than maximum: swap them`},
		{"a bound that is no JSON number", build[struct {
			A int `maximum:"0x10"`
		}](), `.A: tag maximum:"0x10" is not a JSON number: write one such as maximum:"1"`},
		{"a bound with an exponent out of reason", build[struct {
			A float64 `maximum:"1e99999999"`
		}](), `.A: tag maximum:"1e99999999" is not a JSON number`},
		{"a fraction as the bound of an integer", build[struct {
			A int `maximum:"1.5"`
		}](), `.A: tag maximum:"1.5" has a fraction, and the field holds a whole number: round it`},
		{"a maximum above what the type holds", build[struct {
			A int8 `maximum:"128"`
		}](), `.A: tag maximum:"128" is more than the field can hold, which is 127: lower it`},
		{"a minimum below what the type holds", build[struct {
			A *uint `minimum:"-1"`
		}](), `.A: tag minimum:"-1" is less than the field can hold, which is 0: raise it`},
		{"an enum on a struct", build[struct {
			A struct{} `enum:"a,b"`
		}](), `.A: tag enum:"a,b" does nothing on a field of type struct {}, which takes doc only: remove it`},
		{"a count of properties on a struct", build[struct {
			A left `minProperties:"1"`
		}](), `.A: tag minProperties:"1" does nothing on a field of type payload_test.left, which takes doc only: remove it`},
		{"a default for a pointer to a struct", build[struct {
			A *left `default:"null"`
		}](), `.A: tag default:"null" does nothing on a field of type *payload_test.left`},
		{"a length on a union", build[struct {
			A attachment `minLength:"1"`
		}](payload.Union[attachment]("kind", payload.Case[image]("image"))), `.A: tag minLength:"1" does nothing on a field of type payload_test.attachment`},
		{"a count on a pointer to a map of itself", build[struct {
			A *tree `minProperties:"1"`
		}](), `.A: tag minProperties:"1" does nothing on a field of type *payload_test.tree`},
		{"a length on a pointer to a slice", build[struct {
			A *[]string `minLength:"1"`
		}](), `.A: tag minLength:"1" is for a string, and the field holds an array: remove it, or use minItems and maxItems`},
		{"an enum on a pointer to a map", build[struct {
			A **map[string]int `enum:"a"`
		}](), `.A: tag enum:"a" is for a string or a whole number or a number, and the field holds an object: remove it`},
		{"a default for a pointer to a slice that does not hold", build[struct {
			A *[]string `default:"[1]"`
		}](), `.A: tag default:"[1]" does not hold to the field itself: must be a string, is a number`},
		{"a tag that is not what its case says", build[struct{ A pinned }](payload.Union[pinned]("kind", payload.Case[pin]("pin"))), `union of payload_test.pinned: has the case "pin", whose property "kind" cannot be that: must be "needle"`},
		{"a tag that is no string", build[struct{ A pinned }](payload.Union[pinned]("size", payload.Case[pin]("pin"))), `union of payload_test.pinned: has the case "pin", whose property "size" cannot be that: must be a whole number, is a string`},
		{"an enum on a boolean", build[struct {
			A bool `enum:"true"`
		}](), `.A: tag enum:"true" is for a string`},
		{"an empty enum", build[struct {
			A string `enum:""`
		}](), `.A: tag enum:"" is empty: list values, such as enum:"a,b"`},
		{"an empty value in an enum", build[struct {
			A string `enum:"a,,b"`
		}](), `.A: tag enum:"a,,b" has an empty value: remove the extra comma`},
		{"a space in an enum", build[struct {
			A string `enum:"a, b"`
		}](), `.A: tag enum:"a, b" has a space around a value: write commas only`},
		{"a value twice in an enum", build[struct {
			A string `enum:"a,b,a"`
		}](), `.A: tag enum:"a,b,a" has "a" twice: keep one`},
		{"a number twice in an enum, however written", build[struct {
			A float64 `enum:"1,1.0"`
		}](), `.A: tag enum:"1,1.0" has "1.0" twice: keep one`},
		{"a word in an enum of integers", build[struct {
			A int `enum:"1,two"`
		}](), `.A: tag enum:"1,two" has "two", which is not a whole number`},
		{"a value in an enum that the type cannot hold", build[struct {
			A uint8 `enum:"1,256"`
		}](), `.A: tag enum:"1,256" is more than the field can hold, which is 255: lower it`},
		{"a pattern that does not parse", build[struct {
			A string `pattern:"a(b"`
		}](), `.A: tag pattern:"a(b" at byte 1: has a "(" that is not closed`},
		{"a pattern on a number", build[struct {
			A int `pattern:"a"`
		}](), `.A: tag pattern:"a" is for a string`},
		{"an unknown format", build[struct {
			A string `format:"datetime"`
		}](), `.A: tag format:"datetime" is not a known format: use date-time, uri, uuid, email, date, time, ipv4, ipv6 or hostname`},
		{"an empty format", build[struct {
			A string `format:""`
		}](), `.A: tag format:"" is not a known format`},
		{"a format on a boolean", build[struct {
			A bool `format:"uri"`
		}](), `.A: tag format:"uri" is for a string`},
		{"a tag in another spelling", build[struct {
			A string `maxlength:"1"`
		}](), `.A: tag maxlength:"1" is not known: did you mean maxLength?`},
		{"a tag with underscores", build[struct {
			A string `min_length:"1"`
		}](), `.A: tag min_length:"1" is not known: did you mean minLength?`},
		{"a tag with two letters swapped", build[struct {
			A string `maxLenght:"1"`
		}](), `.A: tag maxLenght:"1" is not known: did you mean maxLength?`},
		{"a tag with a letter missing", build[struct {
			A string `patern:"a"`
		}](), `.A: tag patern:"a" is not known: did you mean pattern?`},
		{"a keyword that is no tag", build[struct {
			A []int `contains:"2"`
		}](), `.A: tag contains:"2" is not a tag here: remove it`},
		{"a multiple of nothing", build[struct {
			A int `multipleOf:"0"`
		}](), `.A: tag multipleOf:"0" is not a number above 0 of at most 18 digits`},
		{"a default that does not hold", build[struct {
			A string `minLength:"3" default:"ab"`
		}](), `.A: tag default:"\"ab\"" does not hold to the field itself: must be at least 3 characters long`},
		{"a tag twice", build[struct {
			A string `minLength:"1" minLength:"2"`
		}](), `.A: tag minLength stands twice: keep one`},
		{"an unknown option of json", build[struct {
			A string `json:"a,omitemty"`
		}](), `.A: tag json:"a,omitemty" has an unknown option: use omitempty or omitzero`},
		{"the option string of json", build[struct {
			A int `json:"a,string"`
		}](), `.A: tag json:"a,string" has the option string, which is not supported: make the field a string`},
		{"a constraint on a field that is not exported", build[struct {
			a string `minLength:"1"`
		}](), `.a: tag minLength:"1" does nothing, because the field is not exported: export it or remove the tag`},
		{"a constraint on a blank field", build[struct {
			_ struct{} `minLength:"1"`
		}](), `._: tag minLength:"1" does nothing on a blank field, which takes doc only: remove it`},
		{"a constraint on an embedded struct", build[struct {
			left `doc:"x"`
		}](), `.left: tag doc:"x" does nothing, because the fields of an embedded struct take its place`},
		{"a name in two embedded structs", build[struct {
			left
			right
		}](), `payload_test.right.Name: has the name "Name" of payload_test.left.Name: give one of them another name in json`},
		{"a type embedded in itself", build[self](), `payload_test.self.self: embeds payload_test.self in itself: make it a field with a name`},
		{"an interface", build[struct{ A any }](), `.A: type interface {} could hold anything: declare what it holds with payload.Union, or use a type that says it`},
		{"a channel", build[struct{ A chan int }](), `.A: type chan int has no form in JSON: use a string`},
		{"a function in a slice", build[struct{ A []func() }](), `.A[]: type func() has no form in JSON`},
		{"a complex number", build[struct{ A complex128 }](), `.A: type complex128 has no form in JSON`},
		{"a map with keys that are numbers", build[struct{ A map[int]string }](), `.A: type map[int]string has keys that are not plain strings: use map[string]…`},
		{"an event that is a channel", build[chan int](), `payload: event "e": type chan int has no form in JSON`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(c.got, c.want) {
				t.Errorf("\n got %s\nwant %s", c.got, c.want)
			}
			if strings.Contains(c.got, "\n") {
				t.Errorf("more than one error:\n%s", c.got)
			}
		})
	}
}

func TestEverythingThatIsWrongIsToldAtOnce(t *testing.T) {
	type inner struct {
		A string `minLength:"x"`
	}
	type outer struct {
		One inner
		Two inner // the same type again is not the same error again
		B   int   `format:"uri" pattern:"a"`
	}
	_, err := payload.NewSet(payload.Event[outer](""), payload.Event[inner]("a\nb"), payload.Event[outer]("c"), payload.Event[outer]("c"), payload.Definition{})
	if err == nil {
		t.Fatal("no error")
	}
	want := []string{
		`event of payload_test.outer: has an empty name`,
		`payload_test.inner.A: tag minLength:"x"`,
		`payload_test.outer.B: tag format:"uri"`,
		`payload_test.outer.B: tag pattern:"a"`,
		`event "a\nb": has a name with CR, LF, NUL`,
		`event "c": is declared twice`,
		`definition 4: is empty: make it with payload.Event`,
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d errors, want %d:\n%v", len(lines), len(want), err)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, "payload: "+want[i]) {
			t.Errorf("error %d is %s, want %s", i, line, want[i])
		}
	}
}

func TestEventNamesThatAnEventStreamCannotCarryAreRefused(t *testing.T) {
	for _, name := range []string{"", "a\rb", "a\nb", "a\x00b", "a\xffb"} {
		if _, err := payload.NewSet(payload.Event[string](name)); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
	for _, name := range []string{"a", "chat.message/v1", "événement", "a b"} {
		if _, err := payload.NewSet(payload.Event[string](name)); err != nil {
			t.Errorf("%q is refused: %v", name, err)
		}
	}
}

func TestTagsOfOtherPackagesAreLeftAlone(t *testing.T) {
	if err := build[struct {
		A string `json:"a" xml:"a" db:"form" yaml:"a,omitempty" validate:"required" form:"a" example:"b"`
	}](); err != "" {
		t.Error(err)
	}
}

func TestMustSetPanicsWithTheError(t *testing.T) {
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "minLength") {
			t.Errorf("panicked with %v", err)
		}
	}()
	payload.MustSet(payload.Event[struct {
		A int `minLength:"1"`
	}]("e"))
}

func TestASetKnowsItsEvents(t *testing.T) {
	set := payload.MustSet(payload.Event[string]("b"), payload.Event[int]("a"))
	if got := strings.Join(set.Names(), ","); got != "b,a" {
		t.Errorf("Names is %s, want them in the order of declaration", got)
	}
	set.Names()[0] = "changed"
	if set.Names()[0] != "b" {
		t.Error("Names hands out its own slice")
	}
	if !set.Has("a") || set.Has("c") || set.Index("a") != 1 || set.Index("c") != -1 {
		t.Error("Has or Index does not know what is in the set")
	}
	if set.ValidateAt(-1, []byte("x")) != nil || set.ValidateAt(2, []byte("x")) != nil || set.Validate("c", []byte("x")) != nil {
		t.Error("what is not in the set has a schema")
	}
	if set.ValidateAt(1, []byte("x")) == nil || set.Validate("b", []byte("1")) == nil {
		t.Error("what is in the set has no schema")
	}
}
