package doctor

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// usualPath is where a hub is, unless somebody chose otherwise.
const usualPath = "/.well-known/mercure"

// identify tells a hub from everything else that answers at a URL. A hub
// refuses a subscription to nothing, and takes one to something.
func (e *exam) identify(ctx context.Context) bool {
	if e.frontAnswers() {
		return false
	}
	why := e.noHub(e.base)
	if why == "" {
		if why = e.open(ctx); why == "" {
			return true
		}
	}
	return e.elsewhere(ctx, why)
}

// frontAnswers reports the answers that something in front of a hub gives in
// its place, or that it gives to everybody.
func (e *exam) frontAnswers() bool {
	a := e.base
	switch scheme, _, _ := strings.Cut(a.Header.Get("WWW-Authenticate"), " "); {
	case a.StatusCode == 502 || a.StatusCode == 504:
		e.add("hub", "hub", Problem, "A proxy in front answers %d: it cannot reach the hub.", a.StatusCode).
			mend("See that the hub runs, and that the proxy's upstream names its host and port.")
	case a.StatusCode >= 500:
		e.add("hub", "hub", Problem, "The server answers %d%s.", a.StatusCode, e.said(a)).
			mend("The log of the hub, or of the proxy in front, says why.")
	case a.StatusCode == 421:
		e.add("hub", "hub", Problem, "The server answers 421: it does not serve this name%s.", e.said(a)).
			mend("Add %s to the hub's public_urls, or use one of them; a proxy must pass Host and X-Forwarded-Proto.", e.hub)
	case a.StatusCode == 429:
		e.add("hub", "hub", Problem, "The server answers 429: too many requests or streams from this address%s.", e.said(a)).
			mend("Try again later, or raise the limit.")
	case a.StatusCode == 401 && scheme != "" && !strings.EqualFold(scheme, "Bearer"):
		e.add("hub", "hub", Problem, "Something in front of the hub asks for a password (WWW-Authenticate: %s).", e.excerpt(scheme)).
			mend("Let the hub's path pass without it: hubs take tokens, and a browser sends only one Authorization.")
	default:
		return false
	}
	return true
}

// noHub says why an answer to a subscription to nothing is not a hub's, or "".
func (e *exam) noHub(a *answer) string {
	switch {
	case strings.Contains(a.body, "HTTP request to an HTTPS server"):
		return "This port wants TLS, and the URL says http://"
	case a.media() == "text/html":
		return "This is a page, not a hub: it answers with HTML"
	case a.StatusCode == 404 || a.StatusCode == 410:
		return "There is nothing at this path (404)"
	case a.StatusCode == 405:
		return "This is not a hub: it takes no GET (405)"
	case a.StatusCode < 300 && !a.stream():
		return "This is not a hub: it answers a subscription without topics with 200 and " + e.excerpt(orElse(a.media(), "no media type"))
	}
	return ""
}

// open subscribes without a token and keeps the answer for the checks that
// follow. It says why this is no hub, or "".
func (e *exam) open(ctx context.Context) (why string) {
	a, err := e.ask(ctx, question{query: url.Values{"topic": e.o.Topics}, listen: true})
	if err == nil && a.StatusCode == http.StatusBadRequest {
		// Perhaps it speaks draft1 only.
		a.close()
		a, err = e.ask(ctx, question{query: url.Values{"match": e.o.Topics}, listen: true})
	}
	if err != nil {
		if e.base.StatusCode != 400 && e.base.StatusCode != 401 {
			return "This is not a hub: it refuses a subscription without topics with " + e.base.Status + ", and does not answer one with a topic"
		}
		e.heldBack = true
		e.add("hub", "hub", OK, "It refuses a subscription without topics as a hub does.")
		return ""
	}
	a.close() // what it says stays; a hub may count its streams
	e.first = a
	link := linksHub(a.Header) || linksHub(e.base.Header)
	switch {
	case a.stream() && e.base.stream():
		e.add("hub", "hub", Warning, "It streams, but also to a client that names no topic, which hubs of both texts refuse.").
			mend("See that this is a hub of the Mercure protocol: another server of events does not know its topics.")
	case a.stream():
		text := "It is a hub: it streams a topic, and refuses a subscription without one."
		if link {
			text = `It is a hub: it streams a topic, refuses a subscription without one, and says so (Link: rel="mercure").`
		}
		e.add("hub", "hub", OK, "%s", text)
	case a.StatusCode == 401 || a.StatusCode == 403:
		bearer := strings.HasPrefix(strings.ToLower(a.Header.Get("WWW-Authenticate")), "bearer")
		if e.base.StatusCode == 400 || bearer || link {
			e.add("hub", "hub", OK, "It behaves as a hub that wants a token from every subscriber.")
			return ""
		}
		if e.refusesNothing(ctx) {
			e.add("hub", "hub", OK, "It is a hub that wants a token from every subscriber: with one, it refuses a subscription without topics.")
			return ""
		}
		e.add("hub", "hub", Warning, "It refuses everybody without a token (%d), so it may be a hub or something else.", a.StatusCode).
			mend("Give a subscriber's token with --token-file, to look behind that.")
	case a.StatusCode == 429:
		e.add("hub", "hub", Problem, "The hub takes no further stream from this address (429)%s.", e.said(a)).
			mend("Close streams that are not needed, or raise max_subscribers_per_address.")
	case a.StatusCode == http.StatusBadRequest && !e.ownTopics():
		return "It is no hub, or takes no subscription to these topics (400)" + e.said(a)
	default:
		return "This is not a hub: it answers a subscription to a topic with " + a.Status
	}
	return ""
}

// refusesNothing reports whether, with the token, a subscription to nothing is
// refused as such.
func (e *exam) refusesNothing(ctx context.Context) bool {
	if !e.maySend() {
		return false
	}
	a, err := e.status(ctx, question{token: e.o.Token})
	return err == nil && a.StatusCode == http.StatusBadRequest && e.challenge(a) == ""
}

// elsewhere reports that there is no hub at the URL, and looks where hubs
// usually are. It reports whether the examination goes on there.
func (e *exam) elsewhere(ctx context.Context, why string) bool {
	e.first = nil
	usual := *e.hub
	usual.Path = usualPath
	if e.hub.Path != usualPath {
		a, err := e.status(ctx, question{url: &usual})
		if err == nil && (a.StatusCode == 400 || a.StatusCode == 401) && e.noHub(a) == "" {
			before := e.hub
			e.hub, e.base = &usual, a
			e.add("hub", "url", Problem, "%s; a hub answers at %s, which is examined instead.", why, &usual).
				mend("Use %s.", &usual)
			if e.open(ctx) == "" {
				return true
			}
			e.hub = before
			return false
		}
	}
	mend := "Look for the URL in the configuration of the hub; it usually ends in " + usualPath + "."
	switch {
	case strings.Contains(why, "wants TLS"):
		mend = "Use https://."
	case strings.Contains(why, "these topics"):
		mend = "Leave --topic out: then a topic is tried that every hub takes."
	case e.hub.Path == usualPath:
		mend = "Let the server at " + originOf(e.hub) + " pass this path to the hub."
	}
	e.add("hub", "hub", Problem, "%s.", why).mend("%s", mend)
	return false
}

// linksHub reports whether a Link header has the relation mercure.
func linksHub(h http.Header) bool {
	for _, link := range h.Values("Link") {
		for part := range strings.SplitSeq(strings.ToLower(link), ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			value, _, _ = strings.Cut(value, ",")
			if name == "rel" && strings.Trim(value, `" `) == "mercure" {
				return true
			}
		}
	}
	return false
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
