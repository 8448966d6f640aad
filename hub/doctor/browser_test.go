package doctor_test

import (
	"net/http"
	"strings"
	"testing"

	"amalgam/hub"
	"amalgam/hub/doctor"
	"amalgam/hub/hubtest"
)

func TestACookiePublishesOnlyFromPagesThatTheHubKnows(t *testing.T) {
	h := start(t, func(c *hub.Config) { c.Explain = false })
	token := classicToken(t, hubtest.PublisherSecret, nil, []string{"*"}, nil)
	r := examine(t, doctor.Options{URL: h.URL, Token: token, Cookie: true, Origin: "http://127.0.0.1:1"})
	want(t, r, "token-publish", doctor.Problem, "403", "publish_origins", "http://127.0.0.1:1")
	r = examine(t, doctor.Options{URL: h.URL, Token: token, Cookie: true, Origin: page})
	want(t, r, "token-publish", doctor.OK)
}

func TestCookiesOfAccessTokens(t *testing.T) {
	h := start(t, func(c *hub.Config) { trusting(t)(c); c.AccessCookie = "__Secure-other" })
	token := accessToken(t, hubtest.SubscriberSecret, h.URL, "subscribe", nil)
	r := examine(t, doctor.Options{URL: h.URL, Token: token, Cookie: true, Origin: h.Base})
	want(t, r, "token-subscribe", doctor.OK)
	want(t, r, "cookie-site", doctor.OK, "__Secure-other; Secure; HttpOnly; SameSite=Strict; Path=/.well-known/mercure")
	want(t, r, "cookie-secure", doctor.Warning, "nor any whose name begins with __Secure-")
	wantOnly(t, r, "cookie-secure")

	long := accessToken(t, hubtest.SubscriberSecret, h.URL, "subscribe", nil, map[string]string{"match": strings.Repeat("x", 4000)})
	want(t, examine(t, doctor.Options{URL: h.URL, Token: long, Cookie: true}), "cookie-size", doctor.Problem, "4096")
}

func TestOriginsOfHubsWithoutCredentials(t *testing.T) {
	h := start(t, nil)
	token := classicToken(t, hubtest.SubscriberSecret, nil, nil, []string{"*"})
	star := onHeader(func(h http.Header, _ *http.Request) {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Del("Access-Control-Allow-Credentials")
	})
	for _, c := range []struct {
		name    string
		wrap    wrapper
		without string
		with    string
	}{
		{"*", star, "every origin", "* instead"},
		{"one origin", del("Access-Control-Allow-Credentials"), "without a cookie", "Allow-Credentials is missing"},
	} {
		url := front(t, h.Hub, c.wrap) + hub.DefaultPath
		r := examine(t, doctor.Options{URL: url, Token: token, Origin: page})
		want(t, r, "cors", doctor.OK, c.without)
		wantOnly(t, r)
		r = examine(t, doctor.Options{URL: url, Token: token, Origin: page, Cookie: true})
		status, word := doctor.Problem, c.with
		if c.name == "*" {
			word = "Name " + page
		}
		want(t, r, "cors", status, word)
	}
}
