// Package licenses holds the notices that the licences of what is compiled into
// the binary ask to be passed on with it. collect gathers them, in `make build`.
package licenses

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"runtime/debug"
	"strings"
)

// built has notices.txt.gz after `make build`, else no more than NOT-BUILT.txt.
//
//go:embed built
var built embed.FS

// Notices returns the notices that were collected before this binary was built,
// or an error that says how to have them collected.
func Notices() (string, error) { return read(built, modules()) }

// modules lists what this binary is made of, each as "path version".
func modules() (list []string) {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return nil
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		list = append(list, m.Path+" "+m.Version)
	}
	return list
}

func read(files fs.FS, modules []string) (string, error) {
	packed, err := fs.ReadFile(files, "built/notices.txt.gz")
	if err != nil {
		text, err := fs.ReadFile(files, "built/NOT-BUILT.txt")
		if err != nil {
			return "", err
		}
		return "", fmt.Errorf("%s", bytes.TrimSpace(text))
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return "", err
	}
	for _, m := range modules {
		if !strings.Contains(string(text), "\n"+m+"\n") {
			return "", fmt.Errorf("the licences were collected for another version of this program, without %s: run `make build`", m)
		}
	}
	return string(text), nil
}
