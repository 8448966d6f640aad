package doctor

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"amalgam/hub/dialect/classic"
	"amalgam/hub/dialect/draft1"
)

// checkBrowser says what pages of the origin may do.
func (e *exam) checkBrowser(ctx context.Context) {
	if e.o.Origin == "" {
		e.add("browser", "cors", Skipped, "What pages on another origin may do was not examined.").
			mend("Name a page's origin with --origin https://app.example.com.")
		e.checkCookie()
		return
	}
	page, err := url.Parse(e.o.Origin)
	if err != nil {
		return
	}
	if page.Scheme == "https" && e.hub.Scheme == "http" && !thisMachine(e.hub.Hostname()) {
		e.add("browser", "mixed-content", Problem, "Pages on https:// may not connect to a hub on http://.").
			mend("Serve the hub over HTTPS.")
	}
	if e.o.Origin == originOf(e.hub) {
		e.add("browser", "cors", OK, "The page is on the hub's own origin, so the browser asks for no permission.")
	} else if e.checkRead(ctx) {
		e.checkForeign(ctx)
		e.checkPreflights(ctx)
	}
	e.checkCookie()
}

// withOrigin sends a subscription as a page of origin would.
func (e *exam) withOrigin(ctx context.Context, origin string) (*answer, error) {
	q := e.subscription("")
	if e.accepted {
		q.token = e.o.Token
	}
	q.header = http.Header{"Origin": {origin}}
	return e.status(ctx, q)
}

// allowed reads the two headers that decide.
func allowed(a *answer) (origins []string, credentials bool) {
	return a.Header.Values("Access-Control-Allow-Origin"), a.Header.Get("Access-Control-Allow-Credentials") == "true"
}

// checkRead looks at the answer to a subscription, and reports whether the hub
// knows the origin at all.
func (e *exam) checkRead(ctx context.Context) bool {
	a, err := e.withOrigin(ctx, e.o.Origin)
	if err != nil {
		e.add("browser", "cors", Skipped, "What pages on %s may do was not seen: %s.", e.o.Origin, reason(err))
		return false
	}
	origins, credentials := allowed(a)
	list := strings.Join(origins, ", ")
	switch {
	case len(origins) == 0:
		e.add("browser", "cors", Problem, "Pages on %s may not read from this hub: it sends them no Access-Control-Allow-Origin.", e.o.Origin).
			mend("Add the origin to the hub's cors_origins; if it is there, see that the proxy passes Origin on and the answer's headers back.")
		return false
	case strings.Contains(list, ","):
		e.add("browser", "cors", Problem, "Access-Control-Allow-Origin is sent twice (%s), which browsers refuse: the hub and a proxy both add it.", e.excerpt(list)).
			mend("Let only the hub add it: take it out of the proxy.")
		return false
	case list == "*" && credentials:
		e.add("browser", "cors", Problem, "Access-Control-Allow-Origin is * together with Access-Control-Allow-Credentials, which browsers refuse for requests with a cookie.").
			mend("Name the origins in cors_origins.")
	case list == "*" && e.o.Cookie:
		e.add("browser", "cors", Problem, "Any page may read from this hub, but none with a cookie: Access-Control-Allow-Origin is *.").
			mend("Name %s in the hub's cors_origins instead of *.", e.o.Origin)
	case list == "*":
		e.add("browser", "cors", OK, "Pages of every origin may read from this hub, without a cookie (Access-Control-Allow-Origin: *).")
	case list != e.o.Origin:
		e.add("browser", "cors", Problem, "The hub allows the origin %s, not %s.", e.excerpt(list), e.o.Origin).
			mend("Add the origin to the hub's cors_origins: scheme, host and port must be the page's.")
		return false
	case !credentials && e.o.Cookie:
		e.add("browser", "cors", Problem, "Pages on %s may read from this hub, but not with a cookie: Access-Control-Allow-Credentials is missing.", e.o.Origin).
			mend("Let the proxy pass that header, or let it be sent.")
	case !credentials:
		e.add("browser", "cors", OK, "Pages on %s may read from this hub, without a cookie.", e.o.Origin)
	default:
		e.add("browser", "cors", OK, "Pages on %s may read from this hub, also with a cookie.", e.o.Origin)
	}
	e.checkExposed(a, credentials)
	if list != "*" && !lists(a.Header, "Vary", "Origin") {
		e.add("browser", "cors-vary", Warning, "The answer depends on the origin but does not say so (Vary: Origin): a cache may give it to pages of another.").
			mend("Let the proxy pass Vary, or add it.")
	}
	return true
}

