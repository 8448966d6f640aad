package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

func openOn(t *testing.T, path string, opts *Options) *Log {
	t.Helper()
	l, err := Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func publish(l *Log, id string, size int) error {
	_, err := l.Append(context.Background(), &update.Update{Topics: []string{"t"}, ID: id, Data: strings.Repeat("d", size)})
	return err
}

func mustPublish(t *testing.T, l *Log, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := publish(l, id, 10); err != nil {
			t.Fatalf("publishing %s: %v", id, err)
		}
	}
}

func wantHistory(t *testing.T, l *Log, want ...string) {
	t.Helper()
	var got []string
	if err := l.Read(context.Background(), 0, 1<<62, func(e eventlog.Entry) error { got = append(got, e.Update.ID); return nil }); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the history is %v, want %v", got, want)
	}
}

func reopened(t *testing.T, l *Log, path string) *Log {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return openOn(t, path, nil)
}

func waitReady(t *testing.T, l *Log) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); l.Ready() != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not ready: %v", l.Ready())
		}
	}
}

func TestAFailedSyncIsNotTriedAgain(t *testing.T) {
	d, path := &disk{}, filepath.Join(t.TempDir(), "hub.db")
	l := openOn(t, path, &Options{openFile: d.open})
	mustPublish(t, l, "a")
	shown := 0
	defer l.Follow(func(b []eventlog.Entry) { shown += len(b) })()
	d.set(func(d *disk) { d.syncFail, d.syncs = true, 0 })
	if err := publish(l, "refused", 10); !errors.Is(err, eventlog.ErrStore) {
		t.Errorf("Append with a failing sync = %v, want ErrStore", err)
	}
	d.set(func(d *disk) { d.syncFail = false })
	if err := publish(l, "later", 10); !errors.Is(err, eventlog.ErrStore) {
		t.Errorf("Append after a failed sync = %v, want ErrStore", err)
	}
	d.set(func(d *disk) {
		if d.syncs != 1 {
			t.Errorf("%d syncs, want the one that failed", d.syncs)
		}
	})
	if err := l.Ready(); err == nil || !strings.Contains(err.Error(), "journal") {
		t.Errorf("Ready = %v, want an error that names the journal", err)
	}
	if shown != 0 {
		t.Error("a refused update was shown")
	}
	wantHistory(t, l, "a")
	l = reopened(t, l, path)
	wantHistory(t, l, "a")
	mustPublish(t, l, "b")
}

func TestAFullDiskRefusesAndRecoversByItself(t *testing.T) {
	for name, fill := range map[string]func(*disk){
		"no room to grow":      func(d *disk) { d.room = 1 << 20 },
		"a write that is torn": func(d *disk) { d.short = true },
	} {
		t.Run(name, func(t *testing.T) {
			d, path := &disk{}, filepath.Join(t.TempDir(), "hub.db")
			l := openOn(t, path, &Options{openFile: d.open})
			mustPublish(t, l, "a")
			shown := 0
			stop := l.Follow(func(b []eventlog.Entry) { shown += len(b) })
			d.set(fill)
			if err := publish(l, "refused", 2<<20); !errors.Is(err, eventlog.ErrNoRoom) {
				t.Errorf("Append = %v, want ErrNoRoom", err)
			}
			if l.Ready() == nil {
				t.Error("ready without room")
			}
			stop()
			if shown != 0 {
				t.Error("a refused update was shown")
			}
			{
				wantHistory(t, openOn(t, copyLog(t, path), nil), "a")
			}
			d.set(func(d *disk) { d.room = 0 })
			waitReady(t, l)
			mustPublish(t, l, "b", "c")
			wantHistory(t, l, "a", "b", "c")
			wantHistory(t, openOn(t, copyLog(t, path), nil), "a", "b", "c")
			wantHistory(t, reopened(t, l, path), "a", "b", "c")
		})
	}
}

func TestAHistoryWithoutRoomToGrowHoldsPublishersBackThenRecovers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	l := openOn(t, path, &Options{interval: time.Millisecond, maxPending: 64 << 10})
	limit := func(size int) {
		tx, err := l.db.Begin(true) // nobody else writes or looks at the limit
		if err != nil {
			t.Fatal(err)
		}
		l.db.MaxSize = size
		_ = tx.Rollback()
	}
	limit(32 << 10)
	var taken []string
	for i := 0; ; i++ {
		id := fmt.Sprint(i)
		if err := publish(l, id, 8<<10); err != nil {
			if !errors.Is(err, eventlog.ErrNoRoom) {
				t.Fatalf("Append = %v, want ErrNoRoom", err)
			}
			break
		}
		if taken = append(taken, id); i > 1000 {
			t.Fatal("more and more is taken that cannot be moved")
		}
	}
	if l.Ready() == nil {
		t.Error("ready without room")
	}
	wantHistory(t, l, taken...)
	limit(0)
	waitReady(t, l)
	mustPublish(t, l, "more")
	taken = append(taken, "more")
	wantHistory(t, l, taken...)
	wantHistory(t, reopened(t, l, path), taken...)
}

// killed returns the files of a log that was killed before a checkpoint.
func killed(t *testing.T, ids ...string) string {
	path := filepath.Join(t.TempDir(), "hub.db")
	l := openOn(t, path, &Options{interval: time.Hour})
	mustPublish(t, l, ids...)
	return copyLog(t, path)
}

func TestADamagedJournalRefusesToStartAndSaysWhatToDo(t *testing.T) {
	path := killed(t, "a", "b", "c")
	file := path + "-journal1"
	data := readFile(t, file)
	data[512+40] ^= 1 // in the first of three frames
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path, nil)
	for _, want := range []string{file, "byte 512", "amalgam history compact --salvage --path " + path} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open = %v, want an error with %q", err, want)
		}
	}
	if _, err := Open(path, nil); err == nil {
		t.Error("the second start succeeds: the first one has changed the journal")
	}
}

func TestATornEndIsCut(t *testing.T) {
	path := killed(t, "a", "b", "c")
	data := readFile(t, path+"-journal1")
	end := len(strings.TrimRight(string(data), "\x00"))
	for cut := range 60 {
		torn := append([]byte(nil), data...)
		clear(torn[end-1-cut : end])
		again := filepath.Join(t.TempDir(), "hub.db")
		for suffix, b := range map[string][]byte{"": readFile(t, path), "-journal1": torn, "-journal2": readFile(t, path+"-journal2")} {
			if err := os.WriteFile(again+suffix, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		l := openOn(t, again, nil)
		wantHistory(t, l, "a", "b")
		mustPublish(t, l, "d")
		wantHistory(t, l, "a", "b", "d")
		if cut%10 == 0 {
			wantHistory(t, reopened(t, l, again), "a", "b", "d")
		}
		_ = l.Close()
	}
}
