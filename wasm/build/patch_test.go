package build

import (
	"strings"
	"testing"
)

func TestAnEditKeepsTheLinesBehindIt(t *testing.T) {
	p := patch{"f.go", []edit{{"two\nthree\nfour\n", "2\n"}, {"five", "5"}}}
	got, err := p.apply("one\ntwo\nthree\nfour\nfive\n")
	if want := "one\n2\n\n\n5\n"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestAnEditNeedsItsOnePlace(t *testing.T) {
	p := patch{"f.go", []edit{{"two", "2"}}}
	for _, text := range []string{"one three", "two two"} {
		if got, err := p.apply(text); err == nil || !strings.Contains(err.Error(), "f.go has") {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	}
}

func TestNoEditMovesTheLinesBehindIt(t *testing.T) {
	for _, p := range append(safejsPatches, runtimePatches...) {
		for _, e := range p.edits {
			if strings.Count(e.new, "\n") > strings.Count(e.old, "\n") {
				t.Errorf("%s: the edit adds lines:\n%s", p.file, e.new)
			}
		}
	}
}
