package deploy

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"amalgam/hub/hubtest"
	"amalgam/hub/hubtest/process"
)

// maxImage bounds the image's files, in bytes.
const maxImage = 25_000_000

// imageUser is whom the image runs as.
const imageUser = "65532:65532"

// The image is built by the Dockerfile's own last stage, from a binary that is
// there already, and runs as compose.yaml has it run: with these variables,
// read-only but for its volumes, without a capability, on port 80 of a network
// of its own.
func TestTheImageRunsAsComposeRunsIt(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the binary; not with -short")
	}
	b := newBuilder(t)
	root, about := b.image()
	about.check(t)
	checkFiles(t, root)

	service := readCompose(t)
	c := start(t, root, about, service)
	c.exec("health")
	c.checkUser()
	topic := "https://example.com/rooms/1"
	s := c.hub.Subscribe(t, "topic="+topic, http.Header{"Origin": {service.origin(t)}})
	if s.Response.Header.Get("Access-Control-Allow-Origin") == "" {
		t.Error("the page that compose.yaml lists may not read")
	}
	id := c.hub.Send(t, "topic", topic, "data", "hello")
	s.Want(t, "hello")
	c.stop()

	c = start(t, root, about, service, c.data)
	again := c.hub.Subscribe(t, "topic="+topic+"&lastEventID="+url.QueryEscape("earliest"), nil)
	if e := again.Next(t); e.ID != id {
		t.Errorf("another container with the same volume begins with %q, want %q", e.ID, id)
	}
	c.stop()
}

// A builder is buildah with a storage of its own.
type builder struct {
	*testing.T
	dir string
}

func newBuilder(t *testing.T) *builder {
	reason := ""
	for _, program := range []string{"buildah", "unshare", "nsenter", "ip", "chroot"} {
		if _, err := exec.LookPath(program); err != nil {
			reason = program + " is not on this machine: make deps"
		}
	}
	if os.Getuid() != 0 {
		reason = "an image is built and started with a network and mounts of its own here, which only root may do"
	}
	if reason != "" {
		if os.Getenv("CI") == "true" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	return &builder{t, t.TempDir()}
}

// buildah runs buildah and returns what it prints.
func (b *builder) buildah(args ...string) string {
	b.Helper()
	at := []string{"--root", filepath.Join(b.dir, "root"), "--runroot", filepath.Join(b.dir, "run"), "--storage-driver", "vfs"}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // also when the test is over
	defer cancel()
	cmd := exec.CommandContext(ctx, "buildah", append(at, args...)...)
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("buildah %s: %v\n%s%s", strings.Join(args, " "), err, out, errors.String())
	}
	return strings.TrimSpace(string(out))
}

