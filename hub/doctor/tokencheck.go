package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A token for a browser should live minutes, one for a server hours.
const longLife = 24 * time.Hour

// readToken decodes the token before anything is sent.
func (e *exam) readToken() {
	if e.o.Token == "" {
		return
	}
	e.token, e.badToken = ReadToken(e.o.Token, e.hub.String())
}

// checkToken reports what the token says of itself.
func (e *exam) checkToken() {
	if e.o.Token == "" {
		e.add("token", "token", Skipped, "There is no token to look at.").mend("Give one with --token-file, or in AMALGAM_TOKEN.")
		return
	}
	if e.badToken != nil {
		e.add("token", "token-form", Problem, "No hub takes this token: %v.", e.badToken).
			mend("Mint one with `amalgam token`, and hand it over as it was printed.")
		return
	}
	t := e.token
	switch {
	case t.Dialect == "":
	case e.speaks(t.Dialect) == no:
		e.add("token", "token-dialect", Problem, "It is a token of the dialect %s (typ %s), which this hub does not speak.", t.Dialect, e.typ()).
			mend("%s", map[Dialect]string{
				Classic: "Mint an access token (typ at+jwt): `amalgam token --draft1 …`.",
				Draft1:  "Mint a classic token: `amalgam token …` without --draft1.",
			}[t.Dialect])
	default:
		e.add("token", "token-dialect", OK, "It is a token of the dialect %s (typ %s), signed with %v.", t.Dialect, e.typ(), t.Header["alg"])
	}
	for _, fault := range t.Faults {
		e.add("token", "token-fault", Problem, "A hub refuses this token: %s.", fault).
			mend("Mint it anew: `amalgam token --help` shows how; `amalgam token --decode -` shows what is in this one.")
	}
	e.checkMixedClaims()
	e.checkTimes()
	e.checkClaims()
	e.checkCoverage()
}

func (e *exam) typ() string {
	if typ, ok := e.token.Header["typ"].(string); ok {
		return typ
	}
	return "absent"
}

func (e *exam) speaks(d Dialect) knowledge {
	if d == Draft1 {
		return e.draft1
	}
	return e.classic
}

// checkMixedClaims finds the claims of one dialect under the typ of the other,
// which no hub reads.
func (e *exam) checkMixedClaims() {
	_, mercure := e.token.Claims["mercure"]
	_, details := e.token.Claims["authorization_details"]
	switch {
	case e.token.Dialect == Draft1 && mercure && !details:
		e.add("token", "token-mixed", Problem, `Its typ is that of an access token, but its rights are in the classic claim "mercure", which nobody reads there.`).
			mend("Put them into authorization_details, or leave typ out.")
	case e.token.Dialect == Classic && details && !mercure:
		e.add("token", "token-mixed", Problem, "It has authorization_details, but not the typ of an access token, so it counts as a classic token that allows nothing.").
			mend("Set the header typ to at+jwt.")
	}
}

func (e *exam) checkTimes() {
	t, now := e.token, e.o.Now()
	good := true
	if !t.NotBefore.IsZero() && t.NotBefore.After(now) {
		good = false
		e.add("token", "token-not-yet", Problem, "It is not valid yet: its nbf is %s ahead.", short(t.NotBefore.Sub(now))).
			mend("Compare the clock of who signs with this one.")
	}
	if t.Issued.After(now.Add(skewBad)) {
		good = false
		e.add("token", "token-issued", Warning, "It was issued in the future: its iat is %s ahead.", short(t.Issued.Sub(now))).
			mend("Compare the clock of who signs with this one.")
	}
	life := t.Expires.Sub(now)
	if !t.Issued.IsZero() {
		life = t.Expires.Sub(t.Issued)
	}
	switch {
	case t.Expires.IsZero() && t.Dialect == Classic && t.Claims["exp"] == nil:
		e.add("token", "token-expiry", Warning, "It never expires (it has no exp): whoever finds it can use it for ever, and a stream that it opened is not ended by it.").
			mend("Mint it with an exp: minutes for a browser, hours for a server.")
	case t.Expires.IsZero(): // a fault already
	case !t.Expires.After(now):
		e.add("token", "token-expiry", Problem, "It expired %s ago, at %s.", short(now.Sub(t.Expires)), t.Expires.UTC().Format(time.RFC3339)).
			mend("Ask the application for a new one; if it was just made, compare the clocks.")
	case life > longLife:
		e.add("token", "token-expiry", Warning, "It lives for %s, which is long: it cannot be revoked before.", short(life)).
			mend("Mint it for minutes if it is for a browser, for hours if it is for a server.").value("expires_in_seconds", int(t.Expires.Sub(now).Seconds()))
	case good:
		e.add("token", "token-expiry", OK, "It is valid, and expires in %s.", short(t.Expires.Sub(now))).
			value("expires_in_seconds", int(t.Expires.Sub(now).Seconds()))
	}
}

