package typescript_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalgam/payload/typescript"
)

// A property has the comment of the field that encoding/json writes as it.
func TestTheCommentIsThatOfTheFieldThatCounts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.go")
	if err := os.WriteFile(file, []byte(`package p

type T struct {
	name string // of nobody else's concern
	Outer
	Beside
	Deep string `+"`json:\"deep\"`"+` // told
	Name string `+"`json:\"name\"`"+` // told
	Gone string `+"`json:\"-\"`"+` // not told
	In   map[string]struct {
		A int // told
	}
	Dash string `+"`json:\"-,\"`"+` // told
}

type Outer struct {
	Inner
	Deep string `+"`json:\"deep\"`"+` // hidden
}

type Inner struct {
	Level string `+"`json:\"level\"`"+` // hidden
}

type Beside struct {
	Level string `+"`json:\"level\"`"+` // told
}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &typescript.Comments{}
	if err := c.Read("example.com/p", file); err != nil {
		t.Fatal(err)
	}
	c.Define("T", "example.com/p", "T")
	text, err := typescript.Declarations([]byte(`{"properties":{"t":{"$ref":"#/$defs/T"}},"$defs":{"T":{"type":"object","properties":{"name":{},"deep":{},"level":{},"-":{},"In":{"type":"object","additionalProperties":{"type":"object","properties":{"A":{}}}}}}}}`), typescript.Options{Comments: c})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text); strings.Count(got, "/** told */\n") != 5 {
		t.Errorf("not each property is told as its field is:\n%s", got)
	}
}