// image builds the image and returns its files and what it says of itself.
func (b *builder) image() (root string, about config) {
	b.Helper()
	bin, err := process.Binary()
	if err != nil {
		b.Fatal(err)
	}
	const top = "../.."
	folder := filepath.Join(b.dir, "context")
	if out, err := exec.Command("bash", "rootfs.sh", bin, filepath.Join(folder, ".build/rootfs")).CombinedOutput(); err != nil {
		b.Fatalf("rootfs.sh: %v\n%s", err, out)
	}
	for _, name := range []string{"Dockerfile", ".dockerignore"} {
		text, err := os.ReadFile(filepath.Join(top, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text, 0o600)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.buildah("bud", "--isolation", "chroot", "--format", "docker", "--target", "prebuilt", "--build-arg", "VERSION=of-the-test", "-t", "amalgam", folder)
	var inspected struct{ Docker struct{ Config config } }
	if err := json.Unmarshal([]byte(b.buildah("inspect", "--type", "image", "amalgam")), &inspected); err != nil {
		b.Fatal(err)
	}
	container := b.buildah("from", "amalgam")
	b.Cleanup(func() { b.buildah("rm", container) })
	return b.buildah("mount", container), inspected.Docker.Config
}

// config is what an image says of itself.
type config struct {
	User, StopSignal     string
	Env, Entrypoint, Cmd []string
	ExposedPorts         map[string]any
	Volumes              map[string]any
	Labels               map[string]string
	Healthcheck          struct{ Test []string }
}

func (c config) check(t *testing.T) {
	t.Helper()
	for what, is := range map[string]bool{
		"the user":        c.User == imageUser,
		"the stop signal": c.StopSignal == "SIGTERM",
		"the command":     slices.Equal(append(c.Entrypoint, c.Cmd...), []string{"/amalgam", "run"}),
		"the health":      slices.Equal(c.Healthcheck.Test, []string{"CMD", "/amalgam", "health"}),
		"the volume":      c.Volumes["/data"] != nil,
		"the ports":       c.ExposedPorts["80/tcp"] != nil && c.ExposedPorts["443/tcp"] != nil && c.ExposedPorts["443/udp"] != nil,
		"the version":     c.Labels["org.opencontainers.image.version"] == "of-the-test",
		"the licence":     c.Labels["org.opencontainers.image.licenses"] == "MIT",
	} {
		if !is {
			t.Errorf("%s is not what it should be: %+v", what, c)
		}
	}
}

// checkFiles fails unless the image is small and holds what it should, the
// volumes' folders for the user that owns them.
func checkFiles(t *testing.T, root string) {
	t.Helper()
	var size int64
	var names []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err == nil && info.Mode().IsRegular() {
			size += info.Size()
			names = append(names, strings.TrimPrefix(path, root))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the image holds %.1f MB: %v", float64(size)/1e6, names)
	if size > maxImage {
		t.Errorf("the image holds %d bytes, want %d at most", size, maxImage)
	}
	if want := []string{"/amalgam", "/etc/ssl/certs/ca-certificates.crt"}; !slices.Equal(names, want) {
		t.Errorf("the image holds %v, want %v", names, want)
	}
	for path, want := range map[string]string{"/data": imageUser, "/config": imageUser, "/": "0:0", "/amalgam": "0:0"} {
		if got := owner(t, filepath.Join(root, path)); got != want {
			t.Errorf("%s is %s's, want %s", path, got, want)
		}
	}
}

// A service is what compose.yaml says of the hub.
type service struct {
	Environment map[string]string
	Ports       []string
	Volumes     []string
	Restart     string
	ReadOnly    bool `yaml:"read_only"`
}

// readCompose reads compose.yaml, with the test's keys in place of yours.
func readCompose(t *testing.T) service {
	t.Helper()
	text, err := os.ReadFile("../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]service
		Volumes  map[string]any
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	s := file.Services["mercure"]
	for name, secret := range map[string]string{
		"MERCURE_PUBLISHER_JWT_KEY": hubtest.PublisherSecret, "MERCURE_SUBSCRIBER_JWT_KEY": hubtest.SubscriberSecret,
	} {
		if !strings.HasPrefix(s.Environment[name], "${"+name+":?") {
			t.Errorf("%s is %q, want what the environment has", name, s.Environment[name])
		}
		s.Environment[name] = secret
	}
	if !s.ReadOnly || s.Restart != "unless-stopped" || !slices.Equal(s.Ports, []string{"127.0.0.1:3000:80"}) || s.Environment["SERVER_NAME"] != ":80" {
		t.Errorf("compose.yaml is not the tutorial's any more: %+v", s)
	}
	for _, volume := range s.Volumes {
		name, _, _ := strings.Cut(volume, ":")
		if _, ok := file.Volumes[name]; !ok {
			t.Errorf("the volume %s is not among the volumes", name)
		}
	}
	return s
}

// origin is the one that the service lists.
func (s service) origin(t *testing.T) string {
	_, origin, ok := strings.Cut(s.Environment["MERCURE_EXTRA_DIRECTIVES"], "cors_origins ")
	if !ok {
		t.Fatal("compose.yaml lists no origin")
	}
	return strings.Fields(origin)[0]
}

// variables are the container's: the image's, then the service's.
func (s service) variables(c config) []string {
	env := slices.Clone(c.Env)
	for name, value := range s.Environment {
		env = append(env, fmt.Sprintf("%s=%s", name, value))
	}
	return env
}
