// Package dialect holds what the hub's handlers and the two dialects share: a
// request to subscribe or to publish after it has been read, and a refusal.
package dialect

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"amalgam/hub/topic"
	"amalgam/hub/update"
	"amalgam/payload"
)

// A Subscription is what a client asked to receive.
type Subscription struct {
	Matchers []*topic.Matcher
	// Cursor is the id the client has seen last, "earliest", or "".
	Cursor string
	// NameTopics asks for a topic line in every event (topics=on).
	NameTopics bool
}

// A Refusal is the hub's answer to a request it does not serve. Every refusal
// names its rule; only a hub that explains shows the rule and the reason to
// the client, unless the refusal is Public.
type Refusal struct {
	Status int
	Rule   string // a short name such as "topic-missing"
	Field  string // the parameter, header or claim at fault; may be empty
	Reason string // what is wrong and what mends it, for a person
	// Code is the error code of the WWW-Authenticate challenge (RFC 6750, 3.1).
	// A 401 has a challenge with or without one, other statuses only with one.
	Code string
	// Public refusals are told to the client by every hub: their reason gives
	// nothing away that the client does not know or may not read.
	Public bool
	// Issues are the faults of an update's data, for rule "payload".
	Issues []payload.Issue
}

// The error codes of RFC 6750, 3.1.
const (
	InvalidRequest    = "invalid_request"
	InvalidToken      = "invalid_token"
	InsufficientScope = "insufficient_scope"
)

func (r *Refusal) Error() string { return r.Rule + ": " + r.Reason }

// Refuse makes a refusal; reason is formatted with args.
func Refuse(status int, rule, field, reason string, args ...any) *Refusal {
	if len(args) > 0 {
		reason = fmt.Sprintf(reason, args...)
	}
	return &Refusal{Status: status, Rule: rule, Field: field, Reason: reason}
}

// BadToken makes the answer to a token that fails: one code, whatever the
// reason, which only the log and a hub that explains tell (draft-08, Error
// Responses).
func BadToken(rule, field string, err error) *Refusal {
	r := Refuse(http.StatusUnauthorized, rule, field, "%v", err)
	r.Code = InvalidToken
	return r
}

// Insufficient makes the answer to a sound token that does not cover a request.
func Insufficient(rule, field, reason string, args ...any) *Refusal {
	r := Refuse(http.StatusForbidden, rule, field, reason, args...)
	r.Code = InsufficientScope
	return r
}

// RefuseFault makes a refusal of a fault in an update.
func RefuseFault(status int, f *update.Fault) *Refusal {
	return &Refusal{Status: status, Rule: f.Rule, Field: f.Field, Reason: f.Reason}
}

// Limits bound what one request may ask for. Zero takes the default.
type Limits struct {
	Body      int64 // bytes of a publish or QUERY body; default 1 MiB
	Topics    int   // topics in a classic update; default 1,000
	Topics1   int   // topics in a draft1 update; default 100
	Matchers  int   // selectors in a classic subscription; default 1,000
	Matchers1 int   // matchers in a draft1 subscription or detail; default 100
	Details   int   // authorization details in a token; default 100
}

// WithDefaults returns l with its zeros replaced.
func (l Limits) WithDefaults() Limits {
	l.Body = cmp.Or(l.Body, 1<<20)
	l.Topics = cmp.Or(l.Topics, 1000)
	l.Topics1 = cmp.Or(l.Topics1, 100)
	l.Matchers = cmp.Or(l.Matchers, 1000)
	l.Matchers1 = cmp.Or(l.Matchers1, 100)
	l.Details = cmp.Or(l.Details, 100)
	return l
}

// ReadUpdate takes the fields of an update from a form, unchecked. Fields that
// the protocol does not name are ignored.
func ReadUpdate(form Form) *update.Update {
	u := &update.Update{Topics: form.All("topic")}
	u.Data, _ = form.Get("data")
	u.Type, _ = form.Get("type")
	u.Retry, _ = form.Get("retry")
	u.ID, _ = form.Get("id")
	_, u.Private = form.Get("private")
	return u
}

// Form is a list of names and values in the order they were sent.
type Form []Pair

// A Pair is one name and value of a form, decoded.
type Pair struct{ Name, Value string }

// ParseForm reads application/x-www-form-urlencoded as browsers write it (the
// parser of the URL standard): only "&" separates, "+" is a space, an escape
// that is none stays as it is. Bytes that are not UTF-8 are kept, for the rules
// on fields to refuse.
func ParseForm(s string) Form {
	var form Form
	for s != "" {
		var pair string
		pair, s, _ = strings.Cut(s, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		form = append(form, Pair{unescape(name), unescape(value)})
	}
	return form
}

func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	return topic.Unescape(strings.ReplaceAll(s, "+", " "))
}

// Get returns the first value of name, and whether there is one.
func (f Form) Get(name string) (string, bool) {
	for _, p := range f {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// All returns every value of name.
func (f Form) All(name string) []string {
	var all []string
	for _, p := range f {
		if p.Name == name {
			all = append(all, p.Value)
		}
	}
	return all
}

// NamesTopics reads topics=on, which any subscription may have.
func NamesTopics(f Form) (bool, *Refusal) {
	v, ok := f.Get("topics")
	switch {
	case !ok || v == "off":
		return false, nil
	case v == "on":
		return true, nil
	}
	return false, Refuse(http.StatusBadRequest, "topics-value", "topics", `topics is "on" or "off"; to subscribe to a topic, use "topic"`)
}
