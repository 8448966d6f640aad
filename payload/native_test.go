//go:build !js

package payload_test

import (
	"strings"
	"testing"
	"time"

	"amalgam/payload"
)

type marshals struct{ A string }

func (*marshals) MarshalText() ([]byte, error) { return nil, nil }

func TestTypesThatWriteTheirOwnJSONAreRefused(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"an embedded time", build[struct{ time.Time }](), `writes its own JSON or text`},
		{"a type that marshals through its pointer", build[struct{ A marshals }](), `.A: type payload_test.marshals writes its own JSON or text`},
		{"a map with keys that write themselves", build[struct{ A map[word]int }](), `.A: type map[payload_test.word]int has keys that are not plain strings: use map[string]…`},
	} {
		if !strings.Contains(c.got, c.want) || strings.Contains(c.got, "\n") {
			t.Errorf("%s:\n got %s\nwant %s", c.name, c.got, c.want)
		}
	}
}

func TestDeclarationsThatAreQuestionedInTheHubOnlyAreRefused(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"a name for an embedded struct that is not exported", build[struct {
			left `json:"l"`
		}](), `.left: tag json:"l" names an embedded struct that is not exported: make it a field, or remove the name`},
		{"a value in an enum that the constants of the type do not have", build[struct {
			A level `enum:"low,mid"`
		}](payload.Enum(low, high)), `.A: tag enum:"low,mid" has "mid", which is not among "low", "high"`},
		{"a const that the constants of the type do not have", build[struct {
			A *level `const:"mid"`
		}](payload.Enum(low, high)), `.A: tag const:"mid" has "mid", which is not among "low", "high"`},
	} {
		if !strings.Contains(c.got, c.want) || strings.Contains(c.got, "\n") {
			t.Errorf("%s:\n got %s\nwant %s", c.name, c.got, c.want)
		}
	}
}

// What encoding/json does not take for a name it replaces by that of the field.
func TestNamesThatJSONWouldNotHaveAreRefused(t *testing.T) {
	for _, got := range []string{
		build[struct {
			A int `json:"a\"b"`
		}](),
		build[struct {
			A int `json:"a\tb"`
		}](),
		build[struct {
			A int `json:"price€"`
		}](),
		build[struct {
			A int `json:"नाम"`
		}](),
	} {
		if !strings.Contains(got, ` has a name that encoding/json does not take: use letters, digits and punctuation of ASCII, without quotes and backslashes`) {
			t.Errorf("got %s", got)
		}
	}
	if got := build[struct {
		A int `json:"größe_٣ !#$%&()*+-./:;<=>?@[]^{|}~"`
	}](); got != "" {
		t.Error(got)
	}
}

func TestEnumsAndUnionsThatDoNotCountAreRefused(t *testing.T) {
	_, err := payload.NewSet(payload.Enum[word](), payload.Enum(low), payload.Enum(high),
		payload.Union[attachment]("kind", payload.Case[image]("image")), payload.Union[attachment]("kind"),
		payload.Union[figure]("", payload.Case[dot]("dot"), payload.Variant{}), payload.Union[dot]("kind"), payload.Event[figure]("figure"))
	want := `payload: enum of payload_test.word: has no values: name the constants
payload: enum of payload_test.level: is declared twice: keep one
payload: union of payload_test.attachment: is declared twice: keep one
payload: union of payload_test.figure: names no property that tells its cases: name one, such as kind
payload: union of payload_test.figure: has an empty case: make it with payload.Case
payload: union of payload_test.dot: is not of an interface: declare what the field's interface holds`
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

type word string

func (word) MarshalText() ([]byte, error) { return nil, nil }
