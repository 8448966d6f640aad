package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"amalgam/hub/eventlog"
)

// The file holds three buckets. log: sequence → record. ids: the first 8 bytes
// of the SHA-256 of an id, sequence → nothing; a seek to the hash finds the
// earliest use, and the record tells whether it is that id's. meta: "kept" →
// events, bytes. Numbers are 8 bytes, big-endian.
//
// Hashes are shorter than ids, so that the index, whose pages are written all
// over the place, has half as many of them.
var (
	bucketLog  = []byte("amalgam.log.1")
	bucketIDs  = []byte("amalgam.ids.2")
	bucketMeta = []byte("amalgam.meta.1")
	keyKept    = []byte("kept")

	// oldIDs was the index of ids by their text.
	oldIDs = []byte("amalgam.ids.1")

	errNothing = errors.New("nothing to do")
)

// weight is what a record of n bytes counts for, with its keys.
func weight(n int) int { return n + 64 }

// A bucketWriter changes the history in one transaction.
type bucketWriter struct {
	log, ids, meta *bbolt.Bucket
	events, bytes  int64
	keys           []idKey // to be put, sorted: neighbours share pages
}

type idKey [16]byte

func makeIDKey(id string, seq uint64) (k idKey) {
	sum := sha256.Sum256([]byte(id))
	copy(k[:8], sum[:])
	binary.BigEndian.PutUint64(k[8:], seq)
	return k
}

func seqKey(seq uint64) (k [8]byte) {
	binary.BigEndian.PutUint64(k[:], seq)
	return k
}

func writeTo(tx *bbolt.Tx) (*bucketWriter, error) {
	w := &bucketWriter{}
	for name, b := range map[string]**bbolt.Bucket{string(bucketLog): &w.log, string(bucketIDs): &w.ids, string(bucketMeta): &w.meta} {
		var err error
		if *b, err = tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return nil, err
		}
	}
	w.log.FillPercent = 1 // sequences only grow
	if kept := w.meta.Get(keyKept); len(kept) == 16 {
		w.events, w.bytes = int64(binary.BigEndian.Uint64(kept)), int64(binary.BigEndian.Uint64(kept[8:]))
	}
	return w, nil
}

// put adds a record, which must not change before the transaction ends.
func (w *bucketWriter) put(seq uint64, id string, record []byte) error {
	key := seqKey(seq)
	if err := w.log.Put(key[:], record); err != nil {
		return err
	}
	w.keys = append(w.keys, makeIDKey(id, seq))
	w.events++
	w.bytes += int64(weight(len(record)))
	return nil
}

// finish writes the index and the sums; it comes last.
func (w *bucketWriter) finish() error {
	slices.SortFunc(w.keys, func(a, b idKey) int { return bytes.Compare(a[:], b[:]) })
	for i := range w.keys {
		if err := w.ids.Put(w.keys[i][:], nil); err != nil {
			return err
		}
	}
	w.keys = nil
	kept := binary.BigEndian.AppendUint64(nil, uint64(w.events))
	return w.meta.Put(keyKept, binary.BigEndian.AppendUint64(kept, uint64(w.bytes)))
}

// exceeds reports whether the oldest entry has to go.
func (w *bucketWriter) exceeds(r eventlog.Retention, now int64) bool {
	k, record := w.log.Cursor().First()
	return k != nil && w.tooOld(r, now, record)
}

func (w *bucketWriter) tooOld(r eventlog.Retention, now int64, record []byte) bool {
	at := now // a damaged record has no time: it goes with the others
	if r.MaxAge > 0 {
		if _, t, err := eventlog.ParseRecord(record); err == nil {
			at = t
		} else if w.events > 1 {
			return true
		}
	}
	return r.Exceeded(w.events, w.bytes, at, now)
}

