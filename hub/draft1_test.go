package hub_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/hubtest"
	"amalgam/hub/sse"
)

const issuerID = "https://issuer.example"

func startDraft1(t *testing.T, config func(*hub.Config)) *hubtest.Hub {
	return hubtest.Start(t, func(c *hub.Config) {
		c.Issuers = []auth.Issuer{{
			ID:         issuerID,
			Publisher:  auth.StaticKeys{hubtest.Key(t, "HS256", hubtest.PublisherSecret)},
			Subscriber: auth.StaticKeys{hubtest.Key(t, "HS256", hubtest.SubscriberSecret)},
			Advertise:  true,
		}}
		c.Subscriptions = true
		if config != nil {
			config(c)
		}
	})
}

// accessToken signs a draft1 token; change edits its claims and may be nil.
func accessToken(t *testing.T, h *hubtest.Hub, secret string, details []any, change func(header, claims map[string]any)) string {
	t.Helper()
	claims := jwt.MapClaims{
		"iss": issuerID, "aud": h.URL, "sub": "urn:user:1", "client_id": "test", "jti": "1",
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(), "authorization_details": details,
	}
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	token.Header["typ"] = "at+jwt"
	if change != nil {
		change(token.Header, claims)
	}
	s, err := token.SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func detail(action string, topics ...any) map[string]any {
	return map[string]any{"type": "https://mercure.rocks/authorization-detail", "actions": []string{action}, "topics": topics}
}

func exact(match string) any { return map[string]string{"match": match} }
func pattern(match string) any {
	return map[string]string{"match": match, "match_type": "urlpattern"}
}

func TestBothDialectsAreServedAtOnce(t *testing.T) {
	h := startDraft1(t, nil)
	classic := h.Subscribe(t, "topic=https://example.com/{id}", nil)
	byPattern := h.Subscribe(t, url.Values{"match_urlpattern": {"https://example.com/:id"}}.Encode(), nil)
	byExact := h.Subscribe(t, url.Values{"match": {"https://example.com/{id}", "https://example.com/1"}}.Encode(), nil)
	relative := h.Subscribe(t, url.Values{"match_urlpattern": {"/books/:id"}}.Encode(), nil)
	all := h.Subscribe(t, "match_urlpattern=*", nil)

	publisher := accessToken(t, h, hubtest.PublisherSecret, []any{detail("publish", pattern("https://*/*"), exact("/books/1"))}, nil)
	for _, topic := range []string{"https://example.com/1", "/books/1", h.Base + "/books/2"} {
		if resp, body := h.Post(t, publisher, url.Values{"topic": {topic}, "data": {topic}}); resp.StatusCode != 200 && !strings.HasPrefix(topic, "http:") {
			t.Fatalf("publishing to %s: %s %s", topic, resp.Status, body)
		}
	}
	h.Send(t, "topic", h.Base+"/books/2", "data", "absolute")
	h.Send(t, "topic", "https://example.com/{id}", "data", "braces")
	classic.Want(t, "https://example.com/1", "braces")
	byPattern.Want(t, "https://example.com/1", "braces")
	byExact.Want(t, "https://example.com/1", "braces")
	relative.Want(t, "/books/1", "absolute")
	all.Want(t, "https://example.com/1", "/books/1", "absolute", "braces")
}

func TestAccessTokensAreHeldToEveryRule(t *testing.T) {
	h := startDraft1(t, nil)
	good := []any{detail("publish", exact("a"))}
	edit := func(change func(header, claims map[string]any)) string {
		return accessToken(t, h, hubtest.PublisherSecret, good, change)
	}
	details := func(list any) string {
		return edit(func(_, claims map[string]any) { claims["authorization_details"] = list })
	}
	for _, c := range []struct {
		name, token string
		status      int
		rule, code  string
	}{
		{"a sound token", edit(nil), 200, "", ""},
		{"the long typ, in capitals", edit(func(h, _ map[string]any) { h["typ"] = "Application/AT+JWT" }), 200, "", ""},
		{"several audiences", edit(func(_, c map[string]any) { c["aud"] = []string{"x", h.URL} }), 200, "", ""},
		{"an unknown action beside", details([]any{map[string]any{"type": "https://mercure.rocks/authorization-detail", "actions": []string{"publish", "fly"}, "topics": []any{exact("a")}}}), 200, "", ""},
		{"a detail of another type beside", details([]any{map[string]any{"type": "other", "actions": 1}, good[0]}), 200, "", ""},
		{"no iss", edit(func(_, c map[string]any) { delete(c, "iss") }), 401, "token-claim", "invalid_token"},
		{"an unknown iss", edit(func(_, c map[string]any) { c["iss"] = "x" }), 401, "token-issuer", "invalid_token"},
		{"no exp", edit(func(_, c map[string]any) { delete(c, "exp") }), 401, "token-claim", "invalid_token"},
		{"no aud", edit(func(_, c map[string]any) { delete(c, "aud") }), 401, "token-audience", "invalid_token"},
		{"expired", edit(func(_, c map[string]any) { c["exp"] = 1 }), 401, "token-expired", "invalid_token"},
		{"not valid yet", edit(func(_, c map[string]any) { c["nbf"] = time.Now().Unix() + 100 }), 401, "token-invalid", "invalid_token"},
		{"another audience", edit(func(_, c map[string]any) { c["aud"] = "https://other.example" }), 401, "token-audience", "invalid_token"},
		{"the other role's key", accessToken(t, h, hubtest.SubscriberSecret, good, nil), 401, "token-invalid", "invalid_token"},
		{"a mercure claim does not help", edit(func(_, c map[string]any) {
			delete(c, "authorization_details")
			c["mercure"] = map[string]any{"publish": []string{"*"}}
		}), 403, "topic-not-granted", "insufficient_scope"},
		{"no grant for the topic", details([]any{detail("publish", exact("b"))}), 403, "topic-not-granted", "insufficient_scope"},
		{"the wrong action", details([]any{detail("subscribe", exact("a"))}), 403, "topic-not-granted", "insufficient_scope"},
		{"details that are no array", details(map[string]any{}), 401, "token-details", "invalid_token"},
		{"null details", details(nil), 401, "token-details", "invalid_token"},
		{"one bad detail spoils all", details([]any{good[0], detail("publish")}), 401, "token-details", "invalid_token"},
		{"a matcher that is a string", details([]any{detail("publish", "a")}), 401, "token-details", "invalid_token"},
		{"an unknown match_type", details([]any{detail("publish", map[string]string{"match": "a", "match_type": "regexp"})}), 401, "token-details", "invalid_token"},
		{"names are case-sensitive", details([]any{detail("publish", map[string]string{"Match": "a"})}), 401, "token-details", "invalid_token"},
		{"a pattern that is none", details([]any{detail("publish", pattern("https://[/"))}), 401, "token-details", "invalid_token"},
		{"a payload that is no object", details([]any{map[string]any{"type": "https://mercure.rocks/authorization-detail", "actions": []string{"subscribe"}, "topics": []any{exact("a")}, "payload": 1}}), 401, "token-details", "invalid_token"},
	} {
		resp, body := h.Post(t, c.token, url.Values{"topic": {"a"}})
		if c.status == 200 {
			if resp.StatusCode != 200 {
				t.Errorf("%s: %s %s, want 200", c.name, resp.Status, body)
			}
			continue
		}
		wantRefusal(t, c.name, resp, body, c.status, c.rule)
		challenge := resp.Header.Get("WWW-Authenticate")
		if !strings.HasPrefix(challenge, `Bearer error="`+c.code+`", `) || !strings.Contains(challenge, `resource_metadata="`+h.Base+`/.well-known/oauth-protected-resource/.well-known/mercure"`) {
			t.Errorf("%s: the challenge is %q", c.name, challenge)
		}
	}
	resp, _ := h.Post(t, "", url.Values{"topic": {"a"}})
	if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != 401 || strings.Contains(got, "error=") || !strings.Contains(got, "resource_metadata=") {
		t.Errorf("without a token: %s, challenge %q", resp.Status, got)
	}
}

func TestNoTokenIsTriedUnderTheOtherDialectNorTreatedAsNone(t *testing.T) {
	h := startDraft1(t, nil)
	classic := hubtest.SubscriberToken(t, "*")
	access := accessToken(t, h, hubtest.SubscriberSecret, []any{detail("subscribe", exact("*"))}, nil)
	hybrid := accessToken(t, h, hubtest.SubscriberSecret, nil, func(_, c map[string]any) {
		delete(c, "aud")
		c["mercure"] = map[string]any{"subscribe": []string{"*"}}
	})
	for _, c := range []struct {
		name, query string
		header      http.Header
		status      int
		rule        string
	}{
		{"a failing access token with a mercure claim", "topic=a", hubtest.Bearer(hybrid), 401, "token-audience"},
		{"an access token in the URL, classic request", "topic=a&authorization=" + access, nil, 400, "token-in-url"},
		{"a classic token in the URL, draft1 request", "match=a&authorization=" + classic, nil, 400, "token-in-url"},
		{"access_token in the URL", "match=a&access_token=" + access, nil, 400, "token-in-url"},
		{"a classic token in the access token's cookie", "match=a", http.Header{"Cookie": {"__Secure-mercure_access_token=" + classic}}, 401, "token-place"},
		{"an access token in the classic cookie", "topic=a", http.Header{"Cookie": {"mercureAuthorization=" + access}}, 401, "token-place"},
		{"a broken token in the cookie of the other dialect", "match=a", http.Header{"Cookie": {"mercureAuthorization=x"}}, 401, "token-malformed"},
		{"a header that is no Bearer, draft1", "match=a", http.Header{"Authorization": {"Basic eDp5"}}, 400, "token-presented"},
		{"a header that is no Bearer, classic", "topic=a", http.Header{"Authorization": {"Basic eDp5"}}, 401, "token-presented"},
		{"both dialects in one request", "topic=a&match=a", nil, 400, "dialect-both"},
		{"neither", "x=y", nil, 400, "topic-missing"},
		{"an unknown matcher type", "match=a&match_regexp=b", nil, 400, "match-unknown"},
		{"another case", "Match=a", nil, 400, "match-unknown"},
		{"a name that begins with match", "matching=a", nil, 400, "match-unknown"},
		{"a control character", "match=a%0Ab", nil, 400, "match-control"},
		{"an invisible character", "match=a%E2%80%8Bb", nil, 400, "match-format"},
		{"a pattern that is none", "match_urlpattern=https://[/", nil, 400, "match-pattern"},
		{"a pattern too long", "match_urlpattern=/" + strings.Repeat("a", 4096), nil, 400, "match-length"},
		{"too many matchers", strings.Repeat("match=a&", 101), nil, 400, "match-count"},
	} {
		resp, body := h.Do(t, "GET", h.URL+"?"+c.query, c.header, "")
		wantRefusal(t, c.name, resp, body, c.status, c.rule)
	}
	// The request's dialect and the token's may differ, where both are sound.
	h.Subscribe(t, "match=a", hubtest.Bearer(classic))
	h.Subscribe(t, "topic=a", hubtest.Bearer(access))
	h.Subscribe(t, "match=a", http.Header{"Cookie": {"__Secure-mercure_access_token=" + access}})
}

func TestDraft1PublishRefusals(t *testing.T) {
	h := startDraft1(t, nil)
	token := accessToken(t, h, hubtest.PublisherSecret, []any{detail("publish", exact("*"))}, nil)
	for _, c := range []struct {
		name   string
		form   url.Values
		status int
		rule   string
	}{
		{"no topic", url.Values{}, 400, "topic-missing"},
		{"the wildcard as a topic", url.Values{"topic": {"*"}}, 400, "topic-wildcard"},
		{"the reserved path", url.Values{"topic": {"a", "/.well-known/%6Dercure/subscriptions/exact/a/b"}}, 400, "topic-reserved"},
		{"the reserved type", url.Values{"topic": {"a"}, "type": {"mercure"}}, 400, "type-reserved"},
		{"an invisible character in the id", url.Values{"topic": {"a"}, "id": {"a\u200b"}}, 400, "id-format"},
		{"too many topics", url.Values{"topic": make([]string, 101)}, 413, "topic-count"},
		{"an id too long", url.Values{"topic": {"a"}, "id": {strings.Repeat("x", 2000)}}, 413, "id-length"},
		{"retry with a sign", url.Values{"topic": {"a"}, "retry": {"+1"}}, 400, "retry-digits"},
	} {
		resp, body := h.Post(t, token, c.form)
		wantRefusal(t, c.name, resp, body, c.status, c.rule)
	}
}

func TestQUERYUnitesBodyAndQuery(t *testing.T) {
	h := startDraft1(t, nil)
	first := h.Send(t, "topic", "a", "data", "1")
	h.Send(t, "topic", "b", "data", "2")
	h.Send(t, "topic", "c", "data", "3")
	open := func(query, body string) *hubtest.Stream {
		return hubtest.OpenQuery(t, h.Client, h.URL+"?"+query, body)
	}
	open("match=b&last_event_id="+first, "match=c&last_event_id=earliest").Want(t, "2", "3")
	s := open("", "match_urlpattern=/.well-known/:x&last_event_id=earliest")
	s.Want(t, "1", "2", "3")
	if got := s.Response.Header.Get("Mercure-Last-Event-ID"); got != "earliest" {
		t.Errorf("Mercure-Last-Event-ID: %q, want earliest", got)
	}
	if got := s.Response.Header.Get("Last-Event-ID"); got != "" {
		t.Errorf("Last-Event-ID: %q in draft1, want none", got)
	}
	resp, body := h.Do(t, "QUERY", h.URL, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, "match=a&topic=b")
	wantRefusal(t, "both dialects, one in the body", resp, body, 400, "dialect-both")
}

func TestDraft1SubscriptionsAreAnnouncedAndListed(t *testing.T) {
	h := startDraft1(t, nil)
	api := "/.well-known/mercure/subscriptions"
	watcher := hubtest.Bearer(accessToken(t, h, hubtest.SubscriberSecret, []any{detail("subscribe", pattern(api+"/*"), exact(api))}, nil))
	classicWatcher := hubtest.Bearer(hubtest.SubscriberToken(t, "*"))
	events := h.Subscribe(t, url.Values{"match_urlpattern": {api + "/*"}}.Encode(), watcher)
	events.Next(t)
	details := []any{
		map[string]any{"type": "https://mercure.rocks/authorization-detail", "actions": []string{"subscribe"}, "topics": []any{pattern("https://example.com/:id")}, "payload": map[string]any{"n": 1}},
		map[string]any{"type": "https://mercure.rocks/authorization-detail", "actions": []string{"subscribe"}, "topics": []any{exact("*")}, "payload": map[string]any{"n": 2}},
	}
	s := h.Subscribe(t, url.Values{"match_urlpattern": {"https://example.com/:id"}, "match": {"b"}}.Encode(), hubtest.Bearer(accessToken(t, h, hubtest.SubscriberSecret, details, nil)))
	got := map[string]sse.Event{}
	for range 2 {
		e := events.Next(t)
		if e.Type != "mercure" {
			t.Errorf("the announcement's type is %q", e.Type)
		}
		switch {
		case strings.Contains(e.Data, `"match_type":"urlpattern"`):
			got["urlpattern"] = e
		case strings.Contains(e.Data, `"match_type":"exact"`):
			got["exact"] = e
		}
	}
	if d := got["urlpattern"].Data; !strings.Contains(d, `"payload":{"n":1}`) || !strings.Contains(d, api+"/urlpattern/https%3A%2F%2Fexample.com%2F%3Aid/urn%3Auuid%3A") || !strings.Contains(d, `"type":"subscription"`) {
		t.Errorf("the pattern's announcement is %s", d)
	}
	if d := got["exact"].Data; !strings.Contains(d, `"payload":{"n":2}`) || !strings.Contains(d, api+"/exact/b/") {
		t.Errorf("the exact matcher's announcement is %s", d)
	}
	resp, body := h.Do(t, "GET", h.Base+api+"/urlpattern/https%3A%2F%2Fexample.com%2F%3Aid", watcher, "")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" || strings.Count(body, `"subscription"`) != 1 {
		t.Errorf("the collection: %s %v %s", resp.Status, resp.Header, body)
	}
	if link := resp.Header.Get("Link"); !strings.Contains(link, `type="mercure"; content-type="application/json"`) || !strings.Contains(link, "last-event-id=") {
		t.Errorf("its Link is %q", link)
	}
	header := watcher.Clone()
	header.Set("If-None-Match", resp.Header.Get("ETag"))
	if resp, _ := h.Do(t, "GET", h.Base+api+"/urlpattern/https%3A%2F%2Fexample.com%2F%3Aid", header, ""); resp.StatusCode != 304 {
		t.Errorf("If-None-Match: %s, want 304", resp.Status)
	}
	if resp, body := h.Do(t, "GET", h.Base+api, classicWatcher, ""); resp.StatusCode != 200 || !strings.Contains(body, `"subscriptions": []`) {
		t.Errorf("a classic token sees %s %s, want no classic subscriptions", resp.Status, body)
	}
	for _, path := range []string{api + "/exact", api + "/regexp/b", api + "/exact/b/unknown"} {
		if resp, _ := h.Do(t, "GET", h.Base+path, watcher, ""); resp.StatusCode != 404 {
			t.Errorf("GET %s: %s, want 404", path, resp.Status)
		}
	}
	resp, _ = h.Do(t, "GET", h.Base+api, hubtest.Bearer(accessToken(t, h, hubtest.SubscriberSecret, []any{detail("subscribe", exact("b"))}, nil)), "")
	if resp.StatusCode != 403 || !strings.Contains(resp.Header.Get("WWW-Authenticate"), "insufficient_scope") {
		t.Errorf("without a grant: %s %s", resp.Status, resp.Header.Get("WWW-Authenticate"))
	}
	s.Close()
	for range 2 {
		if e := events.Next(t); !strings.Contains(e.Data, `"active":false`) {
			t.Errorf("the end is announced as %s", e.Data)
		}
	}
}

