package payload_test

import (
	"encoding/json"
	"testing"

	"amalgam/payload"
)

type (
	shelf struct {
		Books []book           `json:"books"`
		Above *shelf           `json:"above,omitempty"`
		First medium           `json:"first"`
		Trees forest           `json:"trees"`
		Pages sheaf[book, int] `json:"pages"`
	}
	book            struct{ Title string }
	medium          interface{ medium() }
	film            struct{ Title string }
	forest          map[string]forest
	sheaf[A, B any] struct {
		A A
		B B
	}
)

func (book) medium() {}
func (film) medium() {}

func TestGoTypesHasEachDefinition(t *testing.T) {
	type book struct{ Pages int } // of the same name as another
	set := payload.MustSet(
		payload.Union[medium]("kind", payload.Case[film]("film")),
		payload.Enum[int](1, 2),
		payload.Event[shelf]("shelf"),
		payload.Event[[]*book]("books"),
	)
	var document struct {
		Defs map[string]any `json:"$defs"`
	}
	if err := json.Unmarshal(set.JSONSchema(), &document); err != nil {
		t.Fatal(err)
	}
	types := set.GoTypes()
	const own = "payload_test."
	for name, want := range map[string]string{"shelf": own + "shelf", "book": own + "book", "book2": own + "book", "medium": own + "medium", "film": own + "film", "forest": own + "forest"} {
		if types[name] == nil || types[name].String() != want {
			t.Errorf("%s is of %v, want %s", name, types[name], want)
		}
	}
	if types["book"] == types["book2"] || types["book2"].Field(0).Name != "Pages" {
		t.Errorf("book is of %v, book2 of %v", types["book"], types["book2"])
	}
	for name := range document.Defs {
		if types[name] == nil {
			t.Errorf("%s has no type", name)
		}
	}
	if len(types) != len(document.Defs) || len(types) != 7 {
		t.Errorf("%d types of %d definitions, want 7", len(types), len(document.Defs))
	}
	read, err := payload.ParseSchema(set.JSONSchema())
	if err != nil {
		t.Fatal(err)
	}
	if types := read.GoTypes(); types != nil {
		t.Errorf("of a document there are %v", types)
	}
}
