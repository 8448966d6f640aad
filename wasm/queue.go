package wasm

import "sync"

// queue hands items from a browser callback, which must never block, to a
// goroutine, which may. Make it with newQueue.
type queue[T any] struct {
	mu     sync.Mutex
	wake   *sync.Cond
	items  []T
	closed bool
}

func newQueue[T any]() *queue[T] {
	q := &queue[T]{}
	q.wake = sync.NewCond(&q.mu)
	return q
}

// put appends an item; after close it is dropped.
func (q *queue[T]) put(item T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.items = append(q.items, item)
		q.wake.Signal()
	}
}

// take waits for the next item. It reports false when the queue is closed.
func (q *queue[T]) take() (item T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.closed {
		q.wake.Wait()
	}
	if q.closed {
		return item, false
	}
	item = q.items[0]
	var none T
	q.items[0] = none // let go of what it refers to
	q.items = q.items[1:]
	return item, true
}

// close drops what is waiting and ends every take.
func (q *queue[T]) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.items = true, nil
	q.wake.Broadcast()
}