func TestTheHubDescribesItself(t *testing.T) {
	h := startDraft1(t, nil)
	resp, body := h.Do(t, "GET", h.Base+hub.MetadataPath, nil, "")
	for _, want := range []string{`"resource": "` + h.URL + `"`, `"authorization_servers": [`, issuerID, "https://mercure.rocks/authorization-detail", `"mercure_cookie": "__Secure-mercure_access_token"`, `"mercure_subscriptions": true`} {
		if !strings.Contains(body, want) {
			t.Errorf("the metadata lacks %s: %s", want, body)
		}
	}
	if resp.Header.Get("Content-Type") != "application/json" {
		t.Errorf("its type is %s", resp.Header.Get("Content-Type"))
	}
	resp, _ = h.Do(t, "HEAD", h.URL+"?match=a", nil, "")
	if got := resp.Header.Get("Link"); got != `</.well-known/mercure>; rel="mercure"` {
		t.Errorf("Link: %q", got)
	}
}

func TestPublicURLsRefuseOtherNames(t *testing.T) {
	h := startDraft1(t, func(c *hub.Config) { c.PublicURLs = []string{"https://hub.example.com/.well-known/mercure"} })
	resp, body := h.Do(t, "GET", h.URL+"?match=a", nil, "")
	wantRefusal(t, "another name", resp, body, 421, "misdirected")
	req, err := http.NewRequest("HEAD", h.URL+"?match=a", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "HUB.example.com:443"
	req.Header.Set("X-Forwarded-Proto", "https")
	resp, err = h.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("its own name: %s", resp.Status)
	}
}

func TestStreamsAreLimited(t *testing.T) {
	h := startDraft1(t, func(c *hub.Config) { c.MaxSubscribersPerAddress = 2 })
	first := h.Subscribe(t, "match=a", nil)
	h.Subscribe(t, "match=a", nil)
	resp, body := h.Do(t, "GET", h.URL+"?match=a", nil, "")
	wantRefusal(t, "the third", resp, body, 429, "subscribers-address")
	first.Close()
	for deadline := time.Now().Add(hubtest.Patience); ; {
		req, _ := http.NewRequest("GET", h.URL+"?match=a", nil)
		resp, err := h.Client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == 200 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a place was not given back: %s", resp.Status)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
