package messages_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"amalgam/payload/messages"
)

var update = flag.Bool("update", false, "write testdata/schema.json anew")

func TestTheJSONSchemaIsTheOneOnFile(t *testing.T) {
	got := messages.Payloads.JSONSchema()
	if *update {
		if err := os.WriteFile("testdata/schema.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the schema differs from testdata/schema.json; if it should, run\n\tgo test ./payload/messages -update\nIt is now:\n%s", got)
	}
}

// schema is as much of JSON Schema as the events use, read by encoding/json.
type schema struct {
	Ref        string `json:"$ref"`
	Type       string
	Properties map[string]schema
	Required   []string
	MinLength  int
	MaxLength  *int
	Enum       []string
	Format     string
}

// judge is a second validator, slow and plain, that knows nothing of the first.
// It returns "path keyword" for each fault; format it takes as an annotation.
func (s schema) judge(defs map[string]schema, path string, value any) (faults []string) {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		return defs[name].judge(defs, path, value)
	}
	switch v := value.(type) {
	case string:
		if s.Type != "string" {
			return []string{path + " type"}
		}
		length := utf8.RuneCountInString(v)
		if length < s.MinLength {
			faults = append(faults, path+" minLength")
		}
		if s.MaxLength != nil && length > *s.MaxLength {
			faults = append(faults, path+" maxLength")
		}
		if s.Enum != nil && !slices.Contains(s.Enum, v) {
			faults = append(faults, path+" enum")
		}
	case map[string]any:
		if s.Type != "object" {
			return []string{path + " type"}
		}
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				faults = append(faults, path+" required "+strconv.Quote(name))
			}
		}
		for name, property := range s.Properties {
			if member, ok := v[name]; ok {
				faults = append(faults, property.judge(defs, path+"/"+name, member)...)
			}
		}
	default:
		faults = append(faults, path+" type")
	}
	return faults
}

// TestVectorsAgreeWithTheJSONSchema judges every vector that is clean JSON by
// the document JSONSchema writes, so that neither it nor the vectors can drift
// from what the hub does.
func TestVectorsAgreeWithTheJSONSchema(t *testing.T) {
	var document struct {
		Properties map[string]schema `json:"properties"`
		Defs       map[string]schema `json:"$defs"`
	}
	if err := json.Unmarshal(messages.Payloads.JSONSchema(), &document); err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, v := range vectors(t) {
		events, ok := document.Properties[v.Event]
		if ok != messages.Payloads.Has(v.Event) {
			t.Fatalf("properties has %q: %v", v.Event, ok)
		}
		var want []string
		clean := ok
		for _, issue := range v.Issues {
			switch issue.Keyword {
			case "syntax", "trailing", "depth", "utf8", "duplicate":
				clean = false
			case "format":
				// judged by the tests of package payload
			case "required":
				_, name, _ := strings.Cut(issue.Message, "add ")
				want = append(want, issue.Path+" required "+name)
			default:
				want = append(want, issue.Path+" "+issue.Keyword)
			}
		}
		if !clean {
			continue
		}
		judged++
		decoder := json.NewDecoder(bytes.NewReader(v.data(t)))
		decoder.UseNumber() // 1e400 is a number
		var value any
		if err := decoder.Decode(&value); err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		got := events.judge(document.Defs, "", value)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\nby the schema %q\nby the vector %q", v.Name, got, want)
		}
	}
	if judged < 100 {
		t.Errorf("only %d vectors were judged", judged)
	}
}
