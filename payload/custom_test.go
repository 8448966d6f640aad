package payload_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"amalgam/payload"
)

type booking struct {
	Stay   stay              `json:"stay"`
	Guests []guest           `json:"guests,omitempty"`
	Rooms  map[string]*floor `json:"rooms,omitempty"`
	Extra  pet               `json:"extra,omitempty"`
	Asked  *int              `json:"asked,omitempty"`
}

// Validate is on the pointer, and is about the whole.
func (b *booking) Validate() error {
	if b.Asked != nil && *b.Asked != len(b.Guests) {
		return payload.Fault{Path: "/asked", Message: fmt.Sprint("must be the number of guests, ", len(b.Guests))}
	}
	return nil
}

type stay struct {
	From  int `json:"from"`
	Until int `json:"until"`
}

func (s stay) Validate() error {
	var errs []error
	if s.Until <= s.From {
		errs = append(errs, payload.Fault{Path: "/until", Message: "must be after from"})
	}
	if s.From < 0 {
		errs = append(errs, fmt.Errorf("wrapped: %w", &payload.Fault{Path: "from", Message: "must not be past"}))
	}
	return errors.Join(errs...)
}

type guest string

func (g guest) Validate() error {
	switch g {
	case "":
		return errors.New("must have a name")
	case "nobody":
		var none *booking
		_ = *none.Asked
	case "panic":
		panic("of text")
	case "odd":
		panic(12)
	}
	return nil
}

type floor int

func (f *floor) Validate() error {
	if *f == 13 {
		return errors.New(`must not be 13: "unlucky"`)
	}
	return nil
}

type pet interface{ Validate() error }

type Dog struct {
	Name string `json:"name"`
}

func (d Dog) Validate() error {
	if d.Name == "Cat" {
		return errors.New("is no dog")
	}
	return nil
}

// Puppy has the method of what it embeds.
type Puppy struct {
	Dog
	Age int `json:"age"`
}

type plainly struct {
	Dog  string `json:"dog"`
	Huge float64
}

var customs = payload.MustSet(payload.Event[booking]("booking"), payload.Event[plainly]("plain"), payload.Event[guest]("guest"),
	payload.Union[pet]("kind", payload.Case[Dog]("dog"), payload.Case[Puppy]("puppy")))

// These verdicts are the same in Go and in wasm: make test-wasm runs this, too.
func TestValidateMethodsAreCalledOnWhatHoldsToTheSchema(t *testing.T) {
	for _, c := range []struct{ name, event, data, want string }{
		{"all is well", "booking", `{"stay":{"from":1,"until":2},"guests":["a"],"asked":1,"rooms":{"x":12,"y":null},"extra":{"kind":"dog","name":"Rex"}}`, ``},
		{"the path of a fault goes on from the value", "booking", `{"stay":{"from":2,"until":2}}`, `/stay/until validate: must be after from`},
		{"joined errors are one issue each", "booking", `{"stay":{"from":-2,"until":-2}}`, `/stay/until validate: must be after from; /stay/from validate: wrapped: must not be past`},
		{"each item has its index", "booking", `{"stay":{"from":1,"until":2},"guests":["a","","b",""]}`, `/guests/1 validate: must have a name; /guests/3 validate: must have a name`},
		{"a value behind a pointer in a map", "booking", `{"stay":{"from":1,"until":2},"rooms":{"a/b":13}}`, `/rooms/a~1b validate: must not be 13: "unlucky"`},
		{"the method of the event's own type", "booking", `{"stay":{"from":1,"until":2},"asked":2}`, `/asked validate: must be the number of guests, 0`},
		{"an outer one waits for those inside", "booking", `{"stay":{"from":1,"until":1},"asked":2}`, `/stay/until validate: must be after from`},
		{"all wait for the schema", "booking", `{"stay":{"from":1,"until":1},"asked":"2"}`, `/asked type: must be a whole number, is a string`},
		{"a case of a union", "booking", `{"stay":{"from":1,"until":2},"extra":{"kind":"dog","name":"Cat"}}`, `/extra validate: is no dog`},
		{"a method that is promoted", "booking", `{"stay":{"from":1,"until":2},"extra":{"kind":"puppy","name":"Cat","age":1}}`, `/extra validate: is no dog`},
		{"a payload that is no object", "guest", `""`, `validate: must have a name`},
		{"a panic of the runtime", "guest", `"nobody"`, `validate: cannot be judged: Validate of payload_test.guest panicked: runtime error: invalid memory address or nil pointer dereference`},
		{"a panic with a text", "guest", `"panic"`, `validate: cannot be judged: Validate of payload_test.guest panicked: of text`},
		{"a panic with something else", "guest", `"odd"`, `validate: cannot be judged: Validate of payload_test.guest panicked`},
		{"an event without methods is not decoded", "plain", `{"dog":"Cat","Huge":1e400}`, ``},
	} {
		got := customs.Validate(c.event, []byte(c.data))
		if told(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, told(got), c.want)
		}
		if at := customs.ValidateAt(customs.Index(c.event), []byte(c.data)); told(at) != c.want {
			t.Errorf("%s: ValidateAt says %s", c.name, told(at))
		}
		var err error
		switch c.event {
		case "booking":
			_, err = payload.Decode[booking](customs, c.event, []byte(c.data))
		case "guest":
			_, err = payload.Decode[guest](customs, c.event, []byte(c.data))
		default:
			continue
		}
		var invalid *payload.InvalidError
		if errors.As(err, &invalid); (err == nil) != (c.want == "") || err != nil && told(invalid.Issues) != c.want {
			t.Errorf("%s: Decode says %v", c.name, err)
		}
	}
}

