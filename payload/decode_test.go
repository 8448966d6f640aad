package payload_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"amalgam/payload"
)

type inner struct {
	A string `json:"a"`
	B *int   `json:"b,omitempty"`
}

type Deeper struct {
	Deep string `json:"deep,omitempty"`
	A    string `json:"a,omitempty"` // hidden by inner's
}

type Middle struct {
	*Deeper
	Mid float32 `json:"mid,omitempty"`
}

type family struct {
	Name     string            `json:"name"`
	Children []family          `json:"children,omitempty"`
	ByName   map[string]family `json:"byName,omitempty"`
	Next     *family           `json:"next"`
}

// shout is read by its own method; what it is made of says what it holds.
type shout string

func (s *shout) UnmarshalText(text []byte) error {
	if strings.Contains(string(text), "!") {
		return errors.New("is loud already")
	}
	*s = shout(text) + "!"
	return nil
}

type halved float64

func (h *halved) UnmarshalJSON(data []byte) error {
	var f float64
	err := json.Unmarshal(data, &f)
	*h = halved(f / 2)
	return err
}

// everything has all that a payload can be made of, but unions.
type everything struct {
	inner
	Middle
	Named inner `json:"named"`

	Bool    bool            `json:"bool,omitempty"`
	I8      int8            `json:"i8,omitempty"`
	I64     int64           `json:"i64,omitempty"`
	U64     uint64          `json:"u64,omitempty"`
	U       uint            `json:"u,omitempty"`
	F32     float32         `json:"f32,omitempty"`
	F64     float64         `json:"f64,omitempty"`
	Level   level           `json:"level,omitempty"`
	Time    time.Time       `json:"time,omitzero"`
	Times   []*time.Time    `json:"times,omitempty"`
	Number  json.Number     `json:"number,omitempty"`
	Raw     json.RawMessage `json:"raw,omitempty"`
	Bytes   []byte          `json:"bytes,omitempty"`
	Pair    [2]int          `json:"pair,omitempty"`
	Matrix  [][]float64     `json:"matrix,omitempty"`
	Map     map[level][]int `json:"map,omitempty"`
	Null    *string         `json:"null,omitempty"`
	Deep    **int           `json:"deeper,omitempty"`
	Structs []inner         `json:"structs,omitempty"`
	Tree    *family         `json:"tree,omitempty"`
	Shout   shout           `json:"shout,omitempty"`
	Halved  []halved        `json:"halved,omitempty"`
	Ignored int             `json:"-"`
	Odd     string          `json:"o/d~d é,omitempty"`
	Upper   string
}

var decoded = payload.MustSet(
	payload.Event[everything]("everything"), payload.Event[family]("tree"), payload.Event[tree]("trees"), payload.Event[[]*inner]("list"),
	payload.Event[map[string]*float64]("map"), payload.Event[*int8]("int8"), payload.Event[string]("string"),
	payload.Event[json.RawMessage]("raw"), payload.Event[time.Time]("time"),
	payload.Enum(low, high),
)

// whole is a document of everything.
const whole = `{"a":"é\u00e9\ud83d\ude00\n","b":-3,"deep":"d","mid":0.1,"named":{"a":""},"bool":true,"i8":-128,"i64":-9223372036854775808,
	"u64":18446744073709551615,"u":7,"f32":3.4028234e38,"f64":-1.5e-300,"level":"high","time":"2026-01-31T12:34:56.789012345+02:00",
	"times":["2026-01-31T23:59:59Z",null],"number":-1.50e+3,"raw": {"x" : [1, "\u0061"]} ,"bytes":"AP/+aGk=","pair":[1,-2],
	"matrix":[[],[0.5,1e2]],"map":{"low":[1],"":[],"\u006cow2":[2,3]},"null":"s","deeper":12,"structs":[{"a":"1","b":1},{"a":"2"}],
	"tree":{"name":"r","children":[{"name":"c","next":null}],"byName":{"x":{"name":"y","next":{"name":"z","next":null}}},"next":null},
	"shout":"hey","halved":[3,1],"o/d~d é":"odd","Upper":"u","undeclared":{"a":[{"b":"}"}],"c":null},"Ignored":1}`

