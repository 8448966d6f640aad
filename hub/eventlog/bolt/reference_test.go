package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

// referenceFile makes a file as a reference hub leaves it.
func referenceFile(t *testing.T, values ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mercure.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucketReference)
		if err != nil {
			return err
		}
		for i, v := range values {
			key := binary.BigEndian.AppendUint64(nil, uint64(i+1))
			if err := b.Put(append(key, fmt.Sprintf("id%d", i)...), []byte(v)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAReferenceHubsHistoryIsTakenOverOnce(t *testing.T) {
	path := referenceFile(t,
		`{"Topics":["https://example.com/1","b"],"Private":true,"Debug":false,"ID":"id0","Data":"one\ntwo","Type":"chat","Retry":250}`,
		`not JSON`,
		`{"topics":["c"],"id":"id2","data":"three","Unknown":{"x":1}}`,
		`{"Topics":[],"ID":"id3"}`,
	)
	var said bytes.Buffer
	l := openOn(t, path, &Options{Logger: slog.New(slog.NewTextHandler(&said, nil))})
	var got []update.Update
	_ = l.Read(context.Background(), 0, 1<<62, func(e eventlog.Entry) error { got = append(got, *e.Update); return nil })
	want := []update.Update{
		{Topics: []string{"https://example.com/1", "b"}, Private: true, ID: "id0", Data: "one\ntwo", Type: "chat", Retry: "250"},
		{Topics: []string{"c"}, ID: "id2", Data: "three"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("took over %+v, want %+v", got, want)
	}
	if !strings.Contains(said.String(), "taken=2 skipped=2") {
		t.Errorf("the log does not say how many: %s", said.String())
	}
	if seq, id := l.Last(); seq != 2 || id != "id2" {
		t.Errorf("Last = %d, %q", seq, id)
	}
	mustPublish(t, l, "new")
	wantHistory(t, reopened(t, l, path), "id0", "id2", "new")
}

func TestTakingOverGoesOnWhereItWasInterrupted(t *testing.T) {
	var values, want []string
	for i := range takeOverStep + 500 {
		values = append(values, fmt.Sprintf(`{"Topics":["t"],"ID":"id%d"}`, i))
		want = append(want, fmt.Sprintf("id%d", i))
	}
	path := referenceFile(t, values...)
	stopped := func() (err error) {
		defer func() { err, _ = recover().(error) }()
		l := &Log{path: path, opts: (*Options)(nil).withDefaults()}
		db, err := openDB(path, false)
		if err != nil {
			t.Fatal(err)
		}
		l.db = db
		defer db.Close()
		l.opts.Logger = slog.New(panics{slog.DiscardHandler}) // after the first transaction
		return l.takeOver()
	}()
	if stopped == nil {
		t.Fatal("it was not interrupted")
	}
	wantHistory(t, openOn(t, path, nil), want...)
}

type panics struct{ slog.Handler }

func (panics) Enabled(context.Context, slog.Level) bool  { return true }
func (panics) Handle(context.Context, slog.Record) error { panic(fmt.Errorf("interrupted")) }

func TestANewHistoryBesideAnotherHubsSaysHowToTakeItOver(t *testing.T) {
	// The last is where the image of newer versions has it, in /data.
	for _, name := range []string{"mercure.db", filepath.Join("caddy", "mercure.db")} {
		dir := t.TempDir()
		other := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(other), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(referenceFile(t, `{}`), other); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		openOn(t, filepath.Join(dir, "amalgam.db"), &Options{Logger: slog.New(slog.NewTextHandler(&said, nil))})
		if !strings.Contains(said.String(), "transport bolt") || !strings.Contains(said.String(), other) {
			t.Errorf("%s: the log does not say how: %s", name, said.String())
		}
	}
}
