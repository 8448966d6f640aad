package hub_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/hubtest"
)

// wantRefusal checks status and rule of a refusal by a hub that explains.
func wantRefusal(t *testing.T, name string, resp *http.Response, body string, status int, rule string) {
	t.Helper()
	var p struct{ Rule, Detail, Request string }
	if err := json.Unmarshal([]byte(body), &p); err != nil || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: %s, body %q, want a problem document", name, resp.Status, body)
		return
	}
	if resp.StatusCode != status || p.Rule != rule {
		t.Errorf("%s: %d %s (%s), want %d %s", name, resp.StatusCode, p.Rule, p.Detail, status, rule)
	}
	if p.Detail == "" || p.Request == "" || p.Request != resp.Header.Get("X-Request-Id") {
		t.Errorf("%s: the refusal lacks a reason or its request's id: %s", name, body)
	}
}

func TestPublishRefusals(t *testing.T) {
	h := hubtest.Start(t, nil)
	all := hubtest.PublisherToken(t, "*")
	for _, c := range []struct {
		name   string
		token  string
		form   url.Values
		status int
		rule   string
	}{
		{"no token", "", url.Values{"topic": {"a"}}, 401, "token-missing"},
		{"garbage", "x.y.z", url.Values{"topic": {"a"}}, 401, "token-malformed"},
		{"the subscribers' key", hubtest.Sign(t, hubtest.SubscriberSecret, jwt.MapClaims{"mercure": map[string]any{"publish": []string{"*"}}}), url.Values{"topic": {"a"}}, 401, "token-invalid"},
		{"an expired token", hubtest.Sign(t, hubtest.PublisherSecret, jwt.MapClaims{"exp": 1, "mercure": map[string]any{"publish": []string{"*"}}}), url.Values{"topic": {"a"}}, 401, "token-expired"},
		{"a token of another type", withTyp(t, "secevent+jwt"), url.Values{"topic": {"a"}}, 401, "token-typ"},
		{"a token that publishes nothing", hubtest.PublisherToken(t), url.Values{"topic": {"a"}}, 403, "token-publishes-nothing"},
		{"a topic not granted", hubtest.PublisherToken(t, "b", "c/{id}"), url.Values{"topic": {"b", "a"}}, 403, "topic-not-granted"},
		{"no topic", all, url.Values{"data": {"x"}}, 400, "topic-missing"},
		{"an empty topic", all, url.Values{"topic": {""}}, 400, "topic-empty"},
		{"a line break in the topic", all, url.Values{"topic": {"a\nb"}}, 400, "topic-control"},
		{"a line break in the id", all, url.Values{"topic": {"a"}, "id": {"a\nb"}}, 400, "id-control"},
		{"a NUL in the type", all, url.Values{"topic": {"a"}, "type": {"a\x00b"}}, 400, "type-control"},
		{"an id with #", all, url.Values{"topic": {"a"}, "id": {"#1"}}, 400, "id-fragment"},
		{"the reserved id", all, url.Values{"topic": {"a"}, "id": {"earliest"}}, 400, "id-reserved"},
		{"a retry that is no number", all, url.Values{"topic": {"a"}, "retry": {"-1"}}, 400, "retry-digits"},
		{"data that is not UTF-8", all, url.Values{"topic": {"a"}, "data": {"\xff"}}, 400, "data-utf8"},
		{"the reserved path", all, url.Values{"topic": {"/.well-known/mercure/subscriptions/a/b"}}, 403, "topic-reserved"},
		{"the reserved path on another host", all, url.Values{"topic": {"a", "https://example.com/.well-known/mercure"}}, 403, "topic-reserved"},
		{"the reserved path, escaped", all, url.Values{"topic": {"/.well-known/%6Dercure/subscriptions/a"}}, 403, "topic-reserved"},
		{"the reserved path by dot segments", all, url.Values{"topic": {"/.well-known/x/%2e%2E/mercure/a"}}, 403, "topic-reserved"},
		{"the reserved path, relative", all, url.Values{"topic": {"mercure"}}, 403, "topic-reserved"},
		{"too many topics", all, url.Values{"topic": make([]string, 1001)}, 400, "topic-count"},
		{"a body over the limit", all, url.Values{"topic": {"a"}, "data": {strings.Repeat("x", 1<<20)}}, 413, "body-length"},
	} {
		resp, body := h.Post(t, c.token, c.form)
		wantRefusal(t, c.name, resp, body, c.status, c.rule)
	}
	resp, body := h.Do(t, "POST", h.URL, http.Header{"Authorization": {"Bearer " + all}, "Content-Type": {"application/json"}}, "{}")
	wantRefusal(t, "JSON", resp, body, 415, "content-type")
	resp, body = h.Do(t, "DELETE", h.URL, nil, "")
	wantRefusal(t, "DELETE", resp, body, 405, "method")

	// Nothing that was refused was kept, and near misses are taken.
	for _, topic := range []string{"/.well-known/mercury", "/.well-known/mercure%2Fa", "https://example.com/x?/.well-known/mercure", "urn:mercure"} {
		h.Send(t, "topic", topic, "data", topic, "unknown", "ignored")
	}
	s := h.Subscribe(t, "topic=*&lastEventID=earliest", nil)
	s.Want(t, "/.well-known/mercury", "/.well-known/mercure%2Fa", "https://example.com/x?/.well-known/mercure", "urn:mercure")
}

