package bolt

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

var crashes = flag.Int("crashes", 60, "how many moments of power loss to try")

func dataOf(id string) string { return strings.Repeat(id+"\n", 1+int(id[len(id)-1])%7*40) }

func TestAPowerLossAtAnyMomentLosesNothingThatWasAcknowledged(t *testing.T) {
	d := &disk{}
	path := filepath.Join(t.TempDir(), "hub.db")
	l, err := Open(path, &Options{openFile: d.open, interval: 3 * time.Millisecond, moved: func() {
		d.record(op{db: readFile(t, path)})
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.ops = append([]op{{db: readFile(t, path)}}, d.ops...)
	var wg sync.WaitGroup
	for p := range 4 {
		wg.Go(func() {
			for i := range 150 {
				id := fmt.Sprintf("%d-%d", p, i)
				seq, err := l.Append(context.Background(), &update.Update{Topics: []string{"t"}, ID: id, Data: dataOf(id)})
				if err != nil {
					t.Error(err)
				}
				d.record(op{id: id, seq: seq})
				if i%10 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	moves := 0
	for _, o := range d.ops {
		if o.db != nil {
			moves++
		}
	}
	if moves < 3 {
		t.Fatalf("%d checkpoints: too few to lose power between", moves)
	}
	for seed := range uint64(*crashes) {
		random := rand.New(rand.NewPCG(seed, 7))
		n := 1 + random.IntN(len(d.ops))
		path := filepath.Join(t.TempDir(), "hub.db")
		d.crash(t, n, random, path)
		if !check(t, path, d.ops[:n]) {
			t.Fatalf("crash %d, after %d of %d operations", seed, n, len(d.ops))
		}
	}
}

// check opens what a crash has left and holds it against what happened.
func check(t *testing.T, path string, ops []op) bool {
	t.Helper()
	l, err := Open(path, nil)
	if err != nil {
		t.Errorf("Open: %v", err)
		return false
	}
	defer l.Close()
	found := make(map[string]uint64)
	last := uint64(0)
	err = l.Read(context.Background(), 0, 1<<62, func(e eventlog.Entry) error {
		if e.Seq != last+1 {
			t.Errorf("sequence %d follows %d", e.Seq, last)
		}
		last = e.Seq
		if _, twice := found[e.Update.ID]; twice || e.Update.Data != dataOf(e.Update.ID) {
			t.Errorf("%s: twice %v, or not what was published", e.Update.ID, twice)
		}
		found[e.Update.ID] = e.Seq
		if seq, ok, err := l.Find(context.Background(), e.Update.ID); seq != e.Seq || !ok || err != nil {
			t.Errorf("Find(%s) = %d, %v, %v, want %d", e.Update.ID, seq, ok, err, e.Seq)
		}
		return nil
	})
	if err != nil {
		t.Errorf("Read: %v", err)
	}
	for _, o := range ops {
		if o.id != "" && found[o.id] != o.seq {
			t.Errorf("%s was acknowledged with sequence %d, and has %d", o.id, o.seq, found[o.id])
		}
	}
	if seq, err := l.Append(context.Background(), &update.Update{Topics: []string{"t"}, ID: "next"}); seq != last+1 || err != nil {
		t.Errorf("Append = %d, %v, want %d", seq, err, last+1)
	}
	return !t.Failed()
}
