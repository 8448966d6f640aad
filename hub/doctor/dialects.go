package doctor

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"amalgam/hub/dialect/draft1"
)

// metadata is what a hub says of itself (RFC 9728; draft-08, Protected Resource
// Metadata).
type metadata struct {
	Resource     string   `json:"resource"`
	Servers      []string `json:"authorization_servers"`
	Cookie       string   `json:"mercure_cookie"`
	MatcherTypes []string `json:"mercure_matcher_types_supported"`
}

// checkMetadata reads the metadata document, which only hubs of draft1 have.
func (e *exam) checkMetadata(ctx context.Context) {
	u := *e.hub
	u.Path = draft1.MetadataPrefix + e.hub.Path
	a, err := e.status(ctx, question{method: http.MethodGet, url: &u, header: http.Header{"Accept": {"application/json"}, "Accept-Encoding": {"identity"}}})
	switch {
	case err != nil:
		e.add("hub", "metadata", Skipped, "The metadata document was not read: %s.", reason(err))
		return
	case a.StatusCode == http.StatusOK && a.Header.Get("Content-Encoding") != "":
		e.add("hub", "metadata", Skipped, "The metadata document was not read: it came compressed (%s), though nobody asked for that.", e.excerpt(a.Header.Get("Content-Encoding")))
		return
	case a.StatusCode != http.StatusOK || !strings.HasSuffix(a.media(), "json"):
		e.add("hub", "metadata", OK, "It has no metadata document, as hubs of the classic dialect do.").value("status", a.StatusCode)
		return
	}
	var m metadata
	if json.Unmarshal([]byte(a.body), &m) != nil || m.Resource == "" {
		e.add("hub", "metadata", Problem, `The metadata document at %s names no "resource".`, &u).
			mend("A proxy may answer this path with something else: pass it to the hub.")
		return
	}
	e.metadata = &m
	ours := e.hub.String()
	if m.Resource == ours {
		e.add("hub", "metadata", OK, "Its metadata names it by this URL, which is what the aud of an access token must hold.").value("resource", m.Resource)
		return
	}
	// A different origin with the same path is what a proxy makes of it.
	if r, err := url.Parse(m.Resource); err == nil && r.Path == e.hub.Path {
		e.add("hub", "metadata", Problem, "The hub takes itself for %s, not %s: an access token whose aud is this URL is refused.", e.excerpt(m.Resource), ours).
			mend("Let the proxy pass Host and X-Forwarded-Proto, or set the hub's resource_identifier to %s.", ours).value("resource", m.Resource)
		return
	}
	e.add("hub", "metadata", Warning, "The hub's resource identifier is %q, not its URL: clients that follow RFC 9728 refuse that.", e.excerpt(m.Resource)).
		mend("Issue access tokens with that aud, or set resource_identifier to %s.", ours).value("resource", m.Resource)
}

// checkDialects finds out which of the two the hub speaks. Where it asks for a
// token before anything else, only a token can tell.
func (e *exam) checkDialects(ctx context.Context) {
	token := ""
	if e.base.StatusCode != http.StatusBadRequest && e.maySend() {
		token = e.o.Token
		if a, err := e.status(ctx, question{token: token}); err != nil || a.StatusCode != http.StatusBadRequest {
			token = ""
		}
	}
	blind := e.base.StatusCode != http.StatusBadRequest && token == ""
	speaks := func(name string) knowledge {
		a, err := e.status(ctx, question{query: url.Values{name: e.o.Topics}, token: token})
		switch {
		case err != nil, a.StatusCode == http.StatusMethodNotAllowed, blind && a.StatusCode != http.StatusBadRequest && !a.stream():
			return unknown
		case a.StatusCode == http.StatusBadRequest || a.StatusCode >= 500:
			return no
		}
		return yes
	}
	e.classic, e.draft1 = speaks("topic"), speaks("match")
	if e.draft1 == unknown && e.metadata != nil {
		e.draft1 = yes
	}
	switch {
	case e.classic == yes && e.draft1 == yes:
		e.add("hub", "dialects", OK, "It speaks both dialects: classic (topic=) and draft1 (match=).")
	case e.classic == yes && e.draft1 == no:
		e.add("hub", "dialects", OK, "It speaks the classic dialect (topic=), not draft1 (match=).")
	case e.draft1 == yes && e.classic == no:
		e.add("hub", "dialects", OK, "It speaks draft1 (match=), not the classic dialect (topic=).")
	case e.draft1 == yes:
		e.add("hub", "dialects", OK, "It speaks draft1 (match=); whether also the classic dialect cannot be told without a subscriber's token.")
	default:
		e.add("hub", "dialects", Skipped, "Which dialects it speaks cannot be told without a subscriber's token.")
	}
	if e.draft1 == yes && e.metadata == nil {
		e.add("hub", "metadata-missing", Warning, "It speaks draft1, but its metadata document cannot be read: clients do not learn what aud and which cookie it wants.").
			mend("Pass %s to the hub too.", draft1.MetadataPrefix+e.hub.Path)
	}
	if e.draft1 == yes {
		e.checkQuery(ctx)
	}
}

// checkQuery tries the QUERY method, which carries long lists of matchers.
func (e *exam) checkQuery(ctx context.Context) {
	if e.heldBack {
		return // it would be, too
	}
	token := ""
	if e.maySend() && (e.token == nil || e.token.Reads() || !e.token.Publishes()) {
		token = e.o.Token
	}
	a, err := e.status(ctx, question{method: "QUERY", form: url.Values{"match": e.o.Topics}, token: token})
	switch {
	case err != nil:
		e.add("hub", "query", Skipped, "Whether QUERY is taken was not seen: %s.", reason(err))
	case a.StatusCode == http.StatusOK, a.StatusCode == 401, a.StatusCode == 403, a.StatusCode == 429:
		e.add("hub", "query", OK, "It takes QUERY, for lists of matchers that are too long for a URL.")
	default:
		e.add("hub", "query", Warning, "It does not take the method QUERY (%d), which the text leaves open: long lists of matchers do not fit into a URL.", a.StatusCode).
			mend("If clients need it, allow QUERY in the proxy in front.")
	}
}

// resource is what the aud of an access token must hold.
func (e *exam) resource() string {
	if e.metadata != nil {
		return e.metadata.Resource
	}
	return e.hub.String()
}

// parameter is the query parameter to subscribe with.
func (e *exam) parameter() string {
	if e.classic == no || e.token != nil && e.token.Dialect == Draft1 && e.draft1 == yes {
		return "match"
	}
	return "topic"
}
