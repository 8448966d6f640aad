// Package draft1 speaks the 1.0 protocol, draft-dunglas-mercure-08: typed topic
// matchers, OAuth 2.0 access tokens, JSON subscriptions. Everything that only
// this dialect does is here.
package draft1

import (
	"net/http"
	"strings"

	"amalgam/hub/dialect"
	"amalgam/hub/topic"
	"amalgam/hub/update"
)

// CursorHeader answers a cursor (draft-08, Reconnection).
const CursorHeader = "Mercure-Last-Event-ID"

// The matcher types of the draft, as they are spelled everywhere.
const (
	MatchExact      = "exact"
	MatchURLPattern = "urlpattern"
)

// MatchTypes lists the matcher types that the hub supports.
var MatchTypes = []string{MatchExact, MatchURLPattern}

// Reserves reports whether name lies in the namespace of matcher parameters:
// whatever begins with "match", in any case (draft-08, Subscription).
func Reserves(name string) bool {
	return len(name) >= 5 && strings.EqualFold(name[:5], "match")
}

// ParseSubscribe reads the parameters of a subscription, those of the query
// and those of a body together. base is the hub's URL.
func ParseSubscribe(r *http.Request, query, body dialect.Form, limits dialect.Limits, base string) (dialect.Subscription, *dialect.Refusal) {
	var sub dialect.Subscription
	form := append(query[:len(query):len(query)], body...)
	for _, p := range form {
		if !Reserves(p.Name) {
			continue
		}
		matchType, known := parameters[p.Name]
		if !known {
			return sub, dialect.Refuse(http.StatusBadRequest, "match-unknown", p.Name, "%q is no parameter of this hub, and every name that begins with match is reserved: use match, match_exact or match_urlpattern", p.Name)
		}
		if len(sub.Matchers) == limits.Matchers1 {
			return sub, dialect.Refuse(http.StatusBadRequest, "match-count", p.Name, "a subscription has at most %d matchers: use a URL Pattern, or several streams", limits.Matchers1)
		}
		m, refusal := matcher(p.Name, matchType, p.Value, base)
		if refusal != nil {
			return sub, refusal
		}
		sub.Matchers = append(sub.Matchers, m)
	}
	sub.Cursor = Cursor(r, form)
	var refusal *dialect.Refusal
	sub.NameTopics, refusal = dialect.NamesTopics(form)
	return sub, refusal
}

var parameters = map[string]string{"match": MatchExact, "match_exact": MatchExact, "match_urlpattern": MatchURLPattern}

func matcher(field, matchType, pattern, base string) (*topic.Matcher, *dialect.Refusal) {
	if f := update.CheckTopic("match", pattern, true); f != nil {
		f.Field = field
		return nil, dialect.RefuseFault(http.StatusBadRequest, f)
	}
	m, err := compile(matchType, pattern, base)
	if err != nil {
		rule := "match-pattern"
		if len(pattern) > topic.MaxPattern {
			rule = "match-length"
		}
		return nil, dialect.Refuse(http.StatusBadRequest, rule, field, "%v", err)
	}
	return m, nil
}

func compile(matchType, pattern, base string) (*topic.Matcher, error) {
	if matchType == MatchURLPattern {
		return topic.NewURLPattern(pattern, base)
	}
	return topic.NewExact(pattern)
}

// Cursor returns the id that the client has seen last, or "". The header wins
// over the query, the query over the body.
func Cursor(r *http.Request, form dialect.Form) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	id, _ := form.Get("last_event_id")
	return id
}
