package bolt

import (
	"errors"
	"fmt"
	"time"

	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/bolt/journal"
)

// One commit gathers at most so much.
const (
	maxBatch      = 4096
	maxBatchBytes = 4 << 20
)

// roomAgain is how often a log that had no room looks for some.
const roomAgain = time.Second

// commitLoop takes whatever waits, makes it durable with one sync, shows it to
// the followers, and answers the publishers.
func (l *Log) commitLoop() {
	defer close(l.done)
	batch := make([]*request, 0, maxBatch)
	var look <-chan time.Time // set while there was no room
	for {
		requests := l.requests
		if l.waitsForRoom() {
			requests = nil
		}
		select {
		case r := <-requests:
			l.writing.Lock()
			batch = l.gather(batch[:0], r)
			l.commit(batch)
			l.writing.Unlock()
			clear(batch)
		case answer := <-l.change:
			l.writing.Lock()
			answer <- l.changeJournals()
			l.writing.Unlock()
		case <-l.nudge:
		case <-look:
			look = nil
			l.writing.Lock()
			l.lookForRoom()
			l.writing.Unlock()
		case <-l.quit:
			l.writing.Lock() // whoever commits alone has ended, and nobody begins again
			defer l.writing.Unlock()
			for {
				select {
				case r := <-l.requests:
					batch = l.gather(batch[:0], r)
					l.commit(batch)
				default:
					return
				}
			}
		}
		if look == nil && l.isFull() {
			look = time.After(roomAgain)
		}
	}
}

// commitAlone commits the update of a publisher that is the only one, in its
// own goroutine: to wake another and to be woken by it takes a good part of
// what a sync takes. It returns false when the loop has to do it.
func (l *Log) commitAlone(r *request) bool {
	if !l.writing.TryLock() {
		return false
	}
	defer l.writing.Unlock()
	select {
	case <-l.quit:
		return false
	default:
	}
	if l.waitsForRoom() {
		return false
	}
	l.alone[0] = r
	l.commit(l.alone[:])
	l.alone[0] = nil
	if l.isFull() {
		signal(l.nudge) // the loop looks for room
	}
	return true
}

// waitsForRoom reports whether so much waits for the checkpointer that
// publishers have to. A checkpointer that is stuck is not waited for: their
// updates are refused.
func (l *Log) waitsForRoom() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.fresh.bytes >= l.opts.maxPending && l.stuck == nil && l.broken == nil
}

func (l *Log) isFull() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.full != nil
}

// changeJournals hands the fresh segment over to the checkpointer, which has
// freed the other journal before it asked.
func (l *Log) changeJournals() *segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.fresh.entries) == 0 || l.broken != nil {
		return nil
	}
	l.moving = l.fresh
	l.fresh = newSegment(l.last + 1)
	l.journals[0], l.journals[1] = l.journals[1], l.journals[0]
	return l.moving
}

func (l *Log) gather(batch []*request, first *request) []*request {
	batch = append(batch, first)
	bytes := first.update.Size()
	for len(batch) < maxBatch && bytes < maxBatchBytes {
		select {
		case r := <-l.requests:
			batch = append(batch, r)
			bytes += r.update.Size()
		default:
			return batch
		}
	}
	return batch
}

// commit makes batch durable. Nothing that is seen changes before it is.
func (l *Log) commit(batch []*request) {
	if err := l.refuses(); err != nil {
		answer(batch, err)
		return
	}
	last, _ := l.Last()
	now := l.opts.now().UnixMilli()
	entries := make([]eventlog.Entry, len(batch))
	bytes := 0
	l.frame.Begin(last + 1)
	for i, r := range batch {
		r.seq = last + uint64(i) + 1
		entries[i] = eventlog.Entry{Seq: r.seq, Update: r.update, Time: now}
		bytes += weight(l.frame.Add(r.update, now))
	}
	if err := l.journals[0].Write(&l.frame); err != nil {
		answer(batch, l.failed(err))
		return
	}
	l.commits.Observe(uint64(len(batch)))
	newest := entries[len(entries)-1]
	l.mu.Lock()
	l.last, l.lastID = newest.Seq, newest.Update.ID
	l.fresh.add(entries, bytes)
	size := l.fresh.bytes
	recovered := l.full != nil
	l.full = nil
	l.mu.Unlock()
	if recovered {
		l.opts.Logger.Info("there is room again: updates are taken")
	}
	signal(l.begun)
	if size >= min(checkpointBytes, l.opts.maxPending) {
		signal(l.large)
	}
	l.Send(entries)
	answer(batch, nil)
}

// refuses returns why nothing can be taken now.
func (l *Log) refuses() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	if l.stuck != nil && l.fresh.bytes >= l.opts.maxPending {
		l.full = l.stuck
		return l.full
	}
	return nil
}

// failed takes note of a failed commit and returns what its publishers get.
func (l *Log) failed(err error) error {
	if errors.Is(err, journal.ErrBroken) || !noRoom(err) {
		return l.breaks(err)
	}
	err = fmt.Errorf("%w: %w", eventlog.ErrNoRoom, err)
	l.mu.Lock()
	again := l.full != nil
	l.full = err
	l.mu.Unlock()
	if !again { // a line for each could fill what room there is
		l.opts.Logger.Error("updates are refused: there is no room", "error", err)
	}
	return err
}

// lookForRoom ends the state of being full without waiting for a publisher:
// a hub that is not ready may get none.
func (l *Log) lookForRoom() {
	l.mu.RLock()
	stuck := l.stuck != nil && l.fresh.bytes >= l.opts.maxPending
	l.mu.RUnlock()
	if stuck {
		return
	}
	switch err := l.journals[0].Reserve(roomToResume); {
	case errors.Is(err, journal.ErrBroken):
		_ = l.breaks(err)
	case err == nil:
		l.mu.Lock()
		l.full = nil
		l.mu.Unlock()
		l.opts.Logger.Info("there is room again: updates are taken")
	}
}

// roomToResume is how many bytes there must be room for.
const roomToResume = 64 << 10

func answer(batch []*request, err error) {
	for _, r := range batch {
		r.err = err
		r.done <- struct{}{}
	}
}

// signal wakes whoever listens to c, now or next.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
