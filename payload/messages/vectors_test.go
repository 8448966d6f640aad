package messages_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"amalgam/payload"
	"amalgam/payload/messages"
)

// vector is one payload and the verdict on it. The same file is run through
// the browser's module.
type vector struct {
	Name   string
	Event  string
	Data   string
	Base64 string // in place of Data, for bytes that are not UTF-8
	Issues []struct{ Path, Keyword, Message string }
}

func (v vector) data(t *testing.T) []byte {
	if v.Base64 == "" {
		return []byte(v.Data)
	}
	data, err := base64.StdEncoding.DecodeString(v.Base64)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func vectors(t *testing.T) []vector {
	file, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	if err := json.Unmarshal(file, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestVectorsGetTheirVerdicts(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			got := messages.Payloads.Validate(v.Event, v.data(t))
			if (got == nil) != (len(v.Issues) == 0) {
				t.Errorf("nil issues: %v, with %d expected", got == nil, len(v.Issues))
			}
			for i := range max(len(got), len(v.Issues)) {
				var is, want payload.Issue
				if i < len(got) {
					is = got[i]
				}
				if i < len(v.Issues) {
					want = payload.Issue(v.Issues[i])
				}
				if is != want {
					t.Errorf("issue %d\n got %+v\nwant %+v", i, is, want)
				}
			}
			byIndex := messages.Payloads.ValidateAt(messages.Payloads.Index(v.Event), v.data(t))
			if !reflect.DeepEqual(byIndex, got) {
				t.Errorf("ValidateAt says %v", byIndex)
			}
		})
	}
}

func TestVectorsCoverWhatTheyShould(t *testing.T) {
	valid, keywords, names := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, v := range vectors(t) {
		if names[v.Name] {
			t.Errorf("two vectors are named %q", v.Name)
		}
		names[v.Name] = true
		if len(v.Issues) == 0 {
			valid[v.Event] = true
		}
		for _, issue := range v.Issues {
			keywords[issue.Keyword] = true
		}
	}
	for _, event := range messages.Payloads.Names() {
		if !valid[event] {
			t.Errorf("no vector of %s holds", event)
		}
	}
	for _, keyword := range []string{"syntax", "trailing", "depth", "utf8", "duplicate", "type", "required", "minLength", "maxLength", "enum", "format"} {
		if !keywords[keyword] {
			t.Errorf("no vector has a fault of %s", keyword)
		}
	}
	if len(names) < 120 {
		t.Errorf("%d vectors are too few", len(names))
	}
}
