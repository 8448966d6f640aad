package demo

import (
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestThePageHasItsPolicyAndItsAddresses(t *testing.T) {
	a := newTestApp(t, newHubEndpoint(t))
	a.cfg.PublicHubPath, a.cfg.SDKPath = "/hub", "/lib/sdk/"
	b := newBrowser(t, a)
	res := b.do(http.MethodGet, "/", "")
	page := body(t, res)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	want := map[string]string{
		"default-src": "'none'", "script-src": "'self' 'wasm-unsafe-eval'", "style-src": "'self'", "connect-src": "'self'", "img-src": "'self' data:",
		"form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'", "worker-src": "'self'",
	}
	for _, directive := range strings.Split(res.Header.Get("Content-Security-Policy"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), " ")
		if want[name] != value {
			t.Errorf("policy %s is %q, want %q", name, value, want[name])
		}
		delete(want, name)
	}
	if len(want) != 0 {
		t.Errorf("the policy lacks %v", want)
	}
	for _, s := range []string{`data-hub="/hub"`, `data-sdk="/lib/sdk/"`, `href="/lib/sdk/index.js"`} {
		if !strings.Contains(page, s) {
			t.Errorf("the page lacks %s", s)
		}
	}
	b.join("Ada", "lobby")
	if got := b.cookies[hubCookie].Path; got != "/hub" {
		t.Errorf("the subscriber cookie is bound to %s, want the hub's path", got)
	}
}

var (
	reference = regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"|from "(\./[^"]+)"`)
	inline    = regexp.MustCompile(`(?i)<style|<script(?:[^>]*)>[^<]|\sstyle=|\son[a-z]+="`)
	external  = regexp.MustCompile(`(?i)(?:src|href|from|import|url)\s*[=(]?\s*["'(](?:https?:)?//`)
	dangerous = regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function`)
)

func TestThePageNeedsNothingThatItsPolicyForbids(t *testing.T) {
	b := newBrowser(t, newTestApp(t, newHubEndpoint(t)))
	entries, err := fs.ReadDir(static, "static")
	if err != nil {
		t.Fatal(err)
	}
	var referenced []string
	for _, e := range entries {
		path := "/static/" + e.Name()
		if e.Name() == "index.html" {
			refused(t, b.do(http.MethodGet, path, ""), http.StatusNotFound, "path") // it is a template
			path = "/"
		}
		res := b.do(http.MethodGet, path, "")
		text := body(t, res)
		if res.StatusCode != http.StatusOK || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: status %d, %v", path, res.StatusCode, res.Header)
		}
		if strings.HasSuffix(path, ".js") && !strings.HasPrefix(res.Header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s is %s: a browser would not run it", path, res.Header.Get("Content-Type"))
		}
		if again := b.do(http.MethodGet, path, "", header("If-None-Match", res.Header.Get("ETag"))); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s asked again: %d, want 304", path, again.StatusCode)
		}
		for _, m := range reference.FindAllStringSubmatch(text, -1) {
			referenced = append(referenced, m[1]+strings.Replace(m[2], "./", "/static/", 1))
		}
		if path == "/" && inline.MatchString(text) {
			t.Errorf("the page has inline code: %q", inline.FindString(text))
		}
		if external.MatchString(text) {
			t.Errorf("%s loads from elsewhere: %q", path, external.FindString(text))
		}
		if dangerous.MatchString(text) {
			t.Errorf("%s lets text become code: %q", path, dangerous.FindString(text))
		}
	}
	if len(referenced) < 10 {
		t.Errorf("only %d references were found: the expression does not fit the files any more", len(referenced))
	}
	for _, path := range slices.Compact(slices.Sorted(slices.Values(referenced))) {
		if res := b.do(http.MethodGet, path, ""); res.StatusCode != http.StatusOK {
			t.Errorf("%s is referenced, but answers %d", path, res.StatusCode)
		}
	}
}

func TestTheCurlCommandIsWhatTheBinaryGave(t *testing.T) {
	b := newBrowser(t, newTestApp(t, newHubEndpoint(t)))
	got := decode[struct{ Command string }](t, b.do(http.MethodGet, "/api/curl", ""), http.StatusOK)
	if got.Command != "curl -d topic=/demo/messages" {
		t.Errorf("command %q", got.Command)
	}
}

func TestTheWrongMethodIsToldTheRightOne(t *testing.T) {
	b := newBrowser(t, newTestApp(t, newHubEndpoint(t)))
	for path, want := range map[string]string{"/api/session": "POST", "/api/curl": "GET, HEAD", "/": "GET, HEAD"} {
		res := b.do(http.MethodDelete, path, "")
		refused(t, res, http.StatusMethodNotAllowed, "method")
		if got := res.Header.Get("Allow"); got != want {
			t.Errorf("%s allows %q, want %q", path, got, want)
		}
	}
}

func TestNewRefusesAConfigurationThatCannotWork(t *testing.T) {
	good := Config{HubURL: "http://127.0.0.1:3000/.well-known/mercure", PublisherKey: publisherKey, SubscriberKey: subscriberKey}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*Config){
		"HubURL":        func(c *Config) { c.HubURL = "/.well-known/mercure" },
		"PublisherKey":  func(c *Config) { c.PublisherKey = nil },
		"SubscriberKey": func(c *Config) { c.SubscriberKey = nil },
		"PublicHubPath": func(c *Config) { c.PublicHubPath = "//evil.test/hub" },
		"SDKPath":       func(c *Config) { c.SDKPath = "/sdk" },
	} {
		c := good
		spoil(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s spoilt: error %v, want one that names it", field, err)
		}
	}
}
