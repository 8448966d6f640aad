package doctor

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// eventType keeps the update away from pages: only a listener for this very
// type gets it.
const eventType = "amalgam-doctor"

// checkPublish publishes one update and waits for it on a stream.
func (e *exam) checkPublish(ctx context.Context) {
	if !e.o.Publish {
		if e.token != nil && e.token.Publishes() {
			e.add("access", "publish", Skipped, "Nothing was published.").mend("--publish tries it, with one update that pages do not see.")
		}
		return
	}
	if !e.maySend() {
		e.add("access", "publish", Skipped, "Nothing was published: there is no token that could be sent.").
			mend("Give a publisher's token with --token-file.")
		return
	}
	if e.refusedPublisher {
		e.add("access", "publish", Skipped, "Nothing was published: the hub does not take the token from a publisher.")
		return
	}
	name := e.o.Topics[0]
	marker := uuid.NewString()
	form := url.Values{"topic": {name}, "type": {eventType}, "data": {"amalgam doctor " + marker}}
	listening, private := e.listenFor(ctx, name)
	if listening != nil {
		defer listening.close()
	}
	if private {
		form.Set("private", "on")
	}
	start := time.Now()
	a, err := e.status(ctx, question{method: http.MethodPost, form: form, token: e.o.Token})
	switch {
	case err != nil:
		e.add("access", "publish", Problem, "The update was sent, but its answer did not come: %s.", reason(err)).
			mend("The log of the hub says whether it was taken.")
		return
	case a.StatusCode == 401 || a.StatusCode == 403:
		e.add("access", "publish", Problem, "The hub refuses to publish to %q %s.", name, e.refused(a)).mend("%s", e.whyRefused(a, "publisher"))
		return
	case a.StatusCode >= 300:
		e.add("access", "publish", Problem, "The hub does not take an update of %q: %s%s.", name, a.Status, e.said(a)).
			mend("Change what it names; the log of the hub has the same line.")
		return
	}
	e.add("access", "publish", OK, "The hub took an update of %q in %s.", name, short(a.head)).value("publish_ms", millis(a.head))
	switch {
	case listening == nil:
		e.add("access", "delivery", Skipped, "Whether the update arrives was not seen: no stream could be opened.")
	case !listening.wait(marker, e.o.Timeout):
		e.add("access", "delivery", Problem, "The hub took the update, but it did not arrive on an open stream of the topic in %s.", short(e.o.Timeout)).
			mend("If the hub has several nodes, see that they share one history; if there is a proxy, that it does not buffer.")
	default:
		kind := "public"
		if private {
			kind = "private"
		}
		e.add("access", "delivery", OK, "The update, a %s one, arrived on an open stream after %s.", kind, short(time.Since(start))).value("delivery_ms", millis(time.Since(start)))
	}
}

// listenFor opens a stream of one topic, with the token where the hub takes it,
// and reports whether it gets private updates.
func (e *exam) listenFor(ctx context.Context, name string) (a *answer, private bool) {
	q := question{query: url.Values{e.parameter(): {name}}}
	if e.accepted {
		q.token, private = e.o.Token, e.token.MayRead(name) != ""
	}
	if e.heldBack {
		return nil, private
	}
	a, err := e.ask(ctx, q)
	if err != nil {
		return nil, private
	}
	if !a.stream() {
		a.close()
		return nil, private
	}
	return a, private
}

// wait reads a stream until a line holds what is waited for.
func (a *answer) wait(marker string, most time.Duration) bool {
	timer := time.AfterFunc(most, a.cancel)
	defer timer.Stop()
	lines := bufio.NewReader(a.Body)
	for {
		line, err := lines.ReadString('\n')
		if strings.Contains(line, marker) {
			return true
		}
		if err != nil {
			return false
		}
	}
}
