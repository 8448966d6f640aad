package conformance

import (
	"net/http"
	"slices"
	"strings"
)

// wantCORS fails the check unless the answer allows an origin, with
// credentials or without; "" for not at all.
func (t *T) wantCORS(a Answer, origin string, credentials bool) {
	allow, cred := a.Header.Get("Access-Control-Allow-Origin"), a.Header.Get("Access-Control-Allow-Credentials")
	if allow != origin || (cred == "true") != credentials {
		t.Errorf("%s: Access-Control-Allow-Origin is %q with credentials %q, want %q with %v", a.what, allow, cred, origin, credentials)
	}
}

// includes reports whether a header lists name, or "*".
func includes(h http.Header, header, name string) bool {
	for _, v := range strings.Split(strings.Join(h.Values(header), ","), ",") {
		if v = strings.TrimSpace(v); strings.EqualFold(v, name) {
			return true
		}
	}
	return false
}

func (t *T) preflight(origin, method string) Answer {
	return t.do(http.MethodOptions, t.Target.URL, header("Origin", origin, "Access-Control-Request-Method", method, "Access-Control-Request-Headers", "authorization,content-type"), "")
}

const (
	cors8   = "draft-08, Subscription"
	exposed = "protocol.md decision 5"
)

// Pages on other origins.
var corsChecks = slices.Concat(
	hubwide("A listed origin is allowed, with credentials, and caches are told", cors8, "",
		func(t *T) {
			exact, scheme, suffix := t.listed("CORS", t.Target.CORSOrigins)
			for _, origin := range []string{exact, scheme + "any." + suffix} {
				a := t.try(t.match(t.Topic("a")), header("Origin", origin))
				t.wantCORS(a, origin, true)
				if !includes(a.Header, "Vary", "Origin") {
					t.Errorf("Vary is %q, want Origin in it", a.Header.Values("Vary"))
				}
			}
		}),
	hubwide("An origin that is not listed is not allowed", cors8, "",
		func(t *T) {
			exact, _, _ := t.listed("CORS", t.Target.CORSOrigins)
			for _, origin := range []string{"https://attacker.example", "null", exact + ":8443", strings.Replace(exact, "https", "http", 1), exact + ".attacker.example"} {
				a := t.try(t.match(t.Topic("a")), header("Origin", origin))
				t.want(a, http.StatusOK)
				t.wantCORS(a, "", false)
			}
		}),
	hubwide("A wildcard in a CORS origin stands for one whole label, never for a suffix", "protocol.md, traps", "origin-label",
		func(t *T) {
			exact, scheme, suffix := t.listed("CORS", t.Target.CORSOrigins)
			at := strings.Index(exact, "://") + 3
			for _, origin := range []string{scheme + "evil-" + suffix, scheme + suffix, scheme + "a.b." + suffix, exact[:at] + "evil-" + exact[at:], exact[:at] + "evil." + exact[at:]} {
				t.wantCORS(t.try(t.match(t.Topic("a")), header("Origin", origin)), "", false)
			}
		}),
	hubwide("The cursor, the Link and nothing less are exposed to a listed origin", exposed, "",
		func(t *T) {
			exact, _, _ := t.listed("CORS", t.Target.CORSOrigins)
			a := t.try(t.match(t.Topic("a")), header("Origin", exact))
			for _, name := range []string{"Last-Event-ID", "Mercure-Last-Event-ID", "Link"} {
				if !includes(a.Header, "Access-Control-Expose-Headers", name) {
					t.Errorf("Access-Control-Expose-Headers is %q, want %s in it", a.Header.Values("Access-Control-Expose-Headers"), name)
				}
			}
		}),
	hubwide("A preflight for publishing is answered", cors8, "",
		func(t *T) {
			exact, _, _ := t.listed("CORS", t.Target.CORSOrigins)
			a := t.preflight(exact, "POST")
			t.want(a, http.StatusOK, http.StatusNoContent)
			t.wantCORS(a, exact, true)
			for _, name := range []string{"Authorization", "Content-Type", "Last-Event-ID"} {
				if !includes(a.Header, "Access-Control-Allow-Headers", name) {
					t.Errorf("Access-Control-Allow-Headers is %q, want %s in it", a.Header.Values("Access-Control-Allow-Headers"), name)
				}
			}
			if !includes(a.Header, "Access-Control-Allow-Methods", "POST") {
				t.Errorf("Access-Control-Allow-Methods is %q, want POST in it", a.Header.Values("Access-Control-Allow-Methods"))
			}
		}),
	draft1("A preflight for QUERY is answered", cors8, "",
		func(t *T) {
			exact, _, _ := t.listed("CORS", t.Target.CORSOrigins)
			a := t.preflight(exact, "QUERY")
			t.want(a, http.StatusOK, http.StatusNoContent)
			t.wantCORS(a, exact, true)
			if !includes(a.Header, "Access-Control-Allow-Methods", "QUERY") {
				t.Errorf("Access-Control-Allow-Methods is %q, want QUERY in it", a.Header.Values("Access-Control-Allow-Methods"))
			}
		}),
	hubwide("A preflight from an origin that is not listed allows nothing", cors8, "",
		func(t *T) {
			t.listed("CORS", t.Target.CORSOrigins)
			a := t.preflight("https://attacker.example", "POST")
			t.wantCORS(a, "", false)
		}),
	hubwide("A page on a listed origin can read a refusal and its challenge", "protocol.md decision 9", "",
		func(t *T) {
			exact, _, _ := t.listed("CORS", t.Target.CORSOrigins)
			a := t.post(header("Origin", exact), "topic", t.Topic("a"))
			t.want(a, http.StatusUnauthorized)
			t.wantCORS(a, exact, true)
			a = t.try("", header("Origin", exact))
			t.want(a, http.StatusBadRequest)
			t.wantCORS(a, exact, true)
		}),
	draft1("The subscription API exposes its Link to a listed origin", "draft-08, Subscription API", "",
		func(t *T) {
			t.needSubscriptions()
			exact, _, _ := t.listed("CORS", t.Target.CORSOrigins)
			a := t.get(t.hubPath()+"/subscriptions", bearer(t.subscriber("*"), "Origin", exact))
			t.want(a, http.StatusOK)
			t.wantCORS(a, exact, true)
			if !includes(a.Header, "Access-Control-Expose-Headers", "Link") {
				t.Errorf("Access-Control-Expose-Headers is %q, want Link in it", a.Header.Values("Access-Control-Expose-Headers"))
			}
		}),
	hubwide("Where every origin is allowed, none is reflected and none may send credentials", "protocol.md decision 6", "cors-wildcard",
		func(t *T) {
			t.need(t.Target.StrictURL != "", "a second hub with cors_origins * (StrictURL)")
			for _, origin := range []string{"https://any.example", "null"} {
				a := t.do(http.MethodOptions, t.Target.StrictURL, header("Origin", origin, "Access-Control-Request-Method", "POST"), "")
				t.wantCORS(a, "*", false)
				a = t.get(t.Target.StrictURL+"?"+t.match(t.Topic("a")), header("Origin", origin))
				t.wantCORS(a, "*", false)
			}
		}),
)
