package deploy

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"amalgam/hub"
	"amalgam/hub/hubtest"
)

// mayDiffer are the headers that are between two neighbours, that say who they
// are, or that no two answers have in common.
var mayDiffer = []string{
	"Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Date", "X-Request-Id",
	"Server", "Via", "Alt-Svc", "Upgrade", // Apache offers h2c by Upgrade
}

// headers fails unless each kind of answer has, through the server, the
// headers that the hub gave it: those for caches and CORS above all.
func (w *way) headers() {
	cookie := "mercureAuthorization=" + hubtest.SubscriberToken(w, "*")
	token := "Bearer " + hubtest.PublisherToken(w, "*")
	const form = "application/x-www-form-urlencoded"
	for _, r := range []struct {
		name, method, query, body string
		header                    http.Header
		must                      []string
	}{
		{"a stream", http.MethodGet, "?lastEventID=earliest&topic=" + w.topic("headers"), "", http.Header{"Origin": {page}, "Cookie": {cookie}},
			[]string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers", "Last-Event-Id", "Vary", "Cache-Control", "X-Accel-Buffering", "Link"}},
		{"a preflight", http.MethodOptions, "", "", http.Header{"Origin": {page}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"authorization"}},
			[]string{"Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age"}},
		{"a publication", http.MethodPost, "", "topic=" + w.topic("headers") + "&data=x", http.Header{"Origin": {page}, "Authorization": {token}, "Content-Type": {form}},
			[]string{"Access-Control-Allow-Origin"}},
		{"a refusal", http.MethodPost, "", "topic=x", http.Header{"Origin": {page}, "Content-Type": {form}},
			[]string{"Access-Control-Allow-Origin", "Www-Authenticate"}},
		{"one of another origin", http.MethodGet, "?topic=x", "", http.Header{"Origin": {"https://elsewhere.example"}}, []string{"Vary"}},
	} {
		want, wanted := w.head(w.direct, r.method, r.query, r.body, r.header)
		got, status := w.head(w.through, r.method, r.query, r.body, r.header)
		if status != wanted {
			w.Errorf("%s: %d, from the hub itself %d", r.name, status, wanted)
		}
		for _, name := range r.must {
			if want.Get(name) == "" {
				w.Errorf("%s: the hub itself sends no %s", r.name, name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(both(want, got))) {
			want, got := values(want, name, w.direct), values(got, name, w.through)
			if !slices.Contains(mayDiffer, name) && want != got {
				w.Errorf("%s: %s is %q, from the hub itself %q", r.name, name, got, want)
			}
		}
		if r.method != http.MethodGet && got.Get("X-Request-Id") == "" && want.Get("X-Request-Id") != "" {
			w.Errorf("%s: the request id is gone", r.name)
		}
	}
}

// address fails unless the hub knows where the client is, whatever that says
// of itself.
func (w *way) address() {
	const forged = "203.0.113.9"
	from := "remote=" + w.from.String()
	before := w.hub.CountLog(from)
	_, status := w.head(w.through, http.MethodPost, "", "topic=x", http.Header{
		"X-Forwarded-For": {forged}, "X-Forwarded-Host": {"elsewhere.example"}, "X-Forwarded-Proto": {"gopher"},
		"Content-Type": {"application/x-www-form-urlencoded"},
	})
	if status != http.StatusUnauthorized {
		w.Errorf("publishing without a token: %d, want 401", status)
	}
	if err := w.hub.AwaitLog(from, before+1); err != nil {
		w.Error(err)
	}
	if w.hub.CountLog("remote="+forged) > 0 {
		w.Error("the hub believes what a client says of its address")
	}
}

// head sends a request and returns the header and status of its answer.
func (w *way) head(h *hubtest.Hub, method, query, body string, header http.Header) (http.Header, int) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), hubtest.Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, h.URL+query, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	maps.Copy(req.Header, header)
	resp, err := h.Client.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.Header, resp.StatusCode
}

func both(a, b http.Header) http.Header {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// values joins what a header says, in whichever order and lines. "HUB" stands
// for scheme, host and port of the hub, which it must have learnt as its
// clients write them.
func values(h http.Header, name string, at *hubtest.Hub) string {
	list := strings.Split(strings.Join(h.Values(name), ", "), ", ")
	slices.Sort(list)
	return strings.ReplaceAll(strings.Join(list, ", "), strings.TrimSuffix(at.URL, hub.DefaultPath), "HUB")
}
