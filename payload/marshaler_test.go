//go:build !js

package payload_test

import (
	"strings"
	"testing"
	"time"
)

type marshals struct{ A string }

func (*marshals) MarshalText() ([]byte, error) { return nil, nil }

func TestTypesThatWriteTheirOwnJSONAreRefused(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"an embedded time", build[struct{ time.Time }](), `writes its own JSON or text`},
		{"a type that marshals through its pointer", build[struct{ A marshals }](), `.A: type payload_test.marshals writes its own JSON or text`},
		{"a map with keys that write themselves", build[struct{ A map[word]int }](), `.A: type map[payload_test.word]int has keys that are not plain strings: use map[string]…`},
	} {
		if !strings.Contains(c.got, c.want) || strings.Contains(c.got, "\n") {
			t.Errorf("%s:\n got %s\nwant %s", c.name, c.got, c.want)
		}
	}
}

type word string

func (word) MarshalText() ([]byte, error) { return nil, nil }
