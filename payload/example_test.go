package payload_test

import (
	"errors"
	"fmt"

	"amalgam/payload"
)

type Order struct {
	ID       string  `json:"id" format:"uuid"`
	Quantity int     `json:"quantity" minimum:"1" maximum:"99"`
	Size     string  `json:"size" enum:"small,large"`
	Note     string  `json:"note,omitempty" maxLength:"80" doc:"For the packer."`
	Coupon   *string `json:"coupon" pattern:"^[A-Z]{4}$"`
}

func ExampleNewSet() {
	set, err := payload.NewSet(payload.Event[Order]("order"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, data := range []string{
		`{"id":"123e4567-e89b-12d3-a456-426614174000","quantity":2,"size":"small","coupon":null}`,
		`{"id":"7","quantity":100,"coupon":"free"}`,
		`{"id":"123e4567-e89b-12d3-a456-426614174000",}`,
	} {
		issues := set.Validate("order", []byte(data))
		fmt.Println(len(issues), "faults")
		for _, issue := range issues {
			fmt.Printf("  %q %s: %s\n", issue.Path, issue.Keyword, issue.Message)
		}
	}
	// Output:
	// 0 faults
	// 4 faults
	//   "/id" format: must be a UUID such as 123e4567-e89b-12d3-a456-426614174000
	//   "/quantity" maximum: must be at most 99
	//   "/coupon" pattern: must match the pattern ^[A-Z]{4}$
	//   "" required: is required: add "size"
	// 1 faults
	//   "" syntax: byte 45: expected a property name in quotes
}

// A tag that makes no sense stops the program when it starts, and says why.
func ExampleNewSet_wrongTag() {
	type Order struct {
		Quantity int `json:"quantity" maxLenght:"2" minimum:"one"`
	}
	_, err := payload.NewSet(payload.Event[Order]("order"))
	fmt.Println(err)
	// Output:
	// payload: payload_test.Order.Quantity: tag maxLenght:"2" is not known: did you mean maxLength?
	// payload: payload_test.Order.Quantity: tag minimum:"one" is not a JSON number: write one such as minimum:"1"
}

// Stay says by a method what tags cannot: how two of its fields go together.
type Stay struct {
	From  string `json:"from" format:"date"`
	Until string `json:"until" format:"date"`
}

func (s Stay) Validate() error {
	if s.Until <= s.From {
		return payload.Fault{Path: "/until", Message: "must be after from"}
	}
	return nil
}

type Booking struct {
	Guest string `json:"guest" minLength:"1"`
	Stay  Stay   `json:"stay"`
}

func ExampleDecode() {
	set := payload.MustSet(payload.Event[Booking]("booking"))
	booking, err := payload.Decode[Booking](set, "booking", []byte(`{"guest":"Ann","stay":{"from":"2026-05-01","until":"2026-05-03"}}`))
	fmt.Println(booking.Guest, booking.Stay.Until, err)

	_, err = payload.Decode[Booking](set, "booking", []byte(`{"guest":"","stay":{"from":"May","until":"2026-05-03"}}`))
	var invalid *payload.InvalidError
	if errors.As(err, &invalid) {
		for _, issue := range invalid.Issues {
			fmt.Println(issue.Path, issue.Message)
		}
	}

	_, err = payload.Decode[Order](set, "booking", nil)
	fmt.Println(err)
	// Output:
	// Ann 2026-05-03 <nil>
	// /guest must be at least 1 character long, has 0
	// /stay/from must be a date such as 2026-01-31
	// payload: Decode of payload_test.Order: event "booking" carries payload_test.Booking: decode that
}

func ExampleFault() {
	set := payload.MustSet(payload.Event[Booking]("booking"))
	fmt.Println(set.Validate("booking", []byte(`{"guest":"Ann","stay":{"from":"2026-05-01","until":"2026-04-01"}}`)))
	// Output:
	// [{/stay/until validate must be after from}]
}

func ExampleSet_ValidateAt() {
	set := payload.MustSet(payload.Event[Order]("order"))
	at := set.Index("order") // once, not for every payload
	fmt.Println(set.ValidateAt(at, []byte(`[]`)))
	// Output:
	// [{ type must be an object, is an array}]
}

func ExampleSet_JSONSchema() {
	set := payload.MustSet(payload.Event[map[string]int8]("scores"))
	fmt.Printf("%s", set.JSONSchema())
	// Output:
	// {
	//   "$schema": "https://json-schema.org/draft/2020-12/schema",
	//   "type": "object",
	//   "properties": {
	//     "scores": {
	//       "type": "object",
	//       "additionalProperties": {
	//         "type": "integer",
	//         "minimum": -128,
	//         "maximum": 127
	//       }
	//     }
	//   }
	// }
}

func ExampleAppendIssues() {
	issues := []payload.Issue{{Path: "/text", Keyword: "minLength", Message: "must be at least 1 character long, has 0"}}
	fmt.Printf("%s\n", payload.AppendIssues(nil, issues))
	// Output:
	// [{"path":"/text","keyword":"minLength","message":"must be at least 1 character long, has 0"}]
}
