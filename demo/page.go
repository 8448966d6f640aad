package demo

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"time"

	"github.com/gorilla/mux"
)

//go:embed static
var static embed.FS

// contentSecurityPolicy lets the page do what the SDK needs, and nothing else:
// its own scripts, wasm, its own worker and connections to its own origin.
const contentSecurityPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
	"connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; worker-src 'self'"

// contentTypes are the only kinds of file the page is made of. They are named
// here because mime.TypeByExtension answers with what the machine believes.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

type asset struct {
	body        []byte
	contentType string
	etag        string
}

// page serves the embedded files. It is filled by newPage and never changes.
type page struct {
	root  asset
	files map[string]asset
}

func newPage(cfg Config) (*page, error) {
	entries, err := fs.ReadDir(static, "static")
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	p := &page{files: make(map[string]asset)}
	for _, e := range entries {
		body, err := fs.ReadFile(static, path.Join("static", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("demo: %w", err)
		}
		contentType, ok := contentTypes[path.Ext(e.Name())]
		if !ok {
			return nil, fmt.Errorf("demo: static/%s: no content type for this kind of file; name it in page.go", e.Name())
		}
		if e.Name() == "index.html" {
			if p.root, err = renderIndex(body, contentType, cfg); err != nil {
				return nil, err
			}
			continue
		}
		p.files[e.Name()] = newAsset(body, contentType)
	}
	return p, nil
}

// renderIndex tells the page where the hub and the SDK are.
func renderIndex(body []byte, contentType string, cfg Config) (asset, error) {
	t, err := template.New("index.html").Option("missingkey=error").Parse(string(body))
	if err != nil {
		return asset{}, fmt.Errorf("demo: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, map[string]string{"Hub": cfg.PublicHubPath, "SDK": cfg.SDKPath}); err != nil {
		return asset{}, fmt.Errorf("demo: %w", err)
	}
	return newAsset(out.Bytes(), contentType), nil
}

func newAsset(body []byte, contentType string) asset {
	return asset{body: body, contentType: contentType, etag: fmt.Sprintf(`"%x"`, sha256.Sum256(body))}
}

func (p *page) index(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", contentSecurityPolicy)
	w.Header().Set("Referrer-Policy", "same-origin")
	p.root.serve(w, r)
}

func (p *page) file(w http.ResponseWriter, r *http.Request) {
	f, ok := p.files[mux.Vars(r)["file"]]
	if !ok {
		notFound(w, r)
		return
	}
	f.serve(w, r)
}

func (f asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	// Asked again each time, answered 304: a new binary never meets old files.
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", f.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}
