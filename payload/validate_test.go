package payload_test

import (
	"strings"
	"testing"

	"amalgam/payload"
)

// verdict judges data as a T and writes the issues in one line:
// path keyword message, parted by semicolons.
func verdict[T any](t *testing.T, data string) string {
	t.Helper()
	set, err := payload.NewSet(payload.Event[T]("e"))
	if err != nil {
		t.Fatal(err)
	}
	return told(set.Validate("e", []byte(data)))
}

func told(issues []payload.Issue) string {
	var list []string
	for _, issue := range issues {
		list = append(list, strings.TrimSpace(issue.Path+" "+issue.Keyword)+": "+issue.Message)
	}
	return strings.Join(list, "; ")
}

type constrained struct {
	Small    int8              `json:"small,omitempty" minimum:"-5"`
	Count    uint64            `json:"count,omitempty"`
	Score    float64           `json:"score,omitempty" minimum:"-0.5" maximum:"1e2"`
	Code     int               `json:"code,omitempty" enum:"1,20,300"`
	Ratio    float32           `json:"ratio,omitempty" enum:"0.5,1"`
	OK       bool              `json:"ok,omitempty"`
	Slug     string            `json:"slug,omitempty" pattern:"^[a-z]+(-[a-z]+)*$"`
	UUID     string            `json:"uuid,omitempty" format:"uuid"`
	Email    string            `json:"email,omitempty" format:"email"`
	Tags     []string          `json:"tags,omitempty" minItems:"1" maxItems:"2"`
	Pair     [2]int            `json:"pair,omitempty"`
	Labels   map[string]int    `json:"labels,omitempty"`
	Maybe    *string           `json:"maybe" minLength:"1"`
	Absent   *int              `json:"absent,omitempty"`
	Zero     int               `json:"zero,omitzero"`
	Level    *string           `json:"level" enum:"low,high"`
	Pointers []*int            `json:"pointers,omitempty"`
	Deep     map[string][]bool `json:"deep,omitempty"`
	Hidden   string            `json:"-" minLength:"x"`
	Dash     int               `json:"-,omitempty"`
	private  int
}