func (e *exam) checkExposed(a *answer, credentials bool) {
	var hidden []string
	for name, spoken := range map[string]knowledge{classic.CursorHeader: e.classic, draft1.CursorHeader: e.draft1} {
		if spoken == yes && !lists(a.Header, "Access-Control-Expose-Headers", name) && (credentials || !lists(a.Header, "Access-Control-Expose-Headers", "*")) {
			hidden = append(hidden, name)
		}
	}
	slices.Sort(hidden)
	if len(hidden) > 0 {
		e.add("browser", "cors-exposed", Warning, "Pages on another origin cannot see %s, so they do not notice lost updates.", strings.Join(hidden, " and ")).
			mend("Add it to Access-Control-Expose-Headers.")
	}
}

// checkForeign tries origins that nobody can have listed.
func (e *exam) checkForeign(ctx context.Context) {
	for _, foreign := range []string{"https://amalgam-doctor.invalid", "null"} {
		a, err := e.withOrigin(ctx, foreign)
		if err != nil {
			continue
		}
		if origins, credentials := allowed(a); credentials && slices.Contains(origins, foreign) {
			e.add("browser", "cors-any", Problem, "The hub allows any origin with credentials (it allowed %s): every site a user visits can read with the user's cookie.", foreign).
				mend("List the origins instead of sending back the one that asks.")
			return
		}
	}
}

// checkPreflights asks what a browser asks before it sends a token in a header.
func (e *exam) checkPreflights(ctx context.Context) {
	e.preflight(ctx, http.MethodGet, "authorization", "last-event-id")
	e.preflight(ctx, http.MethodPost, "authorization")
	if e.draft1 == yes {
		e.preflight(ctx, "QUERY", "authorization")
	}
}

func (e *exam) preflight(ctx context.Context, method string, headers ...string) {
	check := "preflight-" + strings.ToLower(method)
	a, err := e.status(ctx, question{method: http.MethodOptions, header: http.Header{
		"Origin":                         {e.o.Origin},
		"Access-Control-Request-Method":  {method},
		"Access-Control-Request-Headers": {strings.Join(headers, ",")},
	}})
	if err != nil {
		e.add("browser", check, Skipped, "The preflight of %s was not answered: %s.", method, reason(err))
		return
	}
	var missing []string
	for _, h := range headers {
		if !lists(a.Header, "Access-Control-Allow-Headers", h) {
			missing = append(missing, h)
		}
	}
	origins, _ := allowed(a)
	// Browsers need no permission for GET, HEAD and POST.
	simple := method == http.MethodGet || method == http.MethodPost
	switch {
	case a.StatusCode < 200 || a.StatusCode > 299:
		e.add("browser", check, Problem, "The preflight of %s is answered %d: pages on another origin cannot send it with an Authorization header.", method, a.StatusCode).
			mend("Let OPTIONS pass to the hub without a token: browsers send none with a preflight.")
	case len(origins) != 1 || origins[0] != "*" && origins[0] != e.o.Origin:
		e.add("browser", check, Problem, "The preflight of %s does not allow the origin %s.", method, e.o.Origin).
			mend("Let OPTIONS pass to the hub, and its headers back.")
	case !simple && !lists(a.Header, "Access-Control-Allow-Methods", method) && !lists(a.Header, "Access-Control-Allow-Methods", "*"):
		e.add("browser", check, Warning, "The preflight does not allow the method %s.", method).
			mend("Add it to Access-Control-Allow-Methods.")
	case slices.Contains(missing, "authorization"):
		e.add("browser", check, Problem, "The preflight of %s does not allow the header Authorization.", method).
			mend("Add it to Access-Control-Allow-Headers; * does not stand for it.")
	case len(missing) > 0 && !lists(a.Header, "Access-Control-Allow-Headers", "*"):
		e.add("browser", check, Warning, "The preflight of %s does not allow the header Last-Event-ID: pages that stream by fetch cannot resume with it.", method).
			mend("Add it to Access-Control-Allow-Headers.")
	default:
		e.add("browser", check, OK, "Pages may send %s with an Authorization header.", method)
	}
}

// lists reports whether a header that is a list has a member, in any case.
func lists(h http.Header, name, member string) bool {
	for _, v := range h.Values(name) {
		for part := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(part), member) {
				return true
			}
		}
	}
	return false
}
