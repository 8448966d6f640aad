package doctor

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// maySend reports whether the token can be sent: it is one, and nobody on the
// way can read it.
func (e *exam) maySend() bool { return e.token != nil && e.trusted }

// subscription asks for a stream of the topics.
func (e *exam) subscription(token string) question {
	return question{query: url.Values{e.parameter(): e.o.Topics}, token: token}
}

// checkAccess says what the hub lets clients do, without a token and with this
// one.
func (e *exam) checkAccess(ctx context.Context) {
	e.checkAnonymous(ctx)
	switch {
	case e.o.Token == "":
		e.add("access", "token-subscribe", Skipped, "Whether a token is taken was not examined: there is none.")
		return
	case e.badToken != nil:
		e.add("access", "token-subscribe", Skipped, "The token was not sent: it is none.")
		return
	case !e.trusted:
		e.add("access", "token-subscribe", Problem, "The token was not sent to this hub: somebody on the way could read it, as the findings on TLS say.").
			mend("Mend TLS first; --insecure sends a token that may be lost.")
		return
	}
	var publish *answer
	if e.token.Publishes() {
		publish = e.checkMayPublish(ctx)
	}
	if e.token.Publishes() && !e.token.Reads() {
		e.add("access", "token-subscribe", Skipped, "The token is a publisher's, so no stream was opened with it.")
		return
	}
	e.checkMaySubscribe(ctx, publish)
}

func (e *exam) checkAnonymous(ctx context.Context) {
	a := e.first
	if a == nil {
		var err error
		if a, err = e.status(ctx, e.subscription("")); err != nil {
			e.add("access", "anonymous-subscribe", Skipped, "Whether clients without a token may subscribe was not seen: %s.", reason(err))
			return
		}
	}
	switch {
	case a.stream():
		e.add("access", "anonymous-subscribe", OK, "Clients without a token may subscribe; they get public updates only.")
	case a.StatusCode == 401 || a.StatusCode == 403:
		e.add("access", "anonymous-subscribe", OK, "Every subscriber needs a token.")
	default:
		e.add("access", "anonymous-subscribe", Skipped, "Whether clients without a token may subscribe cannot be told: the hub answers %s%s.", a.Status, e.said(a))
	}
	// An update without a topic is none, so nothing can be published by this.
	p, err := e.status(ctx, question{method: http.MethodPost, form: url.Values{"data": {""}}})
	switch {
	case err != nil:
		e.add("access", "anonymous-publish", Skipped, "Whether clients without a token may publish was not seen: %s.", reason(err))
	case p.StatusCode == 401 || p.StatusCode == 403:
		e.add("access", "anonymous-publish", OK, "Nobody publishes without a token.")
	case p.StatusCode == 405 || p.StatusCode == 501:
		e.add("access", "anonymous-publish", Warning, "Nothing can be published at this URL: POST is not taken (%d).", p.StatusCode).
			mend("Allow POST in the proxy in front, unless publishers use another URL.")
	default:
		e.add("access", "anonymous-publish", Warning, "The hub answers a publisher without a token %d, not 401: it may let anybody publish.", p.StatusCode).
			mend("See that the hub asks publishers for a token, or that only they can reach it.")
	}
}

// checkMayPublish shows the token to the hub in an update without a topic,
// which a hub refuses after the token has passed.
func (e *exam) checkMayPublish(ctx context.Context) *answer {
	a, err := e.status(ctx, question{method: http.MethodPost, form: url.Values{"data": {""}}, token: e.o.Token})
	switch {
	case err != nil:
		e.add("access", "token-publish", Skipped, "Whether the hub takes the token from a publisher was not seen: %s.", reason(err))
		return nil
	case a.StatusCode == 401, a.StatusCode == 403:
		e.refusedPublisher = true
		e.add("access", "token-publish", Problem, "The hub refuses the token from a publisher %s.", e.refused(a)).mend("%s", e.whyRefused(a, "publisher"))
	case a.StatusCode == http.StatusBadRequest && e.challenge(a) != "":
		e.refusedPublisher = true
		e.add("access", "token-publish", Problem, "The hub refuses the way the token is sent %s.", e.refused(a)).mend("%s", e.whyRefused(a, "publisher"))
	case a.StatusCode == http.StatusBadRequest:
		e.add("access", "token-publish", OK, "The hub takes the token from a publisher (an update without a topic was sent, which publishes nothing).")
	default:
		e.add("access", "token-publish", Skipped, "Whether the hub takes the token from a publisher cannot be told: it answers %s%s.", a.Status, e.said(a))
	}
	return a
}

