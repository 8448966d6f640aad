package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/bolt/journal"
)

// Stats is what the files of a log hold.
type Stats struct {
	Path         string `json:"path"`
	Events       int64  `json:"events"`
	Bytes        int64  `json:"bytes"` // of the records and their places in the index
	FileBytes    int64  `json:"fileBytes"`
	JournalBytes int64  `json:"journalBytes"`
	InJournal    int64  `json:"inJournal"` // events that are not in the file yet
	Damaged      int64  `json:"damaged"`   // records, and gaps of the journal
	Reference    int64  `json:"otherHub"`  // events of another hub, to be taken over at the start
	First        *Point `json:"first,omitempty"`
	Last         *Point `json:"last,omitempty"`
}

// A Point is an entry by its place, its id and its time, 0 if unknown.
type Point struct {
	Seq  uint64 `json:"seq"`
	ID   string `json:"id"`
	Time int64  `json:"time"`
}

// Scan calls fn for every sound entry of the log at path, in order, and
// returns what there is. It changes nothing. The log must not be in use.
func Scan(path string, fn func(eventlog.Entry) error) (Stats, error) {
	s := Stats{Path: path}
	info, err := os.Stat(path)
	if err != nil {
		return s, err
	}
	s.FileBytes = info.Size()
	db, err := openDB(path, true)
	if err != nil {
		return s, err
	}
	defer db.Close()
	last, err := s.scanFile(db, fn)
	if err != nil {
		return s, err
	}
	return s, s.scanJournals(last, fn)
}

func (s *Stats) scanFile(db *bbolt.DB, fn func(eventlog.Entry) error) (last uint64, err error) {
	err = view(db, func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bucketReference); b != nil {
			s.Reference = int64(b.Stats().KeyN)
		}
		b := tx.Bucket(bucketLog)
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) error {
			last = binary.BigEndian.Uint64(k)
			return s.see(last, v, fn)
		})
	})
	return last, err
}

func (s *Stats) scanJournals(last uint64, fn func(eventlog.Entry) error) error {
	var contents []*journal.Contents
	for _, path := range journalPaths(s.Path) {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		j, err := journal.Open(path, journal.OpenFile)
		if err != nil {
			return err
		}
		c, err := j.Read()
		s.JournalBytes += j.Size()
		if err := errors.Join(err, j.Close()); err != nil {
			return err
		}
		contents = append(contents, c)
	}
	frames, damage := journal.Merge(last, contents...)
	s.Damaged += int64(len(damage))
	for _, f := range frames {
		for i, record := range f.All {
			s.InJournal++
			if err := s.see(f.First+uint64(i), record, fn); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Stats) see(seq uint64, record []byte, fn func(eventlog.Entry) error) error {
	e, err := eventlog.ParseRecord(seq, record)
	if err != nil {
		s.Damaged++
		return nil
	}
	s.Events++
	s.Bytes += int64(weight(len(record)))
	s.Last = &Point{Seq: seq, ID: e.Update.ID, Time: e.Time}
	if s.First == nil {
		s.First = s.Last
	}
	if fn == nil {
		return nil
	}
	return fn(e)
}

// Rewrite writes the log at path anew: all its sound entries, and after them
// those that more gives to put, with the next sequences. The new file takes
// the place of the old one when it is whole; after an error all is as before.
// Damage is an error unless salvage is set. The log must not be in use.
func Rewrite(path string, salvage bool, more func(put func(eventlog.Entry) error) error) (Stats, error) {
	var s Stats
	// Both files are locked until all is done, so that no hub can start in
	// between.
	var lock *bbolt.DB
	if _, err := os.Stat(path); err == nil {
		if lock, err = openDB(path, false); err != nil {
			return s, err
		}
		defer lock.Close()
	}
	s.Path = path
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return s, err
	}
	db, err := openDB(temp, false)
	if err != nil {
		return s, err
	}
	defer os.Remove(temp)
	err = s.rewrite(lock, db, salvage, more)
	if err == nil {
		err = s.replace(temp)
	}
	return s, errors.Join(err, db.Close())
}

func (s *Stats) rewrite(from, to *bbolt.DB, salvageDamage bool, more func(func(eventlog.Entry) error) error) error {
	w := &batchWriter{db: to}
	var last uint64
	if from != nil {
		keep := func(e eventlog.Entry) error { return w.put(e) }
		inFile, err := s.scanFile(from, keep)
		if err != nil {
			return err
		}
		if err := s.scanJournals(inFile, keep); err != nil {
			return err
		}
		if s.Reference > 0 {
			return fmt.Errorf("%s holds the history of another hub: start the hub once, and it takes it over", s.Path)
		}
		if s.Damaged > 0 && !salvageDamage {
			return fmt.Errorf("%d records of %s are damaged and would be lost: %s", s.Damaged, s.Path, salvage(s.Path))
		}
		if s.Last != nil {
			last = s.Last.Seq
		}
	}
	if more != nil {
		err := more(func(e eventlog.Entry) error {
			last++
			e.Seq = last
			s.Events++
			return w.put(e)
		})
		if err != nil {
			return err
		}
	}
	return w.flush()
}

// replace puts the new file in the place of the old one. The journals hold
// nothing any more that is not in it.
func (s *Stats) replace(temp string) error {
	if err := os.Rename(temp, s.Path); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(s.Path)); err != nil {
		return err
	}
	for _, j := range journalPaths(s.Path) {
		if err := os.Remove(j); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	info, err := os.Stat(s.Path)
	if err == nil {
		s.FileBytes = info.Size()
	}
	return err
}

// A batchWriter fills a file in transactions of a bounded size.
type batchWriter struct {
	db      *bbolt.DB
	entries []eventlog.Entry
	bytes   int
}

func (w *batchWriter) put(e eventlog.Entry) error {
	w.entries = append(w.entries, e)
	if w.bytes += e.Update.Size(); w.bytes < checkpointBytes {
		return nil
	}
	return w.flush()
}

func (w *batchWriter) flush() error {
	err := storeIn(w.db, w.entries, nil)
	clear(w.entries)
	w.entries, w.bytes = w.entries[:0], 0
	return err
}
