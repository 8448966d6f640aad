package bolt

import (
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/logtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The contract once more, with checkpoints so frequent and journals so small
// that every test crosses the seam between memory and bbolt many times.
func TestTheContractHoldsAcrossCheckpoints(t *testing.T) {
	paths := make(map[eventlog.Log]string)
	start := func(t *testing.T, r eventlog.Retention) eventlog.Log {
		path := filepath.Join(t.TempDir(), "hub.db")
		d := &disk{} // its syncs cost nothing
		l := openOn(t, path, &Options{openFile: d.open, interval: time.Millisecond, maxPending: 4 << 10, Retention: r})
		paths[l] = path
		return l
	}
	logtest.Run(t, logtest.Store{
		Open:    func(t *testing.T) eventlog.Log { return start(t, eventlog.Retention{}) },
		Bounded: start,
		Reopen:  func(t *testing.T, l eventlog.Log) eventlog.Log { return reopened(t, l.(*Log), paths[l]) },
	})
}
