package doctor_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"amalgam/hub"
	"amalgam/hub/doctor"
	"amalgam/payload"
)

func TestTheSchemasOfPayloadsAreRead(t *testing.T) {
	set, err := payload.ParseSchema([]byte(`{"properties":{"chat":{"type":"object"},"typing":true}}`))
	if err != nil {
		t.Fatal(err)
	}
	h := start(t, func(c *hub.Config) { c.Payloads, c.Anonymous = set, false })
	r := examine(t, doctor.Options{URL: h.URL})
	wantOnly(t, r)
	want(t, r, "payloads", doctor.OK, "events: chat, typing")
	i := slices.IndexFunc(r.Findings, func(f doctor.Finding) bool { return f.Check == "payloads" })
	if r.Findings[i].Values["events"] != 2 {
		t.Errorf("the events are %v", r.Findings[i].Values)
	}

	r = examine(t, doctor.Options{URL: start(t, nil).URL})
	wantOnly(t, r)
	want(t, r, "payloads", doctor.OK, "no schemas")
}

func TestSchemasThatAreNotUnderstoodAreAProblem(t *testing.T) {
	for name, c := range map[string]struct {
		media, body string
		status      doctor.Status
		want        string
	}{
		"half a document":       {"application/schema+json", `{"properties":{"chat":`, doctor.Problem, "not JSON"},
		"a keyword":             {"application/json", `{"properties":{"chat":{"$dynamicRef":"#x"}}}`, doctor.Problem, "/properties/chat/$dynamicRef"},
		"a page":                {"text/html", "<p>hello", doctor.OK, "no schemas"},
		"more than 64 KiB":      {"application/schema+json", `{"properties":{"chat":true}}` + strings.Repeat(" ", 100<<10), doctor.OK, "events: chat"},
		"an escape in its name": {"application/schema+json", `{"properties":{"a\u001b[2Jb":true}}`, doctor.OK, "a [2Jb"},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t, nil)
			base := front(t, h.Hub, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if !strings.HasSuffix(r.URL.Path, "/payloads") {
						next.ServeHTTP(w, r)
						return
					}
					w.Header().Set("Content-Type", c.media)
					_, _ = w.Write([]byte(c.body))
				})
			})
			r := examine(t, doctor.Options{URL: base + hub.DefaultPath})
			want(t, r, "payloads", c.status, c.want)
			if text := show(r); strings.Contains(text, "\x1b") {
				t.Errorf("control characters of the hub are in %q", text)
			}
		})
	}
}
