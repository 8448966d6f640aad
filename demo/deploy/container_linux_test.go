package deploy

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"amalgam/hub"
	"amalgam/hub/hubtest"
	"amalgam/hub/hubtest/process"
)

// A container is a hub from the image, with what Docker gives one: a network of
// its own, in which a port below 1024 needs no privilege, and mounts of its own.
type container struct {
	*testing.T
	program *process.Program
	data    string       // the volume
	hub     *hubtest.Hub // for clients in its network
}

// inside prepares a container's network and mounts and becomes the hub. $1 is
// the image's root, $2 and $3 what is mounted on /data and /config.
const inside = `set -eu
ip link set lo up
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
mount --bind "$1" "$1"
mount --bind "$2" "$1/data"
mount --bind "$3" "$1/config"
mount -o remount,bind,ro "$1"
root=$1; shift 3
exec setpriv --no-new-privs chroot --userspec=` + imageUser + ` "$root" "$@"
`

// start starts the image; volume is an older container's, if there was one.
func start(t *testing.T, root string, about config, s service, volume ...string) *container {
	t.Helper()
	c := &container{T: t}
	if len(volume) > 0 {
		c.data = volume[0]
	} else {
		// As Docker makes a new volume: like the folder that it is mounted on.
		c.data = t.TempDir()
		if err := os.Chown(c.data, 65532, 65532); err != nil {
			t.Fatal(err)
		}
	}
	args := append([]string{"--net", "--mount", "bash", "-c", inside, "container", root, c.data, t.TempDir()}, append(about.Entrypoint, about.Cmd...)...)
	cmd := exec.Command("unshare", args...)
	cmd.Env = append(s.variables(about), "PATH="+os.Getenv("PATH"))
	var err error
	if c.program, err = process.Run(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.program.Kill)
	if err := c.program.AwaitLog("the hub is ready", 1); err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{DialContext: c.dial}
	t.Cleanup(tr.CloseIdleConnections)
	c.hub = &hubtest.Hub{URL: "http://127.0.0.1:80" + hub.DefaultPath, Client: &http.Client{Transport: tr}}
	return c
}

// dial connects from within the container's network. A thread that has been
// there is not used again: its goroutine ends without unlocking it.
func (c *container) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		var ns *os.File
		if ns, err = os.Open(fmt.Sprintf("/proc/%d/ns/net", c.program.PID())); err != nil {
			return
		}
		defer ns.Close()
		if err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err == nil {
			conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
		}
	}()
	<-done
	return conn, err
}

// exec runs the image's binary in the container, as `docker exec` and the
// health check do.
func (c *container) exec(args ...string) {
	c.Helper()
	ctx, cancel := context.WithTimeout(c.Context(), process.Patience)
	defer cancel()
	uid, gid, _ := strings.Cut(imageUser, ":")
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--target", fmt.Sprint(c.program.PID()), "--net", "--mount", "--root",
		"--setuid", uid, "--setgid", gid, "/amalgam"}, args...)...)
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", c.program.PID()))
	if err != nil {
		c.Fatal(err)
	}
	cmd.Env = strings.Split(strings.TrimRight(string(env), "\x00"), "\x00")
	if out, err := cmd.CombinedOutput(); err != nil {
		c.Fatalf("amalgam %s in the container: %v\n%s\n%s", strings.Join(args, " "), err, out, c.program.Log())
	}
}

// checkUser fails unless the hub is nobody, with no privilege, and what it has
// written is in the volume, and its own.
func (c *container) checkUser() {
	c.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.program.PID()))
	if err != nil {
		c.Fatal(err)
	}
	for _, want := range []string{"Name:\tamalgam\n", "Uid:\t65532\t65532\t65532\t65532\n", "CapEff:\t0000000000000000\n", "NoNewPrivs:\t1\n"} {
		if !strings.Contains(string(status), want) {
			c.Errorf("the process is not %q:\n%s", want, status)
		}
	}
	files, err := filepath.Glob(filepath.Join(c.data, "*"))
	if err != nil || len(files) == 0 {
		c.Fatalf("nothing was written to the volume (%v)", err)
	}
	for _, file := range files {
		if got := owner(c.T, file); got != imageUser {
			c.Errorf("%s is %s's, want %s", filepath.Base(file), got, imageUser)
		}
	}
	probe := filepath.Join(fmt.Sprintf("/proc/%d/root", c.program.PID()), "probe")
	if err := os.WriteFile(probe, nil, 0o600); err == nil {
		c.Error("the container's root can be written to: that proves nothing")
	}
}

// stop stops the container, which must end in order.
func (c *container) stop() {
	c.Helper()
	begin := time.Now()
	if err := c.program.Stop(); err != nil {
		c.Fatal(err)
	}
	c.Logf("stopped in %v", time.Since(begin).Round(10*time.Millisecond))
}

// owner returns who owns a file, as uid:gid.
func owner(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	stat := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d", stat.Uid, stat.Gid)
}
