package bolt_test

import (
	"path/filepath"
	"strings"
	"testing"

	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/bolt"
	"amalgam/hub/eventlog/logtest"
)

func open(t *testing.T, path string) *bolt.Log {
	t.Helper()
	l, err := bolt.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestBoltKeepsTheContract(t *testing.T) {
	paths := make(map[eventlog.Log]string)
	logtest.Run(t, logtest.Store{
		Open: func(t *testing.T) eventlog.Log {
			path := filepath.Join(t.TempDir(), "new", "hub.db")
			l := open(t, path)
			paths[l] = path
			return l
		},
		Reopen: func(t *testing.T, l eventlog.Log) eventlog.Log {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return open(t, paths[l])
		},
	})
}

func TestASecondProcessOnTheSameFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	open(t, path)
	_, err := bolt.Open(path, nil)
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("Open of a file in use = %v, want an error that names it and says so", err)
	}
}
