package doctor

import (
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"amalgam/hub/dialect/classic"
	"amalgam/hub/dialect/draft1"
)

// cookieName is the cookie that carries this token.
func (e *exam) cookieName() string {
	switch {
	case e.token == nil || e.token.Dialect != Draft1:
		return classic.CookieName
	case e.metadata != nil && e.metadata.Cookie != "":
		return e.metadata.Cookie
	}
	return draft1.CookieName
}

// checkCookie says whether a cookie can carry a token from pages of the origin
// to the hub, and with which attributes.
func (e *exam) checkCookie() {
	if e.o.Origin == "" && !e.o.Cookie {
		return
	}
	if e.o.Cookie {
		e.checkSecure()
	}
	if e.o.Cookie && len(e.o.Token) > 4000 {
		e.add("browser", "cookie-size", Problem, "The token has %d bytes: browsers keep no cookie of more than 4096 with its name.", len(e.o.Token)).
			mend("Grant fewer topics, or patterns instead of single topics.")
	}
	if e.o.Origin == "" {
		e.add("browser", "cookie-site", Skipped, "Whether the cookie reaches the hub depends on the page's origin.").mend("Name it with --origin.")
		return
	}
	page, err := url.Parse(e.o.Origin)
	if err != nil {
		return
	}
	site, same := sameSite(page.Hostname(), e.hub.Hostname())
	attributes := "Secure; HttpOnly; SameSite=Strict; Path=" + e.hub.EscapedPath()
	switch {
	case same && page.Scheme != e.hub.Scheme:
		e.noCookie("their schemes differ, which makes them two sites", "Serve both over HTTPS, or send the token in the Authorization header by fetch.")
	case same && page.Hostname() == e.hub.Hostname():
		e.add("browser", "cookie-site", OK, "A cookie that the page's host sets reaches the hub: %s; %s.", e.cookieName(), attributes)
	case same:
		e.add("browser", "cookie-site", OK, "A cookie for the site that page and hub share reaches the hub: %s; Domain=%s; %s.", e.cookieName(), site, attributes)
	default:
		e.noCookie("they share no registrable domain", "Send it in the Authorization header by fetch, or give the hub a name under the page's domain.")
	}
}

// noCookie says that a cookie cannot carry the token, which is a problem only
// where it should.
func (e *exam) noCookie(why, mend string) {
	if e.o.Cookie {
		e.add("browser", "cookie-site", Problem, "A cookie cannot carry a token from %s to %s: %s.", e.o.Origin, originOf(e.hub), why).mend("%s", mend)
		return
	}
	e.add("browser", "cookie-site", OK, "Pages on %s must send a token in the Authorization header, by fetch: no cookie of theirs reaches the hub, because %s.", e.o.Origin, why)
}

// checkSecure looks at the attribute Secure, which every cookie of a token has.
func (e *exam) checkSecure() {
	if e.hub.Scheme == "https" {
		return
	}
	prefix := ""
	for _, p := range []string{"__Secure-", "__Host-"} {
		if strings.HasPrefix(e.cookieName(), p) {
			prefix = ", nor any whose name begins with " + p
		}
	}
	if thisMachine(e.hub.Hostname()) {
		e.add("browser", "cookie-secure", Warning, "Over http:// on this machine, Safari takes no Secure cookie%s; other browsers do.", prefix).
			mend("Serve it over HTTPS, or develop with another browser.")
		return
	}
	e.add("browser", "cookie-secure", Problem, "Over http://, browsers take and send no Secure cookie%s.", prefix).
		mend("Serve the hub over HTTPS.")
}

// sameSite reports whether two hosts belong to one site, and the site.
func sameSite(a, b string) (site string, same bool) {
	if a == b {
		return a, true
	}
	if net.ParseIP(a) != nil || net.ParseIP(b) != nil {
		return "", false
	}
	siteA, err1 := publicsuffix.EffectiveTLDPlusOne(a)
	siteB, err2 := publicsuffix.EffectiveTLDPlusOne(b)
	return siteA, err1 == nil && err2 == nil && siteA == siteB
}
