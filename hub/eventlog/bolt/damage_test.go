package bolt

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/bolt/journal"
	"amalgam/hub/update"
)

// A history is what was acknowledged, and the files that hold it.
type history struct {
	entries []eventlog.Entry // their sequences begin with 1
	files   map[string][]byte
}

var suffixes = []string{"", "-journal1", "-journal2"}

// more publishes n updates of all sizes, from a few bytes to several pages.
func (h *history) more(t *testing.T, l *Log, n int) {
	t.Helper()
	for range n {
		i := len(h.entries)
		size := 20 + i*37%300
		if i%50 == 7 {
			size = 3000 + i*97%12000
		}
		u := &update.Update{Topics: []string{"t"}, ID: fmt.Sprint("id", i), Data: strings.Repeat(fmt.Sprint(i, " "), size/4), Private: i%3 == 0}
		seq, err := l.Append(context.Background(), u)
		if err != nil || seq != uint64(i+1) {
			t.Fatalf("Append = %d, %v, want %d", seq, err, i+1)
		}
		h.entries = append(h.entries, eventlog.Entry{Seq: seq, Update: u})
	}
}

func (h *history) take(t *testing.T, path string) *history {
	t.Helper()
	taken := &history{entries: h.entries[:len(h.entries):len(h.entries)], files: make(map[string][]byte)}
	for _, s := range suffixes {
		taken.files[s] = readFile(t, path+s)
	}
	return taken
}

// histories are the states in which damage may find a log.
func histories(t *testing.T) map[string]*history {
	t.Helper()
	states := make(map[string]*history)
	path := filepath.Join(t.TempDir(), "hub.db")
	h := &history{}
	l := openOn(t, path, nil)
	h.more(t, l, 600)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	states["clean"] = h.take(t, path)

	moved, goOn := make(chan struct{}), make(chan struct{})
	l = openOn(t, path, &Options{interval: time.Hour, moved: func() {
		moved <- struct{}{}
		<-goOn
	}})
	checkpoint := func() {
		t.Helper()
		signal(l.large)
		select {
		case <-moved:
		case <-time.After(15 * time.Second):
			t.Fatal("no checkpoint")
		}
	}
	h.more(t, l, 150)
	checkpoint()
	h.more(t, l, 80)
	states["killed in a checkpoint"] = h.take(t, path)
	goOn <- struct{}{}
	last := h.entries[len(h.entries)-81].Seq
	for end := time.Now().Add(15 * time.Second); through(t, path) != last; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the journal was not freed")
		}
	}
	states["killed between two checkpoints"] = h.take(t, path)
	checkpoint() // what is left, so that the log can be closed
	goOn <- struct{}{}
	return states
}

// through is the greatest sequence that the journals know to be moved.
func through(t *testing.T, path string) (through uint64) {
	t.Helper()
	for _, p := range journalPaths(path) {
		j, err := journal.Open(p, journal.OpenFile)
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		c, err := j.Read()
		if err != nil {
			t.Fatal(err)
		}
		through = max(through, c.Through)
	}
	return through
}

// damage flips a bit or cuts an end off one of the files, and says which.
func damage(files map[string][]byte, random *rand.Rand) (damaged map[string][]byte, what string) {
	damaged = maps.Clone(files)
	suffix := suffixes[random.IntN(len(suffixes))]
	b := bytes.Clone(files[suffix])
	used := len(bytes.TrimRight(b, "\x00"))
	if random.IntN(10) == 0 {
		used = len(b)
	}
	at := random.IntN(used)
	if random.IntN(4) == 0 {
		at = random.IntN(min(used, 4*512)) // heads are few, and matter
	}
	if random.IntN(3) > 0 {
		b[at] ^= 1 << random.IntN(8)
		what = fmt.Sprintf("%q, byte %d flipped", suffix, at)
	} else {
		if random.IntN(4) == 0 {
			at &^= 4095
		}
		b = b[:at]
		what = fmt.Sprintf("%q, cut to %d bytes", suffix, at)
	}
	damaged[suffix] = b
	return damaged, what
}

// AMALGAM_LONG=1 tries some ten thousand cases instead of some hundred; on a
// disk in memory (TMPDIR=/dev/shm) it takes minutes.
func TestDamageIsRefusedOrReportedAndNeverServed(t *testing.T) {
	cases := 60
	if os.Getenv("AMALGAM_LONG") != "" {
		cases = 7000
	}
	for state, h := range histories(t) {
		t.Run(state, func(t *testing.T) {
			t.Parallel() // most of it waits for the disk
			path := filepath.Join(t.TempDir(), "hub.db")
			refused, less, worst := 0, 0, 0
			for seed := range uint64(cases) {
				files, what := damage(h.files, rand.New(rand.NewPCG(seed, 11)))
				write := func() {
					for suffix, b := range files {
						if err := os.WriteFile(path+suffix, b, 0o600); err != nil {
							t.Fatal(err)
						}
					}
				}
				write()
				missing, refusal := h.open(t, path)
				if refusal != nil {
					refused++
					for _, want := range []string{path, "amalgam history compact --salvage --path " + path} {
						if !strings.Contains(refusal.Error(), want) {
							t.Errorf("refused with %q, want %q", refusal, want)
						}
					}
				} else if missing > 0 {
					less++
				}
				if refusal != nil || missing > 0 {
					write()
					if _, err := Rewrite(path, true, nil); err != nil {
						t.Errorf("salvaging after %v (%d missing): %v", refusal, missing, err)
					} else if lost := h.salvaged(t, path); strings.Contains(what, "flipped") {
						worst = max(worst, lost)
					}
				}
				if t.Failed() {
					t.Fatalf("case %d: %s", seed, what)
				}
			}
			t.Logf("of %d: %d refused to start, %d served less and said so; after one bit a salvage lost at most %d of %d", cases, refused, less, worst, len(h.entries))
			if worst > 40 {
				t.Errorf("a salvage lost %d records for one bit: more than a page holds", worst)
			}
			if refused == 0 {
				t.Error("no damage was found: what was damaged?")
			}
		})
	}
}

