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
	last, inUse, err := s.scanFile(db, fn)
	if err != nil {
		return s, err
	}
	return s, s.scanJournals(last, inUse, fn)
}

// scanFile returns the last sequence in the file, and whether the journals
// have to be there.
func (s *Stats) scanFile(db *bbolt.DB, fn func(eventlog.Entry) error) (last uint64, inUse bool, err error) {
	err = view(db, func(tx *bbolt.Tx) error {
		if err := checkBuckets(tx); err != nil {
			return err
		}
		if b := tx.Bucket(bucketReference); b != nil {
			s.Reference = int64(b.Stats().KeyN)
		}
		inUse = isInUse(tx)
		b := tx.Bucket(bucketLog)
		if b == nil {
			return nil
		}
		records := int64(0)
		err := b.ForEach(func(k, v []byte) error {
			seq := binary.BigEndian.Uint64(k)
			if last > 0 && seq != last+1 {
				s.Damaged++
			}
			last = seq
			records++
			return s.see(last, v, fn)
		})
		if meta := tx.Bucket(bucketMeta); err == nil && meta != nil && meta.Get(keyKept) != nil {
			if events, _, bad := parseKept(meta.Get(keyKept)); bad != nil || events != records {
				s.Damaged++
			}
		}
		return err
	})
	if errors.Is(err, errFile) {
		err = fmt.Errorf("%s: %w; %s", s.Path, err, salvage(s.Path))
	}
	return last, inUse, err
}

func (s *Stats) scanJournals(last uint64, inUse bool, fn func(eventlog.Entry) error) error {
	contents, err := s.readJournals()
	if err != nil {
		return err
	}
	if inUse {
		s.Damaged += int64(len(journalPaths(s.Path)) - len(contents))
		for _, c := range contents {
			if !c.Header && len(c.Frames) == 0 {
				s.Damaged++
			}
		}
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

// readJournals returns what those journals hold that there are.
func (s *Stats) readJournals() (contents []*journal.Contents, err error) {
	for _, path := range journalPaths(s.Path) {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		j, err := journal.Open(path, journal.OpenFile)
		if err != nil {
			return nil, err
		}
		c, err := j.Read()
		s.JournalBytes += j.Size()
		if err := errors.Join(err, j.Close()); err != nil {
			return nil, err
		}
		contents = append(contents, c)
	}
	return contents, nil
}

func (s *Stats) see(seq uint64, record []byte, fn func(eventlog.Entry) error) error {
	e, err := eventlog.ParseRecord(seq, record)
	if err != nil {
		s.Damaged++
		return nil
	}
	s.count(e, len(record))
	if fn == nil {
		return nil
	}
	return fn(e)
}

func (s *Stats) count(e eventlog.Entry, record int) {
	s.Events++
	s.Bytes += int64(weight(record))
	s.Last = &Point{Seq: e.Seq, ID: e.Update.ID, Time: e.Time}
	if s.First == nil {
		s.First = s.Last
	}
}

// Rewrite writes the log at path anew: all its sound entries, and after them
// those that more gives to put, with the next sequences. The new file takes
// the place of the old one when it is whole; after an error all is as before.
// Damage is an error unless salvage is set: then all that is sound is taken
// from wherever it lies, and a file that has nothing of the kind is left: it
// may be another's. The log must not be in use.
func Rewrite(path string, salvage bool, more func(put func(eventlog.Entry) error) error) (Stats, error) {
	var s Stats
	// Both files are locked until all is done, so that no hub can start in
	// between.
	var lock *bbolt.DB
	if _, err := os.Stat(path); err == nil {
		lock, err = openDB(path, false)
		switch {
		case err == nil:
			defer lock.Close()
		case !salvage || errors.Is(err, errInUse):
			return s, err
		}
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
	w := &batchWriter{db: db}
	if salvage && (lock == nil || !hasReference(lock)) {
		err = s.salvageAll(w.put)
		if err == nil && s.Events == 0 && lock == nil {
			err = fmt.Errorf("%s holds no event that is whole, and is left as it is: name the history's file, or move it away, and the next start begins a new one", path)
		}
	} else if lock != nil {
		err = s.copy(lock, w.put)
	}
	if err == nil {
		err = s.add(w, more)
	}
	if err == nil {
		err = s.replace(temp)
	}
	return s, errors.Join(err, db.Close())
}

// copy gives put all entries of a log without damage.
func (s *Stats) copy(from *bbolt.DB, put func(eventlog.Entry) error) error {
	last, inUse, err := s.scanFile(from, put)
	if err != nil {
		return err
	}
	if err := s.scanJournals(last, inUse, put); err != nil {
		return err
	}
	if s.Reference > 0 {
		return fmt.Errorf("%s holds the history of another hub: start the hub once, and it takes it over", s.Path)
	}
	if s.Damaged > 0 {
		return fmt.Errorf("%d records of %s are damaged and would be lost: %s", s.Damaged, s.Path, salvage(s.Path))
	}
	return nil
}

// add ends the new file with those entries that more gives.
func (s *Stats) add(w *batchWriter, more func(func(eventlog.Entry) error) error) error {
	last := uint64(0)
	if s.Last != nil {
		last = s.Last.Seq
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
