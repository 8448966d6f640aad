package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/hubtest"
	"amalgam/hub/settings"
)

// smallDisks are ways to mount a real file system of 16 MiB, which needs root.
var smallDisks = map[string]func(t *testing.T, at string) *exec.Cmd{
	"ext4": func(t *testing.T, at string) *exec.Cmd {
		image := filepath.Join(t.TempDir(), "image")
		if err := os.WriteFile(image, make([]byte, 16<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", image).CombinedOutput(); err != nil {
			t.Skipf("no ext4 can be made here: %v\n%s", err, out)
		}
		return exec.Command("mount", "-o", "loop", image, at)
	},
	"tmpfs": func(t *testing.T, at string) *exec.Cmd {
		return exec.Command("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", at)
	},
}

func TestAFullDiskIsSaidAndPassesWithoutARestart(t *testing.T) {
	for name, mountAt := range smallDisks {
		t.Run(name, func(t *testing.T) {
			disk := t.TempDir()
			mount := mountAt(t, disk)
			if out, err := mount.CombinedOutput(); err != nil {
				t.Skipf("%s: not allowed here: %v\n%s", strings.Join(mount.Args, " "), err, out)
			}
			t.Cleanup(func() {
				if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
					t.Errorf("umount: %v\n%s", err, out)
					_ = exec.Command("umount", "--lazy", disk).Run()
				}
			})
			fullDisk(t, disk)
		})
	}
}

func fullDisk(t *testing.T, disk string) {
	h, stop := serverOn(t, disk)
	live := h.Subscribe(t, "topic=t", nil)
	token := hubtest.PublisherToken(t, "*")
	var taken []string
	publish := func(i int) (int, string) {
		data := fmt.Sprintf("%06d %s", i, strings.Repeat("d", 16<<10))
		resp, body := h.Post(t, token, url.Values{"topic": {"t"}, "data": {data}, "id": {fmt.Sprint("id", i)}})
		if resp.StatusCode == http.StatusOK {
			taken = append(taken, data)
		} else if resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s without Retry-After", resp.Status)
		}
		return resp.StatusCode, body
	}
	ready := func() (int, string) {
		resp, body := h.Do(t, http.MethodGet, h.Base+"/readyz", nil, "")
		return resp.StatusCode, body
	}
	if status, body := publish(0); status != http.StatusOK {
		t.Fatalf("with room: %d %s", status, body)
	}
	if status, body := ready(); status != http.StatusOK {
		t.Fatalf("/readyz with room: %d %s", status, body)
	}

	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast)
	n, refused := 1, 0
	for ; refused < 20; n++ {
		status, body := publish(n)
		if status == http.StatusInsufficientStorage {
			if refused++; !strings.Contains(body, "log-full") {
				t.Errorf("507 without its rule: %s", body)
			}
		} else if status != http.StatusOK {
			t.Fatalf("publishing with a full disk: %d %s", status, body)
		}
		if n > 5000 {
			t.Fatal("more is taken than the disk can hold")
		}
	}
	if status, body := ready(); status != http.StatusServiceUnavailable || !strings.Contains(body, "no room") {
		t.Errorf("/readyz with a full disk: %d %s, want 503 and that there is no room", status, body)
	}
	if resp, body := h.Do(t, http.MethodGet, h.Base+"/healthz", http.Header{"Accept": {"application/json"}}, ""); resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, `"status":"unavailable","reason":`) {
		t.Errorf("/healthz with a full disk: %s %s, want 503 and the reason", resp.Status, body)
	}
	before := len(taken)

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(hubtest.Patience); ; time.Sleep(20 * time.Millisecond) {
		status, body := ready()
		if status == http.StatusOK {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%v after there is room: %d %s", hubtest.Patience, status, body)
		}
	}
	for range 20 {
		if status, body := publish(n); status != http.StatusOK {
			t.Errorf("after there is room again: %d %s", status, body)
		}
		n++
	}
	t.Logf("%d taken before the disk was full, %d refused, %d taken after", before, refused, len(taken)-before)

	live.Want(t, taken...)
	h.Subscribe(t, "topic=t&lastEventID=earliest", nil).Want(t, taken...)
	crashed := t.TempDir()
	if out, err := exec.Command("cp", "-a", disk+"/.", crashed).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	live.Close()
	stop()
	for _, dir := range []string{disk, crashed} {
		h, stop := serverOn(t, dir)
		again := h.Subscribe(t, "topic=t&lastEventID=earliest", nil)
		again.Want(t, taken...)
		h.Send(t, "topic", "t", "data", "the next")
		again.Want(t, "the next")
		stop()
	}
}

// fill writes until the disk is full to the last block.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4 << 10, 512} {
		for err == nil {
			_, err = f.Write(bytes.Repeat([]byte("b"), size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("filling the disk: %v", err)
		}
		err = nil
	}
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

// serverOn serves everything that the binary does, with its log in dir. stop
// ends it, once; else the test does.
func serverOn(t *testing.T, dir string) (h *hubtest.Hub, stop func()) {
	t.Helper()
	s := &settings.Settings{Transport: "bolt", Path: filepath.Join(dir, "hub.db"), Hub: hub.Config{
		PublisherKeys: []*auth.Key{hubtest.Key(t, "HS256", hubtest.PublisherSecret)},
		Anonymous:     true,
		Explain:       true,
		Logger:        slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
	}}
	srv, err := newServer(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(srv.mux)
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		ctx, cancel := context.WithTimeout(context.Background(), hubtest.Patience)
		defer cancel()
		if err := srv.close(ctx); err != nil {
			t.Errorf("stopping: %v", err)
		}
		web.Client().CloseIdleConnections()
		web.Close()
	}
	t.Cleanup(stop)
	return &hubtest.Hub{Hub: srv.hub, Base: web.URL, URL: web.URL + hub.DefaultPath, Client: web.Client()}, stop
}