func TestTheIssuesOfValidateMethodsAreBounded(t *testing.T) {
	data := `{"stay":{"from":1,"until":2},"guests":[` + strings.Repeat(`"",`, 1000) + `"a"]}`
	if issues := customs.Validate("booking", []byte(data)); len(issues) != 64 {
		t.Errorf("%d issues", len(issues))
	}
	data = `{"stay":{"from":1,"until":2},"rooms":{"` + strings.Repeat("n", 500) + `":13}}`
	if issues := customs.Validate("booking", []byte(data)); len(issues) != 1 || len(issues[0].Path) != 507 {
		t.Errorf("%v", issues)
	}
}

func TestADocumentKnowsNoValidateMethods(t *testing.T) {
	set, err := payload.ParseSchema(customs.JSONSchema())
	if err != nil {
		t.Fatal(err)
	}
	data := []byte(`{"stay":{"from":2,"until":2}}`)
	if issues := set.Validate("booking", data); issues != nil {
		t.Error(issues)
	}
	// A type that is decoded has its own say.
	if _, err := payload.Decode[stay](set, "booking", []byte(`{"stay":{"from":2,"until":2},"from":0,"until":0}`)); text(err) != `payload: event "booking": /until must be after from (validate)` {
		t.Error(err)
	}
}

type Bitten struct{ Validates bool }

func (Bitten) Validate() error { return nil }

func TestAValidateMethodThatWouldNeverBeCalledIsRefused(t *testing.T) {
	type both struct {
		Dog
		Bitten
	}
	_, err := payload.NewSet(payload.Event[both]("e"))
	for _, want := range []string{
		`payload: payload_test.both.Dog: type payload_test.Dog has a Validate method that payload_test.both does not get, because another stands in its way: give payload_test.both one that calls it`,
		`payload: payload_test.both.Bitten: `,
	} {
		if !strings.Contains(text(err), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestEventsWithoutValidateMethodsAllocateNothing(t *testing.T) {
	data := []byte(`{"dog":"Rex","Huge":1}`)
	if n := testing.AllocsPerRun(100, func() { customs.Validate("plain", data) }); n > 0 {
		t.Errorf("%.1f allocations", n)
	}
}

// counted counts its calls, by many at once.
type counted struct{ N int }

var calls atomic.Int64

func (counted) Validate() error { calls.Add(1); return nil }

func TestASetIsForManyGoroutines(t *testing.T) {
	set := payload.MustSet(payload.Event[[]counted]("e"))
	before, done := calls.Load(), make(chan error)
	const many = 8
	for range many {
		go func() {
			set.Validate("e", []byte(`[{"N":1},{"N":2}]`))
			got, err := payload.Decode[[]counted](set, "e", []byte(`[{"N":1},{"N":2}]`))
			if err == nil && (len(got) != 2 || got[1].N != 2) {
				err = fmt.Errorf("%v", got)
			}
			done <- err
		}()
	}
	for range many {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := calls.Load() - before; n != 4*many {
		t.Errorf("%d calls", n)
	}
}