// open opens the log at path, and fails the test if it serves anything that was
// not acknowledged, or less without saying so.
func (h *history) open(t *testing.T, path string) (missing int, refused error) {
	t.Helper()
	var said bytes.Buffer
	l, err := Open(path, &Options{Logger: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn})), interval: time.Hour})
	if err != nil {
		return 0, err
	}
	defer l.Close()
	missing, last, err := h.compare(t, l)
	lastSeq, _ := l.Last()
	if err == nil && missing > 0 && said.Len() == 0 {
		t.Errorf("%d records are missing, and nobody was told", missing)
	}
	if err == nil && lastSeq < last {
		t.Errorf("Last = %d, but %d was served", lastSeq, last)
	}
	if err != nil && !strings.Contains(err.Error(), path) {
		t.Errorf("Read = %v, want an error that names %s", err, path)
	}
	// New updates are taken in a place of their own, or refused.
	if seq, err := l.Append(context.Background(), &update.Update{Topics: []string{"t"}, ID: "new"}); err == nil && seq != lastSeq+1 {
		t.Errorf("Append = %d, want %d", seq, lastSeq+1)
	}
	return missing, nil
}

// compare holds what l serves against what was acknowledged.
func (h *history) compare(t *testing.T, l *Log) (missing int, last uint64, err error) {
	t.Helper()
	served := 0
	err = l.Read(context.Background(), 0, 1<<62, func(e eventlog.Entry) error {
		served++
		if e.Seq <= last || e.Seq > uint64(len(h.entries)) || !reflect.DeepEqual(e.Update, h.entries[e.Seq-1].Update) {
			t.Errorf("after %d was served %d: %.100v", last, e.Seq, e.Update)
		}
		last = e.Seq
		return nil
	})
	for _, e := range h.entries {
		if seq, found, err := l.Find(context.Background(), e.Update.ID); found && err == nil && seq != e.Seq {
			t.Errorf("Find(%s) = %d, want %d or nothing", e.Update.ID, seq, e.Seq)
		}
	}
	return len(h.entries) - served, last, err
}

// salvaged opens the log at path, and fails the test unless it has records as
// they were acknowledged, in their order, without a gap, each found by its id.
// It returns how many are missing.
func (h *history) salvaged(t *testing.T, path string) (lost int) {
	t.Helper()
	l, err := Open(path, nil)
	if err != nil {
		t.Errorf("after a salvage: %v", err)
		return 0
	}
	defer l.Close()
	i, last := 0, uint64(0)
	served := 0
	err = l.Read(context.Background(), 0, 1<<62, func(e eventlog.Entry) error {
		for i < len(h.entries) && !reflect.DeepEqual(e.Update, h.entries[i].Update) {
			i++
		}
		if i == len(h.entries) || last > 0 && e.Seq != last+1 {
			t.Errorf("after a salvage %d follows %d: %.100v", e.Seq, last, e.Update)
		}
		last = e.Seq
		served++
		if seq, found, err := l.Find(context.Background(), e.Update.ID); seq != e.Seq || !found || err != nil {
			t.Errorf("after a salvage Find(%s) = %d, %v, %v, want %d", e.Update.ID, seq, found, err, e.Seq)
		}
		return nil
	})
	if err != nil {
		t.Errorf("after a salvage: %v", err)
	}
	return len(h.entries) - served
}

func TestAStartWithoutAJournalThatWasInUseIsRefused(t *testing.T) {
	path := killed(t, "a", "b")
	if err := os.Remove(path + "-journal1"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, nil); err == nil || !strings.Contains(err.Error(), path+"-journal1 is missing") {
		t.Errorf("Open = %v, want a refusal that names the journal", err)
	}
}

func TestAReplaySaysWhichRecordsAreMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	l := openOn(t, path, nil)
	mustPublish(t, l, "a", "b", "c")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	l = openOn(t, path, &Options{Logger: slog.New(slog.NewTextHandler(&said, nil))})
	err := change(l.db, func(tx *bbolt.Tx) error {
		key := seqKey(2)
		return tx.Bucket(bucketLog).Delete(key[:])
	})
	if err != nil {
		t.Fatal(err)
	}
	wantHistory(t, l, "a", "c")
	if !strings.Contains(said.String(), "from=2 to=2") {
		t.Errorf("the log says %q, want that 2 is missing", said.String())
	}
}