// checkClaims looks at the claims that only access tokens need.
func (e *exam) checkClaims() {
	t := e.token
	if t.Dialect != Draft1 {
		return
	}
	var missing []string
	for _, name := range []string{"sub", "client_id", "iat", "jti"} {
		if t.Claims[name] == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		e.add("token", "token-claims", Warning, "It lacks %s, which every access token must have (RFC 9068, 2.2): other hubs may refuse it.", strings.Join(missing, ", ")).
			mend("Add them, as `amalgam token --draft1` does.")
	}
	want := e.resource()
	switch {
	case len(t.Audience) == 0: // a fault already, or of a wrong type
		if t.Claims["aud"] != nil {
			e.add("token", "token-audience", Problem, "Its aud is neither a string nor a list of strings.").mend("Set it to %q.", want)
		}
	case slices.Contains(t.Audience, want):
		e.add("token", "token-audience", OK, "Its aud names this hub, %s.", want)
	default:
		how := "its URL"
		if e.metadata != nil {
			how = "its metadata"
		}
		e.add("token", "token-audience", Problem, "Its aud is %q, but this hub is %q by %s.", t.Audience, want, how).
			mend("Mint it with --audience %s: every character counts.", want)
	}
}

// checkCoverage says for each topic whether the token covers it, and by what.
func (e *exam) checkCoverage() {
	t := e.token
	if t.grant == nil {
		return
	}
	if e.ownTopics() {
		status := OK
		if !t.Publishes() && !t.Reads() {
			status = Warning
		}
		e.add("token", "token-grants", status, "It %s.", strings.Join(t.Words(), "; it "))
		return
	}
	for _, name := range e.o.Topics {
		if t.Reads() || !t.Publishes() {
			e.coverage(name, "token-covers-subscribe", "read private updates of", "subscribe", t.MayRead(name), t.Reads())
		}
		if t.Publishes() || e.o.Publish {
			e.coverage(name, "token-covers-publish", "publish to", "publish", t.MayPublish(name), t.Publishes())
		}
	}
}

func (e *exam) coverage(name, check, does, action, by string, any bool) {
	if by != "" {
		e.add("token", check, OK, "It may %s %q, by %s.", does, name, by)
		return
	}
	have := "no selector of its " + action + " list matches"
	if !any {
		have = "it has no " + action + " selectors at all"
	}
	status := Problem
	if action == "subscribe" && !any {
		status = Warning // public updates do not need one
	}
	f := e.add("token", check, status, "It may not %s %q: %s.", does, name, have)
	f.mend("Mint it with --%s '%s'.", action, name)
	if hint := e.nearly(name); hint != "" {
		f.Mend += " " + hint
	}
}

// nearly spots the pattern that one dialect has and the other does not.
func (e *exam) nearly(name string) string {
	for _, d := range e.token.details() {
		for _, m := range d.Topics {
			p := m.Pattern()
			if e.token.Dialect == Draft1 && strings.Contains(p, "{") && e.token.describe(m) == fmt.Sprintf("%q exactly", p) {
				return fmt.Sprintf("The selector %q is a URI Template, which draft1 does not have: write a URL Pattern (…/:id).", p)
			}
			if e.token.Dialect == Classic && (strings.Contains(p, "/:") || strings.HasSuffix(p, "/*")) {
				return fmt.Sprintf("The selector %q looks like a URL Pattern, which the classic dialect does not have: write a URI Template (…/{id}).", p)
			}
		}
	}
	return ""
}

// Expiry says when a token expires, relative to now.
func Expiry(t *Token, now time.Time) string {
	switch at := t.Expires.UTC().Format(time.RFC3339); {
	case t.Expires.IsZero():
		return "never"
	case t.Expires.After(now):
		return fmt.Sprintf("in %s, at %s", short(t.Expires.Sub(now)), at)
	default:
		return fmt.Sprintf("expired %s ago, at %s", short(now.Sub(t.Expires)), at)
	}
}
