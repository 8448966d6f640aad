package logtest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

func simple(id string) *update.Update {
	return &update.Update{Topics: []string{"t"}, ID: id, Data: "data of " + id}
}

func appendAll(t *testing.T, l eventlog.Log, updates ...*update.Update) []uint64 {
	t.Helper()
	var seqs []uint64
	for _, u := range updates {
		seq, err := l.Append(context.Background(), u)
		if err != nil {
			t.Fatalf("Append(%s): %v", u.ID, err)
		}
		seqs = append(seqs, seq)
	}
	return seqs
}

func read(t *testing.T, l eventlog.Log, after, through uint64) []eventlog.Entry {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var got []eventlog.Entry
	if err := l.Read(ctx, after, through, func(e eventlog.Entry) error { got = append(got, e); return nil }); err != nil {
		t.Fatalf("Read: %v", err)
	}
	return got
}

func wantRead(t *testing.T, l eventlog.Log, after, through uint64, ids ...string) {
	t.Helper()
	var got []string
	for _, e := range read(t, l, after, through) {
		got = append(got, e.Update.ID)
	}
	if !slices.Equal(got, ids) {
		t.Errorf("Read(%d, %d) = %q, want %q", after, through, got, ids)
	}
}

func wantLast(t *testing.T, l eventlog.Log, seq uint64, id string) {
	t.Helper()
	if gotSeq, gotID := l.Last(); gotSeq != seq || gotID != id {
		t.Errorf("Last() = %d, %q, want %d, %q", gotSeq, gotID, seq, id)
	}
}

func wantFind(t *testing.T, l eventlog.Log, id string, seq uint64, found bool) {
	t.Helper()
	gotSeq, gotFound, err := l.Find(context.Background(), id)
	if err != nil || gotSeq != seq || gotFound != found {
		t.Errorf("Find(%q) = %d, %v, %v, want %d, %v", id, gotSeq, gotFound, err, seq, found)
	}
}

// a follower records what a log shows.
type follower struct {
	stop func()
	mu   sync.Mutex
	got  []eventlog.Entry
	more chan struct{}
}

func follow(l eventlog.Log) *follower {
	f := &follower{more: make(chan struct{}, 1)}
	f.stop = l.Follow(func(batch []eventlog.Entry) {
		f.mu.Lock()
		f.got = append(f.got, batch...)
		f.mu.Unlock()
		select {
		case f.more <- struct{}{}:
		default:
		}
	})
	return f
}

func (f *follower) all() []eventlog.Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.got)
}

func (f *follower) wait(t *testing.T, n int) {
	t.Helper()
	deadline := time.After(patience)
	for len(f.all()) < n {
		select {
		case <-f.more:
		case <-deadline:
			t.Fatalf("followed %d entries in %v, want %d", len(f.all()), patience, n)
		}
	}
}
