package web_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"amalgam/hub/web"
)

// Whatever lies in the folder, a client gets a file in an encoding that it
// takes, the smallest, or in none.
func TestAClientGetsAFileInAnEncodingThatItTakes(t *testing.T) {
	zip := func(text string) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(text))
		_ = w.Close()
		return b.Bytes()
	}
	long := string(bytes.Repeat([]byte("a module "), 100))
	h, err := web.SDK("/sdk/", fstest.MapFS{
		"both.js":         {Data: []byte(long)},
		"both.js.gz":      {Data: zip(long)},
		"both.js.br":      {Data: []byte("br")},
		"packed.wasm.gz":  {Data: zip(long)},
		"packed.wasm.br":  {Data: []byte("br")},
		"short.js":        {Data: []byte("x")},
		"short.js.gz":     {Data: zip("x")},
		"damaged.wasm.gz": {Data: []byte("no gzip")},
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, accept, encoding, body string }{
		{"both.js", "gzip, br", "br", "br"},
		{"both.js", "gzip", "gzip", string(zip(long))},
		{"both.js", "br;q=0", "", long},
		{"packed.wasm", "gzip, br", "br", "br"},
		{"packed.wasm", "gzip", "gzip", string(zip(long))},
		{"packed.wasm", "", "", long},
		{"packed.wasm", "identity", "", long},
		{"short.js", "gzip", "", "x"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/sdk/"+c.name, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding"); w.Code != http.StatusOK || got != c.encoding || w.Body.String() != c.body {
			t.Errorf("%s for %q: %d, encoding %q, %.40q; want %q, %.40q", c.name, c.accept, w.Code, got, w.Body, c.encoding, c.body)
		}
	}
	for name, want := range map[string]int{"packed.wasm.gz": 404, "nothing.js": 404, "damaged.wasm": 500} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/sdk/"+name, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", name, w.Code, want)
		}
	}
}
