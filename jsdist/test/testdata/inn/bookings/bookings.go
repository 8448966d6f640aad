// Package bookings is what a user of ours declares, in a module of their own.
package bookings

import (
	"amalgam/payload"

	"example.com/inn/internal/guests"
	"example.com/inn/internal/hosts"
)

// Payloads are the events of this application.
var Payloads = payload.MustSet(
	payload.Enum(Asked, Confirmed),
	payload.Union[Extra]("kind", payload.Case[Meal]("meal"), payload.Case[Parking]("parking")),
	payload.Event[Booking]("booking"),
	payload.Event[Booking]("booking.changed"),
)

// State is how far a booking has come.
type State string

const (
	Asked     State = "asked"
	Confirmed State = "confirmed"
)

// Booking is a stay that somebody has asked for.
type Booking struct {
	ID     string         `json:"id" format:"uuid"`
	State  State          `json:"state"`
	Guest  guests.Person  `json:"guest"` // Who comes.
	Host   *hosts.Person  `json:"host"`  // Who lets them in.
	Stay   Stay           `json:"stay"`  // When.
	Place  [2]float64     `json:"place"` // Latitude and longitude.
	Extras []Extra        `json:"extras,omitempty" maxItems:"3"`
	Notes  map[string]int `json:"notes,omitempty"` // How many notes there are, by language.
}

// Stay is from one night to another.
type Stay struct {
	From  int `json:"from" minimum:"0"`
	Until int `json:"until"`
}

// Validate says what no schema can.
func (s Stay) Validate() error {
	if s.Until <= s.From {
		return payload.Fault{Path: "/until", Message: "must be after from"}
	}
	return nil
}

// Extra is what may be booked besides.
type Extra interface{ extra() }

// Meal is eaten.
type Meal struct {
	Hour int `json:"hour" minimum:"6" maximum:"22"`
}

// Parking is for a car.
type Parking struct {
	Plate string `json:"plate" pattern:"^[A-Z0-9-]{2,10}$"`
}

func (Meal) extra()    {}
func (Parking) extra() {}