// documentsOf are valid documents of each event.
var documentsOf = []struct{ event, data string }{
	{"everything", whole},
	{"everything", `{"named":{"a":"x"},"a":"","Upper":""}`},
	{"everything", ` { "Upper" : "" , "named" : { "b" : 1 , "a" : "x" } , "a" : "y" , "matrix" : [ [ ] , [ 1 ] ] , "tree" : { "name" : "" , "next" : null , "children" : [ ] , "byName" : { } } } `},
	{"tree", `{"name":"a","next":{"name":"b","next":null,"children":[{"name":"c","next":null}]}}`},
	{"list", `[{"a":"1"},null,{"a":"2","b":9}]`},
	{"trees", `{"a":{"b":{},"c":{"d":{}}}}`},
	{"list", `[]`},
	{"map", `{"a":1.5,"b":null,"c":1e308,"":-0.0}`},
	{"map", `{}`},
	{"int8", `127`},
	{"int8", `null`},
	{"int8", `-0`},
	{"string", `"\"\\\/\b\f\n\r\t\u0000\u2028"`},
	{"raw", ` [1, {"a": null}] `},
	{"raw", `null`},
	{"time", `"2024-02-29T00:00:00Z"`},
	{"time", `"2024\u002d02-29T00:00:00.1-08:30"`},
}

// bothWays reads data here and by encoding/json.
func bothWays(event string, data []byte) (ours, theirs any, err, theirErr error) {
	switch event {
	case "everything":
		return both[everything](event, data)
	case "tree":
		return both[family](event, data)
	case "trees":
		return both[tree](event, data)
	case "list":
		return both[[]*inner](event, data)
	case "map":
		return both[map[string]*float64](event, data)
	case "int8":
		return both[*int8](event, data)
	case "string":
		return both[string](event, data)
	case "raw":
		return both[json.RawMessage](event, data)
	case "time":
		return both[time.Time](event, data)
	}
	panic("no type for " + event)
}

func both[T any](event string, data []byte) (ours, theirs any, err, theirErr error) {
	value, err := payload.Decode[T](decoded, event, data)
	var other T
	theirErr = json.Unmarshal(data, &other)
	return value, other, err, theirErr
}

func TestDecodedValuesAreThoseOfEncodingJSON(t *testing.T) {
	for _, d := range documentsOf {
		data := []byte(d.data)
		ours, theirs, err, theirErr := bothWays(d.event, data)
		if strings.Contains(d.data, `24\u002d`) {
			theirErr = json.Unmarshal([]byte(strings.ReplaceAll(d.data, `\u002d`, "-")), &theirs) // which does not unescape it
			theirs = time.Date(2024, 2, 29, 0, 0, 0, 1e8, ours.(time.Time).Location())
		}
		if err != nil || theirErr != nil {
			t.Errorf("%s %s: %v, and encoding/json: %v", d.event, d.data, err, theirErr)
			continue
		}
		if !reflect.DeepEqual(ours, theirs) {
			t.Errorf("%s %s:\n got %#v\nwant %#v", d.event, d.data, ours, theirs)
		}
		for i := range data {
			data[i] = 'x'
		}
		if !reflect.DeepEqual(ours, theirs) {
			t.Errorf("%s %s: the value refers to the data", d.event, d.data)
		}
	}
}

