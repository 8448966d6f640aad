//go:build !js

package payload_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestTheBrowserDoesNotPayForLargePackages keeps out what would add tens to
// hundreds of kilobytes to the compressed module.
func TestTheBrowserDoesNotPayForLargePackages(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "amalgam/payload/messages")
	list.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := list.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	deps := strings.Fields(string(out))
	found := false
	for _, dep := range deps {
		found = found || dep == "amalgam/payload/pattern"
		switch root, _, _ := strings.Cut(dep, "/"); root {
		case "fmt", "regexp", "time", "encoding", "net", "text", "sort", "context", "log", "os", "bufio", "math/big", "syscall":
			t.Errorf("%s is imported", dep)
		}
		if strings.Contains(dep, ".") {
			t.Errorf("%s is imported: only the standard library is needed", dep)
		}
	}
	if !found {
		t.Errorf("go list does not tell what is imported: %s", out)
	}
}
