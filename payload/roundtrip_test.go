package payload_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"amalgam/payload"
)

type level string

const (
	low  level = "low"
	high level = "high"
)

type attachment interface{ attached() }

type image struct {
	Kind  string `json:"kind"`
	Width uint16 `json:"width" exclusiveMinimum:"0"`
}

type note struct {
	Text string `json:"text" minLength:"1"`
	// More is a note on the note.
	More []attachment `json:"more,omitempty" maxItems:"2"`
}

func (image) attached() {}
func (*note) attached() {}

type thread struct {
	_        struct{}          `doc:"What was said."`
	ID       string            `json:"id" const:"x"`
	Level    level             `json:"level"`
	Maybe    *level            `json:"maybe"`
	At       time.Time         `json:"at" doc:"When."`
	Raw      []byte            `json:"raw,omitempty"`
	Amount   json.Number       `json:"amount,omitempty" multipleOf:"0.01"`
	Answers  []thread          `json:"answers,omitempty" uniqueItems:"true"`
	Parent   *thread           `json:"parent" doc:"Null at the top."`
	Main     attachment        `json:"main,omitempty"`
	Labels   map[string]string `json:"labels,omitempty" maxProperties:"2"`
	Anything json.RawMessage   `json:"anything,omitempty"`
	Size     int               `json:"size,omitempty" default:"3" maximum:"9"`
	Rows     *[][]string       `json:"rows" minItems:"1" default:"[[]]"`
	Still    *bool             `json:"still" const:"true"`
}

func threads(t testing.TB) *payload.Set {
	set, err := payload.NewSet(
		payload.Enum(low, high),
		payload.Union[attachment]("kind", payload.Case[image]("image"), payload.Case[note]("note")),
		payload.Event[thread]("thread"),
	)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

const root = `"id":"x","level":"low","maybe":null,"at":"2026-01-31T23:59:59Z","parent":null,"rows":null,"still":null`

// documents are judged by what Go declares, and by the schema written of it.
var documents = []struct{ data, want string }{
	{`{` + root + `}`, ``},
	{`{"id":"y","level":"mid","maybe":"mid","at":"x","parent":1,"rows":[],"still":false}`, `/id const must be "x"
/level enum must be one of "low", "high"
/maybe enum must be one of "low", "high", null
/at format must be a date-time such as 2026-01-31T23:59:59Z
/parent type must be an object or null, is a number
/rows minItems must have at least 1 item, has 0
/still enum must be one of true, null`},
	{`{"id":"x","level":"low","maybe":null,"at":"2026-01-31T23:59:59Z","parent":null,"rows":[[],["a"]],"still":true}`, ``},
	{`{` + root + `,"raw":"aGk=","amount":0.07,"size":9,"anything":[{"a":null}]}`, ``},
	{`{` + root + `,"raw":"aGk","amount":0.071,"size":10}`, `/raw pattern must match the pattern ^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$
/amount multipleOf must be a multiple of 0.01
/size maximum must be at most 9`},
	{`{` + root + `,"answers":[{` + root + `},{` + root + `,"answers":[{}]}]}`, `/answers/1/answers/0 required is required: add "id"
/answers/1/answers/0 required is required: add "level"
/answers/1/answers/0 required is required: add "at"`},
	{`{` + root + `,"answers":[{` + root + `},{"still":null,"rows":null,"parent":null,"id":"\u0078","level":"low","maybe":null,"at":"2026-01-31T23:59:59Z"}]}`,
		`/answers uniqueItems must have no item twice, has the same at 0 and 1`},
	{`{` + root + `,"main":{"kind":"image","width":3}}`, ``},
	{`{` + root + `,"main":{"width":0,"kind":"image"}}`, `/main/width exclusiveMinimum must be more than 0`},
	{`{` + root + `,"main":{"kind":"note","text":"a","more":[{"kind":"note","text":""},{"kind":"film"},{}]}}`, `/main/more/0/text minLength must be at least 1 character long, has 0
/main/more/1/kind enum must be one of "image", "note"
/main/more/2 required is required: add "kind"
/main/more maxItems must have at most 2 items, has 3`},
	{`{` + root + `,"main":"image"}`, `/main type must be an object, is a string`},
	{`{` + root + `,"labels":{"a":"1","b":"2","c":"3"}}`, `/labels maxProperties must have at most 2 properties, has 3`},
	{`{` + root + `,"main":{"kind":"image","width":1,"kind":"note"}}`, `/main/kind duplicate stands twice in its object: keep one
/main/kind const must be "image"`},
	{`{` + root + `,"main":{"kind":"image","width":1`, `/main syntax byte 136: ends too early, expected "," or "}"`},
}

func TestGoTypesAndTheSchemaOfThemGiveTheSameVerdicts(t *testing.T) {
	set := threads(t)
	schema := set.JSONSchema()
	read, err := payload.ParseSchema(schema)
	if err != nil {
		t.Fatalf("%v in %s", err, schema)
	}
	if again := read.JSONSchema(); string(again) != string(schema) {
		t.Errorf("the schema that was read is written as\n%s\ninstead of\n%s", again, schema)
	}
	if got, want := read.Names(), set.Names(); !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
	for _, d := range documents {
		declared, parsed := lines(set.Validate("thread", []byte(d.data))), lines(read.Validate("thread", []byte(d.data)))
		if declared != d.want {
			t.Errorf("%s\n got %s\nwant %s", d.data, declared, d.want)
		}
		if parsed != declared {
			t.Errorf("%s\nby its schema %s\n  by Go types %s", d.data, parsed, declared)
		}
	}
}

func lines(issues []payload.Issue) string {
	s := ""
	for i, issue := range issues {
		if i > 0 {
			s += "\n"
		}
		s += issue.Path + " " + issue.Keyword + " " + issue.Message
	}
	return s
}
