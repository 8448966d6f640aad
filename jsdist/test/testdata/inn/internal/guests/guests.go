// Package guests has a Person, as package hosts has.
package guests

// Person is who stays.
type Person struct {
	// Name is on the bill.
	Name string `json:"name" minLength:"1"`
}
