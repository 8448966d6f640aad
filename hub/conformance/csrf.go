package conformance

import (
	"net/http"
	"slices"
	"strings"
)

// fromPage publishes with the cookie, as a page would, and wants a status.
// pairs are the headers Origin and Referer.
func fromPage(t *T, status int, pairs ...string) {
	a := t.post(header(append([]string{"Cookie", t.cookie(t.publisher("*"))}, pairs...)...), "topic", t.Topic("a"))
	a.what = "publishing with the cookie from a page with " + strings.Join(pairs, " ")
	t.want(a, status)
}

const security = ", Security Considerations"

// Publishing with a cookie, which browsers send for every page that asks.
var csrfChecks = slices.Concat(
	each("The cookie publishes from the hub's own origin", "draft-07, Cookie", "draft-08, Cookie", "",
		func(t *T) { fromPage(t, http.StatusOK, "Origin", t.base()) }),
	each("The cookie publishes from a listed origin, by Origin or by Referer", "draft-07"+security, "draft-08"+security, "",
		func(t *T) {
			exact, scheme, suffix := t.listed("publish", t.Target.PublishOrigins)
			fromPage(t, http.StatusOK, "Origin", exact)
			fromPage(t, http.StatusOK, "Origin", scheme+"any."+suffix)
			fromPage(t, http.StatusOK, "Referer", exact+"/page?query")
		}),
	each("The cookie does not publish without Origin and Referer", "draft-07"+security, "draft-08"+security, "csrf",
		func(t *T) { fromPage(t, http.StatusForbidden) }),
	each("The cookie does not publish from an origin that is not listed", "draft-07"+security, "draft-08"+security, "csrf",
		func(t *T) {
			exact, _, _ := t.listed("publish", t.Target.PublishOrigins)
			fromPage(t, http.StatusForbidden, "Origin", "https://attacker.example")
			fromPage(t, http.StatusForbidden, "Referer", "https://attacker.example/page")
			fromPage(t, http.StatusForbidden, "Origin", "null")
			fromPage(t, http.StatusForbidden, "Origin", "null", "Referer", exact+"/")
			fromPage(t, http.StatusForbidden, "Origin", "https://attacker.example", "Referer", exact+"/")
			fromPage(t, http.StatusForbidden, "Referer", "https://attacker.example/?"+exact)
		}),
	each("The scheme and the port of a listed origin count", "draft-07"+security, "draft-08"+security, "csrf",
		func(t *T) {
			exact, _, _ := t.listed("publish", t.Target.PublishOrigins)
			t.need(strings.HasPrefix(exact, "https://"), "an https origin in its publish origins")
			fromPage(t, http.StatusForbidden, "Origin", strings.Replace(exact, "https:", "http:", 1))
			fromPage(t, http.StatusForbidden, "Origin", exact+":8443")
		}),
	each("A wildcard in a publish origin stands for one whole label, never for a suffix", "protocol.md, traps", "protocol.md, traps", "csrf origin-label",
		func(t *T) {
			exact, scheme, suffix := t.listed("publish", t.Target.PublishOrigins)
			for _, origin := range []string{scheme + "evil-" + suffix, scheme + suffix, scheme + "a.b." + suffix, scheme + "." + suffix, scheme + "any." + suffix + ".attacker.example"} {
				fromPage(t, http.StatusForbidden, "Origin", origin)
			}
			at := strings.Index(exact, "://") + 3
			fromPage(t, http.StatusForbidden, "Origin", exact[:at]+"evil-"+exact[at:])
		}),
	each("A token in the header publishes without an Origin, and from any", "draft-07"+security, "draft-08"+security, "token-precedence",
		func(t *T) {
			for _, h := range []http.Header{bearer(t.publisher("*")), bearer(t.publisher("*"), "Origin", "https://attacker.example"), bearer(t.publisher("*"), "Cookie", t.cookie(t.publisher("*")))} {
				t.want(t.post(h, "topic", t.Topic("a")), http.StatusOK)
			}
		}),
)
