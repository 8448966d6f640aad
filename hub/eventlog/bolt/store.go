package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"go.etcd.io/bbolt"

	"amalgam/hub/eventlog"
)

// The file holds three buckets. log: sequence → record. ids: the first 8 bytes
// of the SHA-256 of an id, sequence → nothing; a seek to the hash finds the
// earliest use, and the record tells whether it is that id's. meta: "kept" →
// events, bytes, CRC-32C; "journals" → nothing, while the journals may hold
// what the file does not. Numbers are 8 bytes, big-endian.
//
// Hashes are shorter than ids, so that the index, whose pages are written all
// over the place, has half as many of them.
var (
	bucketLog  = []byte("amalgam.log.1")
	bucketIDs  = []byte("amalgam.ids.2")
	bucketMeta = []byte("amalgam.meta.1")
	keyKept    = []byte("kept")
	keyInUse   = []byte("journals")

	// oldIDs was the index of ids by their text.
	oldIDs = []byte("amalgam.ids.1")

	castagnoli = crc32.MakeTable(crc32.Castagnoli)

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
	var err error
	for name, b := range map[string]**bbolt.Bucket{string(bucketLog): &w.log, string(bucketIDs): &w.ids, string(bucketMeta): &w.meta} {
		if *b, err = tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return nil, err
		}
	}
	w.log.FillPercent = 1 // sequences only grow
	w.events, w.bytes, err = parseKept(w.meta.Get(keyKept))
	return w, err
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
	kept = binary.BigEndian.AppendUint64(kept, uint64(w.bytes))
	return w.meta.Put(keyKept, binary.BigEndian.AppendUint32(kept, crc32.Checksum(kept, castagnoli)))
}

// parseKept reads the sums. Wrong ones would let the retention forget all.
func parseKept(kept []byte) (events, bytes int64, err error) {
	switch {
	case len(kept) == 0:
		return 0, 0, nil
	case len(kept) == 20 && crc32.Checksum(kept[:16], castagnoli) == binary.BigEndian.Uint32(kept[16:]):
	case len(kept) == 16: // of an older version
	default:
		return 0, 0, fmt.Errorf("%w: its sums are not readable", errFile)
	}
	return int64(binary.BigEndian.Uint64(kept)), int64(binary.BigEndian.Uint64(kept[8:])), nil
}

// exceeds reports whether the oldest entry has to go.
func (w *bucketWriter) exceeds(r eventlog.Retention, now int64) bool {
	k, record := w.log.Cursor().First()
	return k != nil && w.tooOld(r, now, binary.BigEndian.Uint64(k), record)
}

func (w *bucketWriter) tooOld(r eventlog.Retention, now int64, seq uint64, record []byte) bool {
	at := now // a damaged record has no time: it goes with the others
	if r.MaxAge > 0 {
		if e, err := eventlog.ParseRecord(seq, record); err == nil {
			at = e.Time
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
	for k, v := c.First(); k != nil && len(gone) < n && w.tooOld(r, now, binary.BigEndian.Uint64(k), v); k, v = c.Next() {
		o := old{key: bytes.Clone(k), seq: binary.BigEndian.Uint64(k), weight: int64(weight(len(v)))}
		if e, err := eventlog.ParseRecord(o.seq, v); err == nil {
			o.id, o.sound = e.Update.ID, true
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
		if e, err := eventlog.ParseRecord(binary.BigEndian.Uint64(k), v); err == nil {
			w.keys = append(w.keys, makeIDKey(e.Update.ID, e.Seq))
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
		seq := binary.BigEndian.Uint64(k[8:])
		if e, err := eventlog.ParseRecord(seq, record); err != nil || e.Update.ID == id {
			return seq, true
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
	e, err := eventlog.ParseRecord(seq, v)
	if err != nil {
		return seq, "", fmt.Errorf("the newest record (sequence %d): %w", seq, err)
	}
	return seq, e.Update.ID, nil
}

// markInUse notes whether the journals may hold what the file does not: then a
// start without them, or with a header that cannot be read, is refused.
func markInUse(db *bbolt.DB, inUse bool) error {
	err := change(db, func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		switch {
		case isInUse(tx) == inUse:
			return errNothing
		case inUse:
			return meta.Put(keyInUse, []byte{1})
		}
		return meta.Delete(keyInUse)
	})
	if err == errNothing {
		return nil
	}
	return err
}

func isInUse(tx *bbolt.Tx) bool {
	meta := tx.Bucket(bucketMeta)
	return meta != nil && meta.Get(keyInUse) != nil
}

// checkBuckets tells a file whose buckets cannot be found any more from a new
// one, and from that of another program.
func checkBuckets(tx *bbolt.Tx) error {
	ours, others := 0, 0
	err := tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		switch string(name) {
		case string(bucketLog), string(bucketIDs), string(bucketMeta):
			ours++
		case string(oldIDs), string(bucketReference):
		default:
			others++
		}
		return nil
	})
	if err == nil && (0 < ours && ours < 3 && others > 0 || ours > 0 && tx.Bucket(bucketLog) == nil) {
		err = fmt.Errorf("%w: a part of it has lost its name", errFile)
	}
	return err
}

// checkCount holds the ends of the history against the number of its records:
// sequences have no gaps, so it needs no look at those between.
func checkCount(tx *bbolt.Tx) error {
	events, _, err := parseKept(tx.Bucket(bucketMeta).Get(keyKept))
	if err != nil {
		return err
	}
	there := int64(0)
	c := tx.Bucket(bucketLog).Cursor()
	if first, _ := c.First(); first != nil {
		last, _ := c.Last()
		there = int64(binary.BigEndian.Uint64(last)-binary.BigEndian.Uint64(first)) + 1
	}
	if there != events {
		return fmt.Errorf("%w: it has %d records, and had %d", errFile, there, events)
	}
	return nil
}
