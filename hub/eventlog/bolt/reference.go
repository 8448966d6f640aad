package bolt

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"

	"go.etcd.io/bbolt"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

// A reference hub keeps its history in one bucket: sequence (8 bytes,
// big-endian) and id → the update as JSON.
var bucketReference = []byte("updates")

// referenceFiles are where its images have it in the folder of their data, older
// ones and newer ones.
var referenceFiles = []string{"mercure.db", filepath.Join("caddy", "mercure.db")}

// takeOverStep bounds the events that one transaction takes over.
const takeOverStep = 10_000

// takeOver moves a reference hub's events to the end of the log, in order,
// each once: in each transaction it marks how far it has come, so that it can
// be interrupted. The old bucket stays until all have been taken.
func (l *Log) takeOver() error {
	var taken, skipped int
	for done := false; !done; {
		err := change(l.db, func(tx *bbolt.Tx) error {
			old := tx.Bucket(bucketReference)
			if old == nil {
				return errNothing
			}
			w, err := writeTo(tx)
			if err != nil {
				return err
			}
			last, lastID := l.last, l.lastID
			now := l.opts.now().UnixMilli()
			c := old.Cursor()
			k, v := c.First()
			if mark := w.meta.Get(keyTaken); mark != nil {
				if k, v = c.Seek(mark); string(k) == string(mark) {
					k, v = c.Next()
				}
			}
			var mark []byte
			for n := 0; k != nil && n < takeOverStep; n++ {
				mark = bytes.Clone(k)
				u, err := parseReference(k, v)
				if err != nil {
					skipped++
					l.opts.Logger.Warn("an event of the other hub cannot be read and is left out", "key", fmt.Sprintf("%x", k), "error", err)
				} else {
					last++
					lastID = u.ID
					taken++
					if err := w.put(last, u.ID, eventlog.AppendRecord(nil, eventlog.Entry{Seq: last, Update: u, Time: now})); err != nil {
						return err
					}
				}
				k, v = c.Next()
			}
			if done = k == nil; done {
				err = w.meta.Delete(keyTaken)
			} else {
				err = w.meta.Put(keyTaken, mark)
			}
			if err != nil {
				return err
			}
			if err := w.finish(); err != nil {
				return err
			}
			if done {
				if err := tx.DeleteBucket(bucketReference); err != nil {
					return err
				}
			}
			l.last, l.lastID = last, lastID
			return nil
		})
		if err == errNothing {
			return nil
		}
		if err != nil {
			return fmt.Errorf("taking over the other hub's history: %w", err)
		}
		l.opts.Logger.Info("taking over the history of another hub", "taken", taken, "skipped", skipped, "done", done)
	}
	return nil
}

// hasReference reports whether there are events to be taken over.
func hasReference(db *bbolt.DB) (there bool) {
	_ = view(db, func(tx *bbolt.Tx) error { there = tx.Bucket(bucketReference) != nil; return nil })
	return there
}

var keyTaken = []byte("taken")

// parseReference reads one event of a reference hub. It takes names in any
// case and passes over those it does not know.
func parseReference(key, value []byte) (*update.Update, error) {
	var in struct {
		Topics  []string
		Private bool
		ID      string
		Data    string
		Type    string
		Retry   uint64
	}
	if len(key) < 8 {
		return nil, fmt.Errorf("a key of %d bytes", len(key))
	}
	if err := json.Unmarshal(value, &in); err != nil {
		return nil, err
	}
	u := &update.Update{Topics: in.Topics, Private: in.Private, ID: in.ID, Data: in.Data, Type: in.Type}
	if u.ID == "" {
		u.ID = string(key[8:])
	}
	if in.Retry > 0 {
		u.Retry = strconv.FormatUint(in.Retry, 10)
	}
	if u.ID == "" {
		return nil, fmt.Errorf("sequence %d has no id", binary.BigEndian.Uint64(key))
	}
	if f := u.Check(false); f != nil {
		return nil, f
	}
	return u, nil
}
