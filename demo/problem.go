package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// maxBody bounds a request to the API, in bytes: a message of 4,000 code
// points, each of them escaped as a surrogate pair, and room to spare.
const maxBody = 64 << 10

// A problem is a refusal (RFC 9457) that says which field is wrong and how to
// mend it. Field names a JSON member, a header, a cookie or a path segment.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Field  string `json:"field,omitempty"`
	Mend   string `json:"mend"`
	// Issues are the faults of a payload, as hub and SDK report them.
	Issues json.RawMessage `json:"issues,omitempty"`
}

func (p *problem) Error() string { return p.Detail }

func refuse(status int, field, detail, mend string) *problem {
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Field: field, Detail: detail, Mend: mend}
}

// An apiHandler answers with a value, which becomes JSON, or with an error.
type apiHandler func(w http.ResponseWriter, r *http.Request) (any, error)

func (h apiHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := h(w, r)
	if err != nil {
		writeProblem(w, err)
		return
	}
	writeJSON(w, http.StatusOK, "application/json", answer)
}

// writeProblem is the only place that turns an error into a response.
func writeProblem(w http.ResponseWriter, err error) {
	var p *problem
	if !errors.As(err, &p) {
		p = refuse(http.StatusInternalServerError, "", "something went wrong here", "try again; the server's log says more")
	}
	writeJSON(w, p.Status, "application/problem+json", p)
}

func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // fails when the client has gone: nobody is left to tell
}

// readBody decodes the one JSON object of a request into v.
func readBody(w http.ResponseWriter, r *http.Request, v any) error {
	if ct, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); ct != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "Content-Type", "the body is not declared as JSON", "send the header Content-Type: application/json")
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if err == nil {
		if _, more := dec.Token(); more != io.EOF {
			return refuse(http.StatusBadRequest, "", "the body goes on after its JSON object", "send exactly one JSON object")
		}
		return nil
	}
	var tooLarge *http.MaxBytesError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &tooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "", fmt.Sprintf("the body is larger than %d bytes", maxBody), "send less")
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return refuse(http.StatusBadRequest, wrongType.Field, "a "+wrongType.Value+" where a string belongs", "send a JSON string")
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		name := strings.Trim(strings.TrimPrefix(err.Error(), "json: unknown field "), `"`)
		return refuse(http.StatusBadRequest, name, "this field is not known here", "leave it out, or check its spelling")
	}
	return refuse(http.StatusBadRequest, "", "the body is not a JSON object: "+strings.TrimPrefix(err.Error(), "json: "), "send one JSON object")
}

// sameOrigin lets a request through that the browser says comes from this
// page. Every route behind it changes something and is authorised by a cookie,
// so a request that says nothing about where it comes from is refused as well.
func sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := checkOrigin(r); p != nil {
			writeProblem(w, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func checkOrigin(r *http.Request) *problem {
	const mend = "call this API from the demo's own page; from a script, send the header Origin with the page's origin"
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	// Sec-Fetch-Site is the browser's own judgement and holds behind a proxy
	// that rewrites Host. Browsers leave it out on plain http: Origin decides.
	switch site {
	case "same-origin":
		return nil
	case "":
	default:
		return refuse(http.StatusForbidden, "Sec-Fetch-Site", "the request comes from another site ("+site+")", mend)
	}
	if origin == "" {
		return refuse(http.StatusForbidden, "Origin", "the request does not say where it comes from", mend)
	}
	if u, err := url.Parse(origin); err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) {
		return refuse(http.StatusForbidden, "Origin", "the request comes from another origin", mend)
	}
	return nil
}

func notFound(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, refuse(http.StatusNotFound, "path", "there is nothing at this address", "the page is at /, its API under /api/; demo/README.md lists both"))
}

func methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	allow := "GET, HEAD"
	if strings.HasPrefix(r.URL.Path, "/api/") && r.URL.Path != "/api/curl" {
		allow = "POST"
	}
	w.Header().Set("Allow", allow)
	writeProblem(w, refuse(http.StatusMethodNotAllowed, "method", r.Method+" does nothing here", "use "+allow))
}
