// Package shapes has one of each that a Go type can be in a payload.
package shapes

import (
	"encoding/json"
	"time"

	"amalgam/payload"
	"amalgam/payload/typescript/testdata/shapes/board"
	plan "amalgam/payload/typescript/testdata/shapes/board"
)

// Payloads are the events whose declarations are in shapes.d.ts.
var Payloads = payload.MustSet(
	payload.Enum(Low, High),
	payload.Union[Attachment]("kind", payload.Case[Image]("image"), payload.Case[File]("file")),
	payload.Event[Task]("task"),
	payload.Event[Page[Task]]("task.page"),
	payload.Event[[]string]("task-tags"),
	payload.Event[Tree]("tree"),
	payload.Event[plan.Page]("board"),
	payload.Event[Copy]("copy"),
	payload.Event[Frame]("frame"),
)

// Level is how urgent something is.
type Level string

const (
	Low  Level = "low"
	High Level = "high"
)

// Task is something to do.
//
// A comment may hold what ends one: */ and goes on.
type Task struct {
	Base
	// Title is what is to be done.
	Title string `json:"title" minLength:"1" maxLength:"200"`
	Level Level  `json:"level"` // How urgent it is.
	// The description wins over the comment.
	Note     string            `json:"note,omitempty" doc:"More to read."`
	Parent   *Task             `json:"parent"`            // The task that this one is a part of.
	Parts    []Task            `json:"parts,omitempty"`   // What it consists of.
	Labels   map[string]string `json:"labels,omitempty"`  // By name.
	Votes    []*int            `json:"votes,omitempty"`   // Null for those who have none.
	Position [2]float64        `json:"position,omitzero"` // On the board.
	Files    []Attachment      `json:"files,omitempty"`
	Raw      json.RawMessage   `json:"raw,omitempty"`
	Thumb    []byte            `json:"thumb,omitempty"`
	Odd      int8              `json:"odd name,omitempty" default:"3"`
	Size     struct {
		// Width in pixels.
		Width  uint32 `json:"width" maximum:"4096"`
		Height uint32 `json:"height,omitempty"`
	} `json:"size,omitzero"`
}

// Base is embedded: its fields are those of who embeds it.
type Base struct {
	// ID never changes.
	ID   string    `json:"id" format:"uuid"`
	Made time.Time `json:"made"`
}

// Page is a part of a list.
type Page[T any] struct {
	// Items are at most a hundred.
	Items []T    `json:"items" maxItems:"100"`
	Next  string `json:"next,omitempty"`
}

// Tree is a map of itself.
type Tree map[string]Tree

// Copy has the fields of another package's type, and of one that is embedded.
type Copy struct {
	plan.Base
	Of plan.Image `json:"of"`
}

// Frame is what the package is called without another name.
type Frame struct {
	board.Base
}

// Attachment is what a task may carry.
type Attachment interface{ attachment() }

// Image is shown.
type Image struct {
	URL string `json:"url" format:"uri"`
}

// File is offered.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size" minimum:"0"` // In bytes.
}

func (Image) attachment() {}
func (File) attachment()  {}
