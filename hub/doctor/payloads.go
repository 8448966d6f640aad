package doctor

import (
	"context"
	"net/http"
	"strings"

	"amalgam/payload"
)

// maxSchemas is how much is read of a hub's schemas, in bytes.
const maxSchemas = 16 << 20

// checkPayloads reads the schemas of payloads, which hubs other than ours do
// not have.
func (e *exam) checkPayloads(ctx context.Context) {
	u := *e.hub
	u.Path += "/payloads"
	a, err := e.status(ctx, question{method: http.MethodGet, url: &u, most: maxSchemas, header: http.Header{"Accept": {"application/schema+json"}, "Accept-Encoding": {"identity"}}})
	switch {
	case err != nil:
		e.add("hub", "payloads", Skipped, "The schemas of payloads were not read: %s.", reason(err))
		return
	case a.StatusCode == http.StatusOK && a.Header.Get("Content-Encoding") != "":
		e.add("hub", "payloads", Skipped, "The schemas of payloads were not read: they came compressed (%s), though nobody asked for that.", e.excerpt(a.Header.Get("Content-Encoding")))
		return
	case a.StatusCode != http.StatusOK || !strings.HasSuffix(a.media(), "json"):
		e.add("hub", "payloads", OK, "It serves no schemas of payloads: it takes whatever data publishers send.").value("status", a.StatusCode)
		return
	}
	set, err := payload.ParseSchema([]byte(a.body))
	if err != nil {
		e.add("hub", "payloads", Problem, "The schemas of payloads at %s are not understood: %s.", &u, e.excerpt(err.Error())).
			mend("Pages that load them fail: see that nothing on the way changes this answer, or mend the schemas.")
		return
	}
	names := set.Names()
	e.add("hub", "payloads", OK, "It serves the schemas of payloads (events: %s).", e.excerpt(strings.Join(names, ", "))).value("events", len(names))
}
