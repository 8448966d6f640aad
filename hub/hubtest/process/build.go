package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// Build builds the binary in a folder; flags are further ones for go build.
func Build(dir string, flags ...string) (bin string, err error) {
	bin = filepath.Join(dir, "amalgam")
	args := append([]string{"build", "-ldflags", "-s -w", "-o", bin}, flags...)
	cmd := exec.Command("go", append(args, "amalgam/hub/cmd/amalgam")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is released
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the hub: %v\n%s", err, out)
	}
	return bin, nil
}

var built struct {
	once sync.Once
	dir  string
	bin  string
	err  error
}

// Binary builds the binary, once for all tests of a package. Its TestMain
// calls Remove.
func Binary() (string, error) {
	b := &built
	b.once.Do(func() {
		if b.dir, b.err = os.MkdirTemp("", "amalgam-test-"); b.err == nil {
			b.bin, b.err = Build(b.dir)
		}
	})
	return b.bin, b.err
}

// Remove removes what Binary has built.
func Remove() {
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
}
