package wasm

import "strings"

// metadataURL is where the hub at u publishes the metadata of draft1 (RFC 9728).
// It does without net/url, whose initialization, were it only imported, would
// add 100 KB to every module.
func metadataURL(u string) string {
	if end := strings.IndexAny(u, "?#"); end >= 0 {
		u = u[:end]
	}
	path := 0 // of a relative URL, which the browser resolves
	if start := strings.Index(u, "//"); start >= 0 {
		path = len(u)
		if slash := strings.IndexByte(u[start+2:], '/'); slash >= 0 {
			path = start + 2 + slash
		}
	}
	return u[:path] + "/.well-known/oauth-protected-resource" + u[path:]
}
