// Package board has types of the same names as package shapes.
package board

// Page is a board of notes.
type Page struct {
	Base
	// Next is another board.
	Next *Page `json:"next,omitempty"`
	// Images hang on it.
	Images []Image `json:"images"`
}

// Base is embedded, and is not that of shapes.
type Base struct {
	// ID is written on the board.
	ID string `json:"id"`
	At struct {
		Corner
		// Turned is by how many degrees.
		Turned int `json:"turned"`
	} `json:"at"`
}

// Corner is embedded in a struct without a name.
type Corner struct {
	X float64 `json:"x"` // From the left.
}

// Image is pinned.
type Image struct {
	// URL is where it comes from.
	URL string `json:"url"`
}
