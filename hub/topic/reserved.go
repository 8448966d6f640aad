package topic

import (
	"strings"

	"github.com/nlnwa/whatwg-url/url"
)

// A Namespace is the part of the URL space that belongs to the hub: its own
// path and all below. Publishers may not use it (draft-08, Publication).
type Namespace struct {
	base string // the hub's URL
	path string
	last string // the last segment of path
}

// NewNamespace returns the namespace of the hub at hubURL, an absolute URL.
func NewNamespace(hubURL string) (*Namespace, error) {
	u, err := url.Parse(hubURL)
	if err != nil {
		return nil, err
	}
	path := normalPath(u.Pathname())
	return &Namespace{base: hubURL, path: path, last: path[strings.LastIndexByte(path, '/')+1:]}, nil
}

// Holds reports whether topic, resolved against the hub's URL as a browser
// would, addresses the namespace, on whatever scheme and host. A topic that is
// no URL reference does not.
func (n *Namespace) Holds(topic string) bool {
	if !strings.Contains(topic, n.last) && strings.IndexByte(topic, '%') < 0 && !isBase(topic) {
		return false // nothing in it could spell the last segment of the path
	}
	u, err := url.ParseRef(n.base, topic)
	if err != nil {
		return false
	}
	path := normalPath(u.Pathname())
	return path == n.path || strings.HasPrefix(path, n.path+"/")
}

// isBase reports whether a reference has no path of its own, so that it takes
// the base's: "", "?query", "#fragment", also after a scheme ("http:") and with
// spaces around.
func isBase(reference string) bool {
	reference = strings.Trim(reference, " ")
	if i := strings.IndexByte(reference, ':'); i >= 0 && strings.Trim(reference[:i], letters) == "" {
		reference = reference[i+1:]
	}
	return reference == "" || reference[0] == '?' || reference[0] == '#'
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// normalPath decodes the escapes of unreserved characters (RFC 3986, 2.3). The
// URL parser has removed dot segments, in their escaped spellings too.
func normalPath(path string) string {
	if strings.IndexByte(path, '%') < 0 {
		return path
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) {
			hi, ok1 := unhex(path[i+1])
			lo, ok2 := unhex(path[i+2])
			if c := hi<<4 | lo; ok1 && ok2 && unreserved(c) {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(path[i])
	}
	return b.String()
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// Escape percent-encodes s as RFC 6570's simple expansion does: everything
// but unreserved characters, exactly once.
func Escape(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+len(s)/2)
	for i := range len(s) {
		if c := s[i]; unreserved(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

// Unescape decodes every percent-encoded byte of s; an escape that is none
// stays as it is.
func Unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, ok1 := unhex(s[i+1])
			lo, ok2 := unhex(s[i+2])
			if ok1 && ok2 {
				b.WriteByte(hi<<4 | lo)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
