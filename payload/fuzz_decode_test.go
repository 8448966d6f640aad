package payload_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"amalgam/payload"
)

// FuzzDecodeAgreesWithEncodingJSON holds decoded values against those of
// encoding/json. What holds and can be decoded is the same there, but for what
// the documentation of Decode says; what cannot be decoded is refused there, too.
func FuzzDecodeAgreesWithEncodingJSON(f *testing.F) {
	for _, d := range documentsOf {
		f.Add([]byte(d.data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, event := range decoded.Names() {
			issues := decoded.Validate(event, data)
			ours, theirs, err, theirErr := bothWays(event, data)
			var invalid *payload.InvalidError
			switch {
			case len(issues) > 0:
				if !errors.As(err, &invalid) || !reflect.DeepEqual(invalid.Issues, issues) {
					t.Errorf("%s %q: Decode says %v, Validate %v", event, data, err, issues)
				}
			case err != nil:
				if !errors.As(err, &invalid) || theirErr == nil {
					t.Errorf("%s %q: %v, and encoding/json takes it", event, data, err)
				}
				for _, issue := range invalid.Issues {
					if issue.Keyword != "decode" {
						t.Errorf("%s %q: %v", event, data, issue)
					}
				}
			case otherCase(t, data):
			case theirErr != nil:
				if !stricter(theirErr) {
					t.Errorf("%s %q: encoding/json says %v", event, data, theirErr)
				}
			case !reflect.DeepEqual(ours, theirs):
				t.Errorf("%s %q:\n got %#v\nwant %#v", event, data, ours, theirs)
			}
		}
	})
}

// stricter reports whether an error of encoding/json is about a whole number
// written with a point or an exponent, or a time written otherwise.
func stricter(err error) bool {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return strings.HasPrefix(wrong.Value, "number ") && strings.ContainsAny(wrong.Value, ".eE")
	}
	return strings.Contains(err.Error(), "parsing time") || strings.Contains(err.Error(), "Time.UnmarshalJSON")
}

// otherCase reports whether a name in data is one of the declared names but for
// its case, which encoding/json would take for it.
func otherCase(t *testing.T, data []byte) bool {
	names := strings.Fields("a b deep mid named bool i8 i64 u64 u f32 f64 level time times number raw bytes pair matrix map null deeper structs tree shout halved Upper name children byName next")
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			return false
		}
		text, ok := token.(string) // also where it is no name: that is rare enough
		for _, name := range append(names, "o/d~d é") {
			if ok && text != name && strings.EqualFold(text, name) {
				return true
			}
		}
	}
}
