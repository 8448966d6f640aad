// Package web serves what the hub shows besides the protocol: its home page,
// the browser SDK, its health.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// SDK serves the files of the browser SDK below prefix, with the encodings
// that lie beside them (NAME.br, NAME.gz), or in place of them (NAME.gz alone):
// then a client that takes no gzip gets what is in it. Every origin may load them: they are
// public. Browsers keep them and ask each time whether they have changed.
func SDK(prefix string, files fs.FS, built bool) (http.Handler, error) {
	if !built {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "The browser SDK was not built into this binary: run `make build`, which needs Go and Node.js, and start it again.", http.StatusNotFound)
		}), nil
	}
	s := &sdk{prefix: prefix, files: make(map[string]*sdkFile)}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		base := path.Base(name)
		if strings.HasPrefix(base, ".") || strings.HasSuffix(base, ".br") {
			return nil
		}
		name = strings.TrimSuffix(name, ".gz")
		if s.files[name] != nil {
			return nil
		}
		f, err := loadFile(files, name)
		if err == nil {
			s.files[name] = f
		}
		return err
	})
	return s, err
}

type sdk struct {
	prefix string
	files  map[string]*sdkFile
}

// sdkFile is one file in every encoding it has.
type sdkFile struct {
	mime  string
	etag  string
	body  map[string][]byte      // by encoding
	plain func() ([]byte, error) // without one
}

func loadFile(files fs.FS, name string) (*sdkFile, error) {
	f := &sdkFile{mime: mediaType(name), body: make(map[string][]byte)}
	for encoding, suffix := range map[string]string{"br": ".br", "gzip": ".gz"} {
		body, err := fs.ReadFile(files, name+suffix)
		if err == nil {
			f.body[encoding] = body
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	plain, err := fs.ReadFile(files, name)
	switch packed := f.body["gzip"]; {
	case err == nil:
		f.plain = func() ([]byte, error) { return plain, nil }
		for encoding, body := range f.body {
			if len(body) >= len(plain) {
				delete(f.body, encoding)
			}
		}
		f.etag = tag(plain)
	case errors.Is(err, fs.ErrNotExist) && packed != nil:
		f.plain = sync.OnceValues(func() ([]byte, error) { return gunzip(packed) })
		f.etag = tag(packed)
	default:
		return nil, err
	}
	return f, nil
}

func tag(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:12])
}

func gunzip(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// mediaType does not ask the machine, whose table may not know wasm.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".wasm":
		return "application/wasm"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".ts", ".txt", ".md":
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func (s *sdk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, s.prefix)
	f := s.files[name]
	if f == nil {
		http.Error(w, fmt.Sprintf("the SDK has no file %q; its entry is %sindex.js", name, s.prefix), http.StatusNotFound)
		return
	}
	encoding := negotiate(r.Header.Get("Accept-Encoding"), f.body)
	body := f.body[encoding]
	if encoding == "" {
		var err error
		if body, err = f.plain(); err != nil {
			http.Error(w, "the file "+name+" in this binary is damaged: build it again", http.StatusInternalServerError)
			return
		}
	}
	h.Set("Content-Type", f.mime)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", fmt.Sprintf(`"%s%s"`, f.etag, encoding))
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// negotiate picks the smallest body that the client accepts (RFC 9110,
// 12.5.3): the weights only say which are not acceptable at all.
func negotiate(accept string, bodies map[string][]byte) string {
	best := ""
	for _, part := range strings.Split(accept, ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			if v, err := strconv.ParseFloat(q, 64); err != nil || v == 0 {
				continue
			}
		}
		if body, ok := bodies[name]; ok && (best == "" || len(body) < len(bodies[best])) {
			best = name
		}
	}
	return best
}
