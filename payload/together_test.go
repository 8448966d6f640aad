package payload_test

import (
	"testing"

	"amalgam/payload"
)

// What fails inside of a choice, where something else holds, is no fault of what
// is around it.
func TestAChoiceInsideOfAChoice(t *testing.T) {
	const inner = `{"properties":{"a":{"items":{"anyOf":[{"minLength":3},{"maxLength":1}]}}},"required":["a"]}`
	set, err := payload.ParseSchema([]byte(`{"properties":{
		"any":{"anyOf":[` + inner + `,{"minProperties":5}]},
		"one":{"oneOf":[` + inner + `,{"minProperties":5}]},
		"not":{"not":` + inner + `},
		"if":{"if":` + inner + `,"else":false},
		"then":{"if":true,"then":` + inner + `}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		data  string
		holds bool
	}{
		{`{"a":["abc"]}`, true},
		{`{"a":["a"]}`, true},
		{`{"a":["ab"]}`, false},
		{`{"a":["a","abc",1]}`, true},
		{`{"a":["a","ab"]}`, false},
	} {
		for _, event := range set.Names() {
			issues := set.Validate(event, []byte(c.data))
			if holds := c.holds != (event == "not"); (len(issues) == 0) != holds {
				t.Errorf("%s of %s: %v, want that it holds: %v", event, c.data, issues, holds)
			}
		}
	}
}

// A pointer to an interface is a choice around that of the cases.
func TestAPointerToAUnion(t *testing.T) {
	set := payload.MustSet(payload.Union[figure]("kind", payload.Case[frame]("frame"), payload.Case[dot]("dot")), payload.Event[*figure]("figure"))
	for _, c := range []struct {
		data  string
		holds bool
	}{
		{`null`, true},
		{`{"kind":"frame","sides":[null,null],"inner":null}`, true},
		{`{"kind":"frame","sides":[null,{"kind":"dot"}],"inner":{"kind":"frame","sides":[{"kind":"dot"},null],"inner":null}}`, true},
		{`{"kind":"frame","sides":[null,{"kind":"line"}],"inner":null}`, false},
	} {
		if issues := set.Validate("figure", []byte(c.data)); (len(issues) == 0) != c.holds {
			t.Errorf("%s: %v, want that it holds: %v", c.data, issues, c.holds)
		}
	}
}

// One schema is a choice, too, and what it says is told.
func TestAChoiceOfOne(t *testing.T) {
	set := payload.MustSet(payload.Union[figure]("kind", payload.Case[frame]("frame")), payload.Event[figure]("figure"))
	for _, c := range []struct{ data, want string }{
		{`null`, " type must be an object, is null"},
		{`{"sides":[null,null]}`, ` required is required: add "kind"`},
		{`{"kind":"dot","sides":[null,null]}`, `/kind const must be "frame"`},
		{`{"kind":"frame","sides":[1]}`, "/sides/0 anyOf must hold to one of 2 schemas, holds to none\n/sides minItems must have at least 2 items, has 1"},
	} {
		if got := lines(set.Validate("figure", []byte(c.data))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.data, got, c.want)
		}
	}
}

type figure interface{ figure() }

type frame struct {
	Sides [2]*figure `json:"sides"`
	Inner *figure    `json:"inner"`
}

type dot struct{}

func (frame) figure() {}
func (dot) figure()   {}