func TestEachConstraintIsJudged(t *testing.T) {
	_ = constrained{}.private
	const slug = `/slug pattern: must match the pattern ^[a-z]+(-[a-z]+)*$`
	for _, c := range []struct{ name, data, want string }{
		{"everything optional may be absent", `{}`, ``},
		{"an integer at its bounds holds", `[-5,127]`, `type: must be an object, is an array`},
		{"a minimum holds at its value", `{"small":-5}`, ``},
		{"a minimum is broken below it", `{"small":-6}`, `/small minimum: must be at least -5`},
		{"the bound of the type holds at its value", `{"small":127}`, ``},
		{"the bound of the type is broken above it", `{"small":128}`, `/small maximum: must be at most 127`},
		{"an unsigned integer is not negative", `{"count":-1}`, `/count minimum: must be at least 0`},
		{"minus zero is zero", `{"count":-0}`, ``},
		{"the greatest uint64 holds exactly", `{"count":18446744073709551615}`, ``},
		{"one more than the greatest uint64 does not", `{"count":18446744073709551616}`, `/count maximum: must be at most 18446744073709551615`},
		{"the greatest uint64 holds with a fraction of zero", `{"count":18446744073709551615.000}`, ``},
		{"an integer may be written with a point", `{"count":10.0}`, ``},
		{"an integer may be written with an exponent", `{"count":1.5e1}`, ``},
		{"an integer may be written with a negative exponent", `{"count":1500e-2}`, ``},
		{"an integer has no fraction", `{"count":1.5}`, `/count type: must be a whole number, has a fraction`},
		{"an integer has no fraction behind an exponent", `{"count":15e-1}`, `/count type: must be a whole number, has a fraction`},
		{"a fraction below zero is a fraction first", `{"count":-0.5}`, `/count type: must be a whole number, has a fraction`},
		{"zero with any exponent is an integer", `{"count":0e-999999999999999999999}`, ``},
		{"an exponent beyond everything is too much", `{"count":1e99999999999999999999}`, `/count maximum: must be at most 18446744073709551615`},
		{"an exponent below everything is a fraction", `{"count":1e-99999999999999999999}`, `/count type: must be a whole number, has a fraction`},
		{"a string is not an integer", `{"count":"1"}`, `/count type: must be a whole number, is a string`},
		{"a float holds at its bounds", `{"score":-0.5,"ratio":1.0}`, ``},
		{"a float holds at a bound written otherwise", `{"score":100.00}`, ``},
		{"a float is judged by its digits, not rounded", `{"score":100.00000000000000000000000001}`, `/score maximum: must be at most 1e2`},
		{"a float is judged by its digits below as well", `{"score":-0.50000000000000000000000001}`, `/score minimum: must be at least -0.5`},
		{"a number beyond every float is compared", `{"score":1e400}`, `/score maximum: must be at most 1e2`},
		{"a boolean is not a number", `{"score":true}`, `/score type: must be a number, is a boolean`},
		{"an enum of integers takes its values", `{"code":20}`, ``},
		{"an enum of integers takes them however written", `{"code":3e2}`, ``},
		{"an enum of integers takes no others", `{"code":2}`, `/code enum: must be one of 1, 20, 300`},
		{"an enum of floats compares values", `{"ratio":5e-1}`, ``},
		{"an enum of floats takes no others", `{"ratio":0.51}`, `/ratio enum: must be one of 0.5, 1`},
		{"booleans hold", `{"ok":true}`, ``},
		{"a number is not a boolean", `{"ok":0}`, `/ok type: must be a boolean, is a number`},
		{"a pattern holds", `{"slug":"a-b-c"}`, ``},
		{"a pattern holds once unescaped", `{"slug":"\u0061-b"}`, ``},
		{"a pattern is broken", `{"slug":"a--b"}`, slug},
		{"a pattern is broken once unescaped", `{"slug":"a\u002d"}`, slug},
		{"a UUID holds in either case", `{"uuid":"123e4567-E89B-12d3-a456-426614174000"}`, ``},
		{"a UUID has its hyphens in place", `{"uuid":"123e4567e89b-12d3-a456-426614174000-"}`, `/uuid format: must be a UUID such as 123e4567-e89b-12d3-a456-426614174000`},
		{"an email address holds", `{"email":"ada.l+x@mail.example.com"}`, ``},
		{"an email address needs a domain", `{"email":"ada@"}`, `/email format: must be an email address such as name@example.com`},
		{"an array at its bounds holds", `{"tags":["a","b"]}`, ``},
		{"an array is too short", `{"tags":[]}`, `/tags minItems: must have at least 1 item, has 0`},
		{"an array is too long", `{"tags":["a","b","c"]}`, `/tags maxItems: must have at most 2 items, has 3`},
		{"an element is told by its index", `{"tags":["a",2]}`, `/tags/1 type: must be a string, is a number`},
		{"an array of fixed length holds", `{"pair":[1,2]}`, ``},
		{"an array of fixed length is too short", `{"pair":[1]}`, `/pair minItems: must have at least 2 items, has 1`},
		{"an array of fixed length is too long", `{"pair":[1,2,3]}`, `/pair maxItems: must have at most 2 items, has 3`},
		{"an object is not an array", `{"pair":{}}`, `/pair type: must be an array, is an object`},
		{"a map takes any name", `{"labels":{"a":1,"":2,"\u0000":3}}`, ``},
		{"the values of a map are judged", `{"labels":{"a/b":1,"c~d":"x"}}`, `/labels/c~0d type: must be a whole number, is a string`},
		{"a map has no name twice", `{"labels":{"a":1,"\u0061":2}}`, `/labels/a duplicate: stands twice in its object: keep one`},
		{"an array is not a map", `{"labels":[]}`, `/labels type: must be an object, is an array`},
		{"a pointer without omitempty may be null", `{"maybe":null,"level":null}`, ``},
		{"a pointer without omitempty is judged when it is not", `{"maybe":""}`, `/maybe minLength: must be at least 1 character long, has 0`},
		{"what may be null says so", `{"maybe":1}`, `/maybe type: must be a string or null, is a number`},
		{"an enum that may be null is judged when it is not", `{"level":"mid"}`, `/level enum: must be one of "low", "high", null`},
		{"a pointer with omitempty may not be null", `{"absent":null}`, `/absent type: must be a whole number, is null`},
		{"omitzero makes optional, not nullable", `{"zero":null}`, `/zero type: must be a whole number, is null`},
		{"pointers in an array may be null", `{"pointers":[1,null]}`, ``},
		{"values nest", `{"deep":{"a":[true,1],"b":2}}`, `/deep/a/1 type: must be a boolean, is a number; /deep/b type: must be an array, is a number`},
		{"a field json leaves out is undeclared", `{"Hidden":1,"private":"x"}`, ``},
		{"a field may be named by a dash", `{"-":"x"}`, `/- type: must be a whole number, is a string`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := verdict[constrained](t, c.data); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.data, got, c.want)
			}
		})
	}
}