// trim lets go at most n entries, the oldest first.
func (w *bucketWriter) trim(r eventlog.Retention, now int64, n int) error {
	type old struct {
		key    []byte
		id     string
		seq    uint64
		sound  bool
		weight int64
	}
	var gone []old
	c := w.log.Cursor()
	for k, v := c.First(); k != nil && len(gone) < n && w.tooOld(r, now, v); k, v = c.Next() {
		o := old{key: bytes.Clone(k), seq: binary.BigEndian.Uint64(k), weight: int64(weight(len(v)))}
		if u, _, err := eventlog.ParseRecord(v); err == nil {
			o.id, o.sound = u.ID, true
		}
		gone = append(gone, o)
		w.events--
		w.bytes -= o.weight
	}
	var keys []idKey
	for _, o := range gone {
		if err := w.log.Delete(o.key); err != nil {
			return err
		}
		if o.sound { // else its key stays, and leads nowhere
			keys = append(keys, makeIDKey(o.id, o.seq))
		}
	}
	slices.SortFunc(keys, func(a, b idKey) int { return bytes.Compare(a[:], b[:]) })
	for i := range keys {
		// One that is still to be put in this transaction is taken out there.
		if err := w.ids.Delete(keys[i][:]); err != nil {
			return err
		}
	}
	if len(keys) > 0 && len(w.keys) > 0 {
		first := binary.BigEndian.Uint64(gone[0].key)
		last := binary.BigEndian.Uint64(gone[len(gone)-1].key)
		w.keys = slices.DeleteFunc(w.keys, func(k idKey) bool {
			seq := binary.BigEndian.Uint64(k[8:])
			return first <= seq && seq <= last
		})
	}
	return nil
}

// prepare makes the buckets, and brings those of an older version up to date.
func prepare(tx *bbolt.Tx) error {
	indexed := tx.Bucket(bucketIDs) != nil
	w, err := writeTo(tx)
	if err != nil {
		return err
	}
	k, _ := w.log.Cursor().First()
	if k != nil && (!indexed || w.meta.Get(keyKept) == nil) {
		if err := w.rebuild(); err != nil {
			return err
		}
	}
	if err := w.finish(); err != nil {
		return err
	}
	if tx.Bucket(oldIDs) != nil {
		return tx.DeleteBucket(oldIDs)
	}
	return nil
}

// rebuild makes the index and the sums anew from the records.
func (w *bucketWriter) rebuild() error {
	w.events, w.bytes = 0, 0
	return w.log.ForEach(func(k, v []byte) error {
		w.events++
		w.bytes += int64(weight(len(v)))
		if u, _, err := eventlog.ParseRecord(v); err == nil {
			w.keys = append(w.keys, makeIDKey(u.ID, binary.BigEndian.Uint64(k)))
		}
		return nil
	})
}

// find returns the place of an id in bbolt.
func find(tx *bbolt.Tx, id string) (uint64, bool) {
	hash := makeIDKey(id, 0)
	log := tx.Bucket(bucketLog)
	c := tx.Bucket(bucketIDs).Cursor()
	for k, _ := c.Seek(hash[:]); len(k) == len(hash) && bytes.Equal(k[:8], hash[:8]); k, _ = c.Next() {
		record := log.Get(k[8:])
		if record == nil {
			continue // gone, but was damaged, and could not tell its id
		}
		if u, _, err := eventlog.ParseRecord(record); err != nil || u.ID == id {
			return binary.BigEndian.Uint64(k[8:]), true
		}
	}
	return 0, false
}

// end returns the sequence and the id of the newest record in bbolt.
func end(tx *bbolt.Tx) (seq uint64, id string, err error) {
	k, v := tx.Bucket(bucketLog).Cursor().Last()
	if k == nil {
		return 0, "", nil
	}
	seq = binary.BigEndian.Uint64(k)
	u, _, err := eventlog.ParseRecord(v)
	if err != nil {
		return seq, "", fmt.Errorf("the newest record (sequence %d): %w", seq, err)
	}
	return seq, u.ID, nil
}
