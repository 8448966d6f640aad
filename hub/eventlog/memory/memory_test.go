package memory_test

import (
	"context"
	"fmt"
	"testing"

	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/logtest"
	"amalgam/hub/eventlog/memory"
	"amalgam/hub/update"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	bounded := func(t *testing.T, r eventlog.Retention) eventlog.Log {
		l := memory.New(r)
		t.Cleanup(func() { _ = l.Close() })
		return l
	}
	logtest.Run(t, logtest.Store{
		Open:    func(t *testing.T) eventlog.Log { return bounded(t, eventlog.Retention{}) },
		Bounded: bounded,
	})
}

func TestTheOldestEntriesGiveWay(t *testing.T) {
	l := memory.New(memory.Options{MaxEvents: 3})
	for _, id := range []string{"twice", "b", "twice", "d", "e"} {
		if _, err := l.Append(context.Background(), &update.Update{ID: id, Topics: []string{"t"}}); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]uint64{"b": 0, "twice": 3, "d": 4, "e": 5} {
		if seq, found, _ := l.Find(context.Background(), id); seq != want || found != (want > 0) {
			t.Errorf("Find(%s) = %d, %v, want %d", id, seq, found, want)
		}
	}
	var got []uint64
	_ = l.Read(context.Background(), 0, 99, func(e eventlog.Entry) error { got = append(got, e.Seq); return nil })
	if fmt.Sprint(got) != "[3 4 5]" {
		t.Errorf("kept %v, want [3 4 5]", got)
	}
}