func TestDecodeIsExactWhereEncodingJSONIsNot(t *testing.T) {
	type small struct {
		ID   int       `json:"id,omitempty"`
		At   time.Time `json:"at,omitzero"`
		Huge float64   `json:"huge,omitempty"`
		Tiny float32   `json:"tiny,omitempty"`
	}
	set := payload.MustSet(payload.Event[small]("e"))
	noon := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, data string
		want       small
		err        string
	}{
		{"a name in other case is another name", `{"ID":5}`, small{}, ""},
		{"an integer with a point", `{"id":10.00}`, small{ID: 10}, ""},
		{"an integer with an exponent", `{"id":-1.5e1}`, small{ID: -15}, ""},
		{"an integer of many zeros", `{"id":1200e-2}`, small{ID: 12}, ""},
		{"zero with an exponent", `{"id":0e99}`, small{}, ""},
		{"the least integer", `{"id":-9223372036854775808.0}`, small{ID: -1 << 63}, ""},
		{"small letters in a time", `{"at":"2026-01-31t12:00:00z"}`, small{At: noon}, ""},
		{"a leap second", `{"at":"2016-12-31T23:59:60Z"}`, small{}, `payload: event "e": /at is a string that time.Time cannot hold (decode)`},
		{"a number beyond float64", `{"huge":1e400}`, small{}, `payload: event "e": /huge is a number that float64 cannot hold (decode)`},
		{"numbers beyond both", `{"huge":1e400,"tiny":1e39}`, small{}, `payload: event "e": /huge is a number that float64 cannot hold (decode), and 1 issue more`},
		{"what does not hold", `{"id":1.5,"huge":"x"}`, small{}, `payload: event "e": /id must be a whole number, has a fraction (type), and 1 issue more`},
		{"what is not JSON", `{`, small{}, `payload: event "e": the payload byte 1: ends too early, expected a property name in quotes (syntax)`},
	} {
		got, err := payload.Decode[small](set, "e", []byte(c.data))
		if !reflect.DeepEqual(got, c.want) || text(err) != c.err {
			t.Errorf("%s:\n got %+v, %v\nwant %+v, %s", c.name, got, err, c.want, c.err)
		}
		var invalid *payload.InvalidError
		if err != nil && (!errors.As(err, &invalid) || invalid.Event != "e" || len(invalid.Issues) == 0) {
			t.Errorf("%s: %#v is no InvalidError", c.name, err)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestDecodeTellsItsCallersMistakes(t *testing.T) {
	document, err := payload.ParseSchema(decoded.JSONSchema())
	if err != nil {
		t.Fatal(err)
	}
	type chosen struct {
		A interface{ Kind() string } `json:"a"`
		B map[int]bool               `json:"b"`
	}
	wrong := func(_ any, err error) string {
		var invalid *payload.InvalidError
		if errors.As(err, &invalid) {
			return "an InvalidError: " + err.Error()
		}
		return text(err)
	}
	for _, c := range []struct{ name, got, want string }{
		{"an event that is not there", wrong(payload.Decode[family](decoded, "tre", nil)), `payload: Decode of payload_test.family: event "tre" is not in the set`},
		{"another type", wrong(payload.Decode[inner](decoded, "tree", nil)), `payload: Decode of payload_test.inner: event "tree" carries payload_test.family: decode that`},
		{"a pointer to the type", wrong(payload.Decode[*family](decoded, "tree", nil)), `payload: Decode of *payload_test.family: event "tree" carries payload_test.family: decode that`},
		{"a type that has no form", wrong(payload.Decode[chan int](document, "tree", nil)), `payload: chan int: type chan int has no form in JSON: use a string, bool, number, struct, slice, array or map`},
		{"an interface", wrong(payload.Decode[chosen](document, "tree", nil)), `payload: payload_test.chosen.A: type interface { Kind() string } could hold anything: decode by a set whose payload.Union tells what, or use a type that says it
payload: payload_test.chosen.B: type map[int]bool has keys that are not plain strings: use map[string]…`},
	} {
		if c.got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, c.got, c.want)
		}
	}
}

