package hub_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/eventlog/memory"
	"amalgam/hub/hubtest"

	"github.com/golang-jwt/jwt/v5"
)

// BenchmarkPublish is all of a publish but the network and the disk: routes,
// form, a token that is known, grant, log, answer.
func BenchmarkPublish(b *testing.B) {
	h, err := hub.New(hub.Config{
		Log:           memory.New(memory.Options{}),
		PublisherKeys: []*auth.Key{hubtest.Key(b, "HS256", hubtest.PublisherSecret)},
		Anonymous:     true,
	})
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close(b.Context())
	token := hubtest.Sign(b, hubtest.PublisherSecret, jwt.MapClaims{"mercure": map[string]any{"publish": []string{"*"}}})
	body := url.Values{"topic": {"https://example.com/books/1"}, "type": {"chat"}, "data": {strings.Repeat("x", 150)}}.Encode()
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, hub.DefaultPath, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("%d: %s", w.Code, w.Body)
		}
	}
}
