// Package hosts has a Person, as package guests has.
package hosts

// Person is who has the keys.
type Person struct {
	// Name is on the door.
	Name  string `json:"name" minLength:"1"`
	Phone string `json:"phone,omitempty"` // For the night.
}