func TestDocumentsNeedNotBeObjects(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{verdict[string](t, ` "x" `), ``},
		{verdict[string](t, `1`), `type: must be a string, is a number`},
		{verdict[int16](t, `-32769`), `minimum: must be at least -32768`},
		{verdict[[]int](t, `[1,2,"3"]`), `/2 type: must be a whole number, is a string`},
		{verdict[*bool](t, `null`), ``},
		{verdict[map[string]string](t, `{"a":"b"}`), ``},
		{verdict[float64](t, `1e400`), ``},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestIntegersAreBoundedByWhatTheirTypeHolds(t *testing.T) {
	for _, c := range []struct {
		verdict             func(t *testing.T, data string) string
		below, least        string
		greatest, andBeyond string
	}{
		{verdict[int8], "-129", "-128", "127", "128"},
		{verdict[int16], "-32769", "-32768", "32767", "32768"},
		{verdict[int32], "-2147483649", "-2147483648", "2147483647", "2147483648"},
		{verdict[int64], "-9223372036854775809", "-9223372036854775808", "9223372036854775807", "9223372036854775808"},
		{verdict[int], "-9223372036854775809", "-9223372036854775808", "9223372036854775807", "9223372036854775808"},
		{verdict[uint8], "-1", "0", "255", "256"},
		{verdict[uint16], "-1", "0", "65535", "65536"},
		{verdict[uint32], "-1", "0", "4294967295", "4294967296"},
		{verdict[uint64], "-1", "0", "18446744073709551615", "18446744073709551616"},
		{verdict[uint], "-1", "0", "18446744073709551615", "18446744073709551616"},
		{verdict[uintptr], "-1", "0", "18446744073709551615", "18446744073709551616"},
	} {
		if got, want := c.verdict(t, c.below), "minimum: must be at least "+c.least; got != want {
			t.Errorf("%s: got %q, want %q", c.below, got, want)
		}
		if got, want := c.verdict(t, c.andBeyond), "maximum: must be at most "+c.greatest; got != want {
			t.Errorf("%s: got %q, want %q", c.andBeyond, got, want)
		}
		if got := c.verdict(t, c.least) + c.verdict(t, c.greatest); got != "" {
			t.Errorf("%s or %s: %s", c.least, c.greatest, got)
		}
	}
}

type Base struct {
	ID   string `json:"id"`
	Kind string
}

type Extra struct {
	Note string `json:"note"`
}

type hiddenBase struct {
	Shown string `json:"shown"`
}

type Word string

type tagged struct {
	X string `json:"Kind"`
}

type embedding struct {
	Base
	*Extra
	hiddenBase
	Word
	Named Extra `json:"named"`
	ID    int   `json:"id"` // hides the id of Base
}

func TestEmbeddedStructsFollowTheRulesOfEncodingJSON(t *testing.T) {
	const whole = `{"id":1,"Kind":"a","note":"b","shown":"c","Word":"d","named":{"note":"e"}}`
	for _, c := range []struct{ name, data, want string }{
		{"fields of embedded structs stand beside the others", whole, ``},
		{"the field embedded less deeply has the name", strings.Replace(whole, `1`, `"1"`, 1), `/id type: must be a whole number, is a string`},
		{"fields of an embedded pointer may all be absent", strings.Replace(whole, `"note":"b",`, ``, 1), ``},
		{"fields of an embedded pointer are judged when present", strings.Replace(whole, `"b"`, `2`, 1), `/note type: must be a string, is a number`},
		{"the order of required fields is that of declaration", `{}`, `required: is required: add "Kind"; required: is required: add "shown"; required: is required: add "Word"; required: is required: add "named"; required: is required: add "id"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := verdict[embedding](t, c.data); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.data, got, c.want)
			}
		})
	}
	t.Run("of two names equally deep the one from a tag counts", func(t *testing.T) {
		type both struct {
			Base
			tagged
		}
		if got, want := verdict[both](t, `{"id":"1"}`), `required: is required: add "Kind"`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// wide has more properties than are compared in turn.
type wide struct {
	A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P int
}

func TestAStructOfManyFieldsIsJudgedLikeASmallOne(t *testing.T) {
	const all = `{"P":1,"A":1,"B":1,"C":1,"D":1,"E":1,"F":1,"G":1,"H":1,"I":1,"J":1,"K":1,"L":1,"M":1,"N":1,"O":1`
	for data, want := range map[string]string{
		all + `}`:             ``,
		all + `,"Q":1}`:       ``,
		all + `,"Q":1,"A":1}`: `/A duplicate: stands twice in its object: keep one`,
		all + `,"\u0041":1}`:  `/A duplicate: stands twice in its object: keep one`,
		strings.Replace(all, `"P"`, `"Q"`, 1) + `}`: `required: is required: add "P"`,
	} {
		if got := verdict[wide](t, data); got != want {
			t.Errorf("%s\n got %s\nwant %s", data, got, want)
		}
	}
}

func TestValidPayloadsCostNoAllocation(t *testing.T) {
	set := payload.MustSet(payload.Event[constrained]("e"))
	data := []byte(`{"small":1,"count":18446744073709551615,"score":1.5e1,"code":20,"ok":true,"slug":"a-\u0062",` +
		`"uuid":"123e4567-e89b-12d3-a456-426614174000","email":"a\u0040b.c","tags":["x"],"pair":[1,2],"labels":{"\u0061":1,"b":2},` +
		`"maybe":"` + strings.Repeat("é😀x", 200) + `","undeclared":{"a":[[[{}]]],"b":null}}`)
	if issues := set.Validate("e", data); issues != nil {
		t.Fatal(issues)
	}
	if n := testing.AllocsPerRun(100, func() { set.Validate("e", data) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNoDataIsChangedOrKept(t *testing.T) {
	set := payload.MustSet(payload.Event[constrained]("e"))
	data := []byte(`{"sl\u0075g":"A","labels":{"k\u0065y":"x"}}`)
	before := string(data)
	issues := set.Validate("e", data)
	if string(data) != before {
		t.Error("the data was written to")
	}
	clear(data)
	if len(issues) != 2 || issues[0].Path != "/slug" || issues[1].Path != "/labels/key" {
		t.Errorf("issues look into the data: %v", issues)
	}
}
