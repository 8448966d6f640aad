package bolt

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"amalgam/hub/eventlog"
)

// commitLoop is the one writer. It takes whatever waits, makes it durable in
// one transaction, shows it to the followers, and answers the publishers.
func (l *Log) commitLoop() {
	defer close(l.done)
	for {
		select {
		case r := <-l.requests:
			l.commit(l.gather(r))
		case <-l.quit:
			for {
				select {
				case r := <-l.requests:
					l.commit(l.gather(r))
				default:
					return
				}
			}
		}
	}
}

func (l *Log) gather(first *request) []*request {
	batch := []*request{first}
	for len(batch) < maxBatch {
		select {
		case r := <-l.requests:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// commit stores batch in one transaction with one fsync. Nothing in memory
// changes before the transaction has succeeded.
func (l *Log) commit(batch []*request) {
	last, _ := l.Last()
	entries := make([]eventlog.Entry, len(batch))
	err := l.db.Update(func(tx *bbolt.Tx) error {
		log, ids := tx.Bucket(bucketLog), tx.Bucket(bucketIDs)
		log.FillPercent = 1
		for i, r := range batch {
			seq := last + uint64(i) + 1
			entries[i] = eventlog.Entry{Seq: seq, Update: r.update}
			var key [8]byte
			binary.BigEndian.PutUint64(key[:], seq)
			if err := log.Put(key[:], eventlog.AppendRecord(nil, r.update)); err != nil {
				return err
			}
			if err := ids.Put(idKey(r.update.ID, seq), nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		l.logger.Error("updates could not be stored", "updates", len(batch), "error", err)
		err = fmt.Errorf("%w: %w", eventlog.ErrStore, err)
		for _, r := range batch {
			r.err = err
			close(r.done)
		}
		return
	}
	newest := entries[len(entries)-1]
	l.mu.Lock()
	l.last, l.lastID = newest.Seq, newest.Update.ID
	l.mu.Unlock()
	l.Send(entries)
	for i, r := range batch {
		r.seq = entries[i].Seq
		close(r.done)
	}
}

func idKey(id string, seq uint64) []byte {
	key := make([]byte, 0, len(id)+9)
	key = append(key, id...)
	key = append(key, 0)
	return binary.BigEndian.AppendUint64(key, seq)
}
