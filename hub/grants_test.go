package hub_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub/hubtest"
)

func TestARememberedTokenIsHeldToWhatItsVerdictRestsOn(t *testing.T) {
	h := startDraft1(t, nil)
	form := url.Values{"topic": {"a"}}
	exp := time.Now().Add(1500 * time.Millisecond)
	short := hubtest.Sign(t, hubtest.PublisherSecret, jwt.MapClaims{"exp": exp.Unix(), "mercure": map[string]any{"publish": []string{"a"}}})
	for range 3 {
		if resp, body := h.Post(t, short, form); resp.StatusCode != 200 && time.Now().Before(exp.Truncate(time.Second)) {
			t.Fatalf("a sound token: %s %s", resp.Status, body)
		}
	}
	if resp, _ := h.Post(t, short, url.Values{"topic": {"b"}}); resp.StatusCode == 200 {
		t.Error("a remembered token publishes to a topic that it does not cover")
	}
	if resp, _ := h.Do(t, "GET", h.URL+"?topic=a", hubtest.Bearer(short), ""); resp.StatusCode != 401 {
		t.Errorf("a publisher's token, remembered, as a subscriber's: %s, want 401", resp.Status)
	}
	access := accessToken(t, h, hubtest.PublisherSecret, []any{detail("publish", exact("a"))}, nil)
	header := http.Header{"Authorization": {"Bearer " + access}, "Content-Type": {"application/x-www-form-urlencoded"}}
	if resp, body := h.Do(t, "POST", h.URL, header, "topic=a"); resp.StatusCode != 200 {
		t.Fatalf("a sound access token: %s %s", resp.Status, body)
	}
	header.Set("X-Forwarded-Proto", "https") // another name, another audience
	if resp, _ := h.Do(t, "POST", h.URL, header, "topic=a"); resp.StatusCode != 401 {
		t.Errorf("an access token, remembered, under another name: %s, want 401", resp.Status)
	}
	if resp, _ := h.Do(t, "GET", h.URL+"?topic=a&authorization="+access, nil, ""); resp.StatusCode != 400 {
		t.Errorf("an access token, remembered, in a URL: %s, want 400", resp.Status)
	}
	time.Sleep(time.Until(exp.Truncate(time.Second).Add(1100 * time.Millisecond)))
	if resp, _ := h.Post(t, short, form); resp.StatusCode != 401 {
		t.Errorf("an expired token, remembered: %s, want 401", resp.Status)
	}
}
