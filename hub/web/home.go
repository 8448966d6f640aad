package web

import (
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed home.html
var homeHTML string

var homeTemplate = template.Must(template.New("home").Parse(homeHTML))

// HomePage is what the home page says.
type HomePage struct {
	Version  string
	HubPath  string
	SDKPath  string
	SDKBuilt bool
	// DebuggerPath is where the debugger is; "" without one.
	DebuggerPath string
}

// Home serves the page at the root: what this server is and where to go on.
func Home(page HomePage) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Add("Link", "<"+page.HubPath+`>; rel="mercure"`)
		_ = homeTemplate.Execute(w, page)
	})
}
