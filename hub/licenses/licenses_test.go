package licenses

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"testing/fstest"
)

func packed(t *testing.T, text string) fstest.MapFS {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"built/notices.txt.gz": {Data: b.Bytes()}}
}

func TestTheNoticesAreThoseOfTheModulesOrOutOfDate(t *testing.T) {
	files := packed(t, "\na.example/m v1.2.3\nb.example/m v1.0.0\n\nMIT\n")
	for _, c := range []struct {
		modules []string
		fault   string
	}{
		{[]string{"a.example/m v1.2.3", "b.example/m v1.0.0"}, ""},
		{[]string{"a.example/m v1.2.4"}, "without a.example/m v1.2.4: run `make build`"},
		{[]string{"a.example/m v1.2"}, "without a.example/m v1.2: run `make build`"},
		{[]string{"c.example/m v1.0.0"}, "without c.example/m v1.0.0: run `make build`"},
	} {
		text, err := read(files, c.modules)
		switch {
		case c.fault == "" && (err != nil || !strings.HasSuffix(text, "MIT\n")):
			t.Errorf("%v: %q, %v", c.modules, text, err)
		case c.fault != "" && (err == nil || !strings.HasSuffix(err.Error(), c.fault)):
			t.Errorf("%v: %v, want %q", c.modules, err, c.fault)
		}
	}
}

func TestABinaryWithoutNoticesSaysHowToCollectThem(t *testing.T) {
	text, err := built.ReadFile("built/NOT-BUILT.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, err = read(fstest.MapFS{"built/NOT-BUILT.txt": {Data: text}}, nil)
	if err == nil || !strings.Contains(err.Error(), "Run `make build`") {
		t.Errorf("%v", err)
	}
}
