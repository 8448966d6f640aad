package web_test

import (
	"errors"
	"net/http/httptest"
	"testing"

	"amalgam/hub/web"
)

func TestHealthSaysWhyInTheFormThatIsAskedFor(t *testing.T) {
	full := errors.New("there is no room")
	for _, c := range []struct {
		accept string
		err    error
		status int
		body   string
	}{
		{"", nil, 200, "ok\n"},
		{"*/*", full, 503, "there is no room\n"},
		{"application/json", nil, 200, `{"status":"ok"}` + "\n"},
		{"text/html, application/json;q=0.9", full, 503, `{"status":"unavailable","reason":"there is no room"}` + "\n"},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/readyz", nil)
		r.Header.Set("Accept", c.accept)
		web.Health(func() error { return c.err }).ServeHTTP(w, r)
		if w.Code != c.status || w.Body.String() != c.body {
			t.Errorf("Accept %q, %v: %d %q, want %d %q", c.accept, c.err, w.Code, w.Body, c.status, c.body)
		}
	}
}