func withTyp(t *testing.T, typ string) string {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"mercure": map[string]any{"publish": []string{"*"}}})
	token.Header["typ"] = typ
	s, err := token.SignedString([]byte(hubtest.PublisherSecret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSubscribeRefusals(t *testing.T) {
	h := hubtest.Start(t, func(c *hub.Config) { c.Anonymous = false })
	good := hubtest.Bearer(hubtest.SubscriberToken(t))
	for _, c := range []struct {
		name, query string
		header      http.Header
		status      int
		rule        string
	}{
		{"no topic", "", good, 400, "topic-missing"},
		{"an empty query name", "=a&&", good, 400, "topic-missing"},
		{"no token", "topic=a", nil, 401, "token-missing"},
		{"an empty token", "topic=a&authorization=", nil, 401, "token-presented"},
		{"a token too long", "topic=a", hubtest.Bearer(strings.Repeat("x", 17<<10)), 401, "token-malformed"},
		{"the publishers' key", "topic=a", hubtest.Bearer(hubtest.PublisherToken(t, "*")), 401, "token-invalid"},
		{"a selector too long", "topic=" + strings.Repeat("x", 4097), good, 400, "selector-length"},
		{"too many selectors", strings.Repeat("topic=a&", 1001), good, 400, "topic-count"},
		{"topics with another value", "topic=a&topics=yes", good, 400, "topics-value"},
	} {
		resp, body := h.Do(t, "GET", h.URL+"?"+c.query, c.header, "")
		wantRefusal(t, c.name, resp, body, c.status, c.rule)
	}
}

func TestAHubThatDoesNotExplainGivesOnlyTheRequestsID(t *testing.T) {
	h := hubtest.Start(t, func(c *hub.Config) { c.Explain = false })
	resp, body := h.Post(t, "", url.Values{"topic": {"a"}})
	if want := "Unauthorized (request " + resp.Header.Get("X-Request-Id") + ")\n"; resp.StatusCode != 401 || body != want {
		t.Errorf("%s %q, want 401 %q", resp.Status, body, want)
	}
}

func TestPublishingWithACookieNeedsAnOriginThatMay(t *testing.T) {
	origins, err := auth.ParseOrigins([]string{"https://*.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	h := hubtest.Start(t, func(c *hub.Config) { c.PublishOrigins = origins })
	for origin, want := range map[string]int{
		"":                            403,
		"https://evil-example.com":    403,
		"https://example.com":         403,
		"https://a.b.example.com":     403,
		"http://app.example.com":      403,
		"https://app.example.com":     200,
		"https://app.example.com:444": 403,
		h.Base:                        200,
		"null":                        403,
	} {
		header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {"mercureAuthorization=" + hubtest.PublisherToken(t, "*")}}
		if origin != "" {
			header.Set("Origin", origin)
		}
		if resp, body := h.Do(t, "POST", h.URL, header, "topic=a"); resp.StatusCode != want {
			t.Errorf("Origin %q: %s %s, want %d", origin, resp.Status, body, want)
		}
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {"mercureAuthorization=" + hubtest.PublisherToken(t, "*")}, "Referer": {h.Base + "/page?x"}}
	if resp, body := h.Do(t, "POST", h.URL, header, "topic=a"); resp.StatusCode != 200 {
		t.Errorf("Referer of the hub's own origin: %s %s, want 200", resp.Status, body)
	}
}

func TestCORSHeaders(t *testing.T) {
	parse := func(list ...string) auth.Origins {
		o, err := auth.ParseOrigins(list)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	for _, c := range []struct {
		name               string
		origins            auth.Origins
		origin             string
		allow, credentials string
	}{
		{"a listed origin", parse("https://a.example"), "https://a.example", "https://a.example", "true"},
		{"an unlisted origin", parse("https://a.example"), "https://b.example", "", ""},
		{"a suffix", parse("https://*.example.com"), "https://evil-example.com", "", ""},
		{"any origin, never with credentials", parse("*"), "https://b.example", "*", ""},
		{"no list", auth.Origins{}, "https://a.example", "", ""},
	} {
		h := hubtest.Start(t, func(cfg *hub.Config) { cfg.CORSOrigins = c.origins })
		for _, header := range []http.Header{
			{"Origin": {c.origin}},
			{"Origin": {c.origin}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"authorization"}},
		} {
			method, url := "HEAD", h.URL+"?topic=a"
			preflight := len(header) > 1
			if preflight {
				method = "OPTIONS"
			}
			resp, _ := h.Do(t, method, url, header, "")
			if got := resp.Header.Get("Access-Control-Allow-Origin"); got != c.allow {
				t.Errorf("%s, %s: Allow-Origin %q, want %q", c.name, method, got, c.allow)
			}
			if got := resp.Header.Get("Access-Control-Allow-Credentials"); got != c.credentials {
				t.Errorf("%s, %s: Allow-Credentials %q, want %q", c.name, method, got, c.credentials)
			}
			if c.allow == "" {
				continue
			}
			if exposed := resp.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(exposed, "Last-Event-ID") || !strings.Contains(exposed, "Link") {
				t.Errorf("%s, %s: exposes %q", c.name, method, exposed)
			}
			if preflight && (resp.StatusCode != 204 || !strings.Contains(resp.Header.Get("Access-Control-Allow-Methods"), "POST") || !strings.Contains(resp.Header.Get("Access-Control-Allow-Headers"), "Authorization")) {
				t.Errorf("%s: the preflight answers %s %v", c.name, resp.Status, resp.Header)
			}
		}
	}
}
