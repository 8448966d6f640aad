package doctor

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// An exam is one run: what was asked, and what is known so far.
type exam struct {
	o        Options
	given    *url.URL
	hub      *url.URL // where it is examined; a redirect can move it
	client   *http.Client
	findings []*Finding
	secrets  []string // never in a finding

	token    *Token
	badToken error // why Token is nil although there is one

	// trusted says that a token may be sent: over verified TLS, or plainly
	// within this machine or a private network, or because somebody insists.
	trusted bool
	// private says that the hub has addresses of a private network only.
	private bool
	// heldBack says that heads of streams do not arrive: HEAD has to do.
	heldBack bool

	base     *answer   // to GET without a topic
	first    *answer   // to the first subscription, without a token
	metadata *metadata // nil without
	classic  knowledge
	draft1   knowledge
	accepted bool // the hub took the token of a subscriber
	// refusedPublisher says that it did not take it of a publisher.
	refusedPublisher bool
}

// knowledge is what is known of a fact.
type knowledge int

const (
	unknown knowledge = iota
	yes
	no
)

func newExam(o Options, target *url.URL) *exam {
	e := &exam{o: o, given: target, hub: target}
	if o.Token != "" {
		e.secrets = append(e.secrets, o.Token)
		for part := range strings.SplitSeq(o.Token, ".") {
			if len(part) >= 16 {
				e.secrets = append(e.secrets, part)
			}
		}
	}
	if len(o.Topics) == 0 {
		e.o.Topics = []string{"urn:amalgam:doctor:" + uuid.NewString()}
	}
	e.useClient(true)
	return e
}

// complete adds the path that a hub usually has where none was given.
func (e *exam) complete() {
	if strings.Trim(e.hub.Path, "/") != "" {
		return
	}
	whole := *e.hub
	whole.Path = usualPath
	e.hub = &whole
	e.add("hub", "url", OK, "The URL has no path: the hub is looked for at %s. Clients have to be given that.", e.hub)
}

// ownTopics says that nobody named a topic.
func (e *exam) ownTopics() bool { return strings.HasPrefix(e.o.Topics[0], "urn:amalgam:doctor:") }

// add records a finding; the words are formatted with args.
func (e *exam) add(group, check string, status Status, text string, args ...any) *Finding {
	f := &Finding{Group: group, Check: check, Status: status, Text: fmt.Sprintf(text, args...)}
	e.findings = append(e.findings, f)
	return f
}

// mend says what to do about a finding.
func (f *Finding) mend(text string, args ...any) *Finding {
	f.Mend = fmt.Sprintf(text, args...)
	return f
}

// value keeps something that was measured.
func (f *Finding) value(name string, v any) *Finding {
	if f.Values == nil {
		f.Values = make(map[string]any)
	}
	f.Values[name] = v
	return f
}

func (e *exam) skipRest(why string, groups ...string) {
	for _, g := range groups {
		e.add(g, g, Skipped, "Not examined: %s.", why)
	}
}

// finish orders the findings, takes secrets and control characters out of what
// a hub had a part in, and counts.
func (e *exam) finish() *Report {
	slices.SortStableFunc(e.findings, func(a, b *Finding) int {
		return cmp.Compare(slices.Index(Groups, a.Group), slices.Index(Groups, b.Group))
	})
	r := &Report{URL: e.given.String(), Examined: e.hub.String(), Verdict: OK}
	for _, f := range e.findings {
		f.Text, f.Mend = e.clean(f.Text), e.clean(f.Mend)
		for k, v := range f.Values {
			if s, ok := v.(string); ok {
				f.Values[k] = e.clean(s)
			}
		}
		switch f.Status {
		case Problem:
			r.Problems++
			r.Verdict = Problem
		case Warning:
			r.Warnings++
			if r.Verdict == OK {
				r.Verdict = Warning
			}
		}
		r.Findings = append(r.Findings, *f)
	}
	return r
}

// clean makes words safe to show on a terminal: the token is taken out, and
// whatever could move the cursor.
func (e *exam) clean(s string) string {
	for _, secret := range e.secrets {
		s = strings.ReplaceAll(s, secret, "[token]")
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}

// excerpt shortens what a server said. The token is taken out first: a part of
// it would not be known again.
func (e *exam) excerpt(s string) string { return excerpt(e.clean(s)) }

func excerpt(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
