package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
)

//go:embed debugger
var debuggerFiles embed.FS

// debuggerPolicy lets the page do what the SDK needs, and nothing else: its own
// scripts, wasm, its own worker and connections to this hub.
const debuggerPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self'; worker-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// DebuggerPage is what the debugger's page has to know.
type DebuggerPage struct {
	HubPath string
	SDKPath string
}

// Debugger serves a page below prefix in which a person subscribes, publishes,
// and sees what the hub does. It has no rights of its own: those of the token
// that is pasted into it, or of the browser's cookie.
func Debugger(prefix string, page DebuggerPage) (http.Handler, error) {
	files, err := fs.Sub(debuggerFiles, "debugger")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	t, err := template.ParseFS(files, "index.html")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	var index bytes.Buffer
	if err := t.Execute(&index, page); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	serve := http.StripPrefix(prefix, http.FileServerFS(files))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", debuggerPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		switch name := strings.TrimPrefix(r.URL.Path, prefix); {
		case name == "" || name == "index.html":
			h.Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(index.Bytes())
		case strings.HasSuffix(name, ".js"):
			h.Set("Content-Type", "text/javascript; charset=utf-8") // the machine's table may not know it
			serve.ServeHTTP(w, r)
		default:
			serve.ServeHTTP(w, r)
		}
	}), nil
}