// The types of a document are those of whoever decodes.
func TestDecodeByADocument(t *testing.T) {
	set, err := payload.ParseSchema([]byte(`{"properties":{"e":{"type":"object","required":["id"]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	type order struct {
		ID   int8   `json:"id"`
		Note string `json:"note"`
		Pair [2]int `json:"pair"`
		Any  any    `json:"any"`
		Data []byte `json:"data"`
	}
	for _, c := range []struct {
		data string
		want order
		err  string
	}{
		{`{"id":1,"note":null,"pair":[1],"any":{"a":[1,"b",true,null,{}]},"data":[1,2]}`,
			order{ID: 1, Pair: [2]int{1, 0}, Any: map[string]any{"a": []any{1.0, "b", true, nil, map[string]any{}}}, Data: []byte{1, 2}}, ""},
		{`{}`, order{}, `payload: event "e": the payload is required: add "id" (required)`},
		{`{"id":128}`, order{}, `payload: event "e": /id is a number that int8 cannot hold (decode)`},
		{`{"id":"1"}`, order{}, `payload: event "e": /id is a string that int8 cannot hold (decode)`},
		{`{"id":1,"pair":[1,2,3]}`, order{}, `payload: event "e": /pair/2 is one item more than [2]int can hold (decode)`},
		{`{"id":1,"note":{"a":1}}`, order{}, `payload: event "e": /note is an object that string cannot hold (decode)`},
		{`{"id":1,"any":[[1e999]]}`, order{}, `payload: event "e": /any/0/0 is a number that float64 cannot hold (decode)`},
		{`{"id":1,"data":"A"}`, order{}, `payload: event "e": /data is a string that []uint8 cannot hold (decode)`},
	} {
		got, err := payload.Decode[order](set, "e", []byte(c.data))
		if !reflect.DeepEqual(got, c.want) || text(err) != c.err {
			t.Errorf("%s:\n got %+v, %v\nwant %+v, %s", c.data, got, err, c.want, c.err)
		}
	}
	if _, err := payload.Decode[any](set, "e", []byte(`{"id":[]}`)); err != nil {
		t.Error(err)
	}
}

type shape interface{ area() float64 }

type square struct {
	Side float64 `json:"side"`
}

type group struct {
	Kind   string  `json:"kind"`
	Shapes []shape `json:"shapes"`
}

func (s square) area() float64 { return s.Side * s.Side }
func (g *group) area() (sum float64) {
	for _, s := range g.Shapes {
		sum += s.area()
	}
	return sum
}

func TestAUnionHoldsItsCases(t *testing.T) {
	set := payload.MustSet(payload.Event[shape]("shape"),
		payload.Union[shape]("kind", payload.Case[square]("square"), payload.Case[group]("group")))
	got, err := payload.Decode[shape](set, "shape",
		[]byte(`{"shapes":[{"side":2,"kind":"square"},{"kind":"gr\u006fup","shapes":[{"kind":"square","side":1}]}],"kind":"group"}`))
	want := &group{"group", []shape{square{2}, &group{"group", []shape{square{1}}}}}
	if err != nil || !reflect.DeepEqual(got, shape(want)) {
		t.Errorf("got %#v, %v", got, err)
	}
	if _, err := payload.Decode[shape](set, "shape", []byte(`{"kind":"circle"}`)); err == nil || !strings.Contains(err.Error(), "(enum)") {
		t.Error(err)
	}
}

// embedsUnexported cannot be filled by reflection, and not by encoding/json.
type embedsUnexported struct {
	*inner
	C string `json:"c,omitempty"`
}

func TestWhatReflectionMayNotSetIsTold(t *testing.T) {
	set := payload.MustSet(payload.Event[embedsUnexported]("e"))
	if got, err := payload.Decode[embedsUnexported](set, "e", []byte(`{"c":"x"}`)); err != nil || got.C != "x" || got.inner != nil {
		t.Error(got, err)
	}
	_, err := payload.Decode[embedsUnexported](set, "e", []byte(`{"a":"x"}`))
	if want := `payload: event "e": /a lies in a struct of payload_test.embedsUnexported that is embedded by a pointer and not exported: embed it without one (decode)`; text(err) != want {
		t.Error(err)
	}
}

func TestWhatUnmarshalersSayIsToldWithItsPath(t *testing.T) {
	data := strings.Replace(whole, `"hey"`, `"hey!"`, 1)
	_, err := payload.Decode[everything](decoded, "everything", []byte(data))
	if want := `payload: event "everything": /shout is loud already (decode)`; text(err) != want {
		t.Error(err)
	}
}