func (e *exam) checkMaySubscribe(ctx context.Context, publish *answer) {
	a, err := e.status(ctx, e.subscription(e.o.Token))
	if err != nil {
		e.add("access", "token-subscribe", Skipped, "Whether the hub takes the token from a subscriber was not seen: %s.", reason(err))
		return
	}
	if a.StatusCode == http.StatusTooManyRequests {
		e.add("access", "token-subscribe", Skipped, "Whether the hub takes the token from a subscriber was not seen: it takes no further stream from this address (429)%s.", e.said(a))
		return
	}
	if !a.stream() {
		mend := e.whyRefused(a, "subscriber")
		if publish != nil && publish.StatusCode == http.StatusBadRequest && e.challenge(publish) == "" && !explains(a) {
			mend = "The hub takes it from a publisher: it is signed with the publishers' key, and subscribers have another. Mint two tokens."
		}
		e.add("access", "token-subscribe", Problem, "The hub refuses the token from a subscriber %s.", e.refused(a)).mend("%s", mend)
		return
	}
	e.accepted = true
	// A hub that serves a spoilt token as if there were none proves nothing by
	// serving a sound one.
	if spoilt, err := e.status(ctx, e.subscription(spoil(e.o.Token))); err == nil && spoilt.stream() {
		e.add("access", "token-subscribe", Warning, "The hub serves this token, but also one whose signature is spoilt: it may treat both as no token.").
			mend("Publish a private update and see whether it arrives: --publish does that.")
		return
	}
	e.add("access", "token-subscribe", OK, "The hub takes the token from a subscriber.")
}

// whyRefused says what to do about a refusal. The hub's own words are best;
// else the token's faults; else it is the key.
func (e *exam) whyRefused(a *answer, role string) string {
	for _, f := range e.findings {
		if f.Group == "token" && f.Status == Problem && f.Check != "token-covers-publish" && f.Check != "token-covers-subscribe" {
			return "Mend what the findings on the token say."
		}
	}
	if e.hasSkew() {
		return "Set the clocks right: the hub's differs from this one."
	}
	switch {
	case explains(a):
		return "Do what the hub says; its log has the same line, with the request's id."
	case e.challenge(a) == "no token was seen":
		return "Something in front takes the token out of the request: let the proxy pass Authorization and Cookie."
	case a.StatusCode == 403 && e.o.Cookie && role == "publisher" && e.challenge(a) == "":
		return "A cookie publishes only from pages that the hub knows: add " + orElse(e.o.Origin, originOf(e.hub)) + " to its publish_origins."
	case a.StatusCode == 403:
		return "The token is sound, but does not allow this: compare its selectors with the topic."
	case a.StatusCode == http.StatusBadRequest:
		return "Send it in the Authorization header, or in the cookie of its dialect."
	case a.StatusCode != 401:
		return "The log of the hub says why."
	case e.token.Dialect == Draft1:
		return "Nothing is wrong with it from outside, so the hub does not trust its issuer, or has another key for it as a " + role + ": compare the issuer block in the hub's settings."
	}
	return "Nothing is wrong with it from outside, so it is signed with another key or algorithm than the hub has for a " + role + ": compare MERCURE_" + strings.ToUpper(role) + "_JWT_KEY and _ALG."
}

func (e *exam) hasSkew() bool {
	for _, f := range e.findings {
		if f.Check == "clock" && f.Status == Problem {
			return true
		}
	}
	return false
}

// spoil changes the signature of a token.
func spoil(token string) string {
	i := strings.LastIndexByte(token, '.') + 1
	if i == len(token) {
		return token + "AAAA"
	}
	c := byte('A')
	if token[i] == c {
		c = 'B'
	}
	return token[:i] + string(c) + token[i+1:]
}
