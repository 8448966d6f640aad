package fanout

import (
	"runtime"
	"sync"
)

// pool is the few goroutines that write to all lines. Subscribers with
// something to write wait in one list; whoever takes one from it writes
// everything that waits for it in one go, without ever blocking on it.
type pool struct {
	f       *Fanout
	workers sync.WaitGroup

	mu     sync.Mutex
	more   sync.Cond
	ready  []*Subscriber
	head   int // of ready
	closed bool
}

func newPool(f *Fanout) *pool {
	p := &pool{f: f}
	p.more.L = &p.mu
	for range runtime.GOMAXPROCS(0) {
		p.workers.Go(p.work)
	}
	return p
}

// push adds subscribers that have been marked as scheduled.
func (p *pool) push(s ...*Subscriber) {
	if len(s) == 0 {
		return
	}
	p.mu.Lock()
	p.ready = append(p.ready, s...)
	p.mu.Unlock()
	if len(s) > 1 {
		p.more.Broadcast()
	} else {
		p.more.Signal()
	}
}

// grab is how many subscribers a worker takes at a time.
const grab = 16

func (p *pool) take(into []*Subscriber) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.head == len(p.ready) {
		if p.closed {
			return 0
		}
		p.more.Wait()
	}
	n := copy(into, p.ready[p.head:])
	clear(p.ready[p.head : p.head+n])
	if p.head += n; p.head == len(p.ready) {
		p.ready, p.head = p.ready[:0], 0
	}
	return n
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.more.Broadcast()
	p.workers.Wait()
}

func (p *pool) work() {
	var batch [grab]*Subscriber
	buf := make([]byte, 0, maxWrite)
	for {
		n := p.take(batch[:])
		if n == 0 {
			return
		}
		written := 0
		for i, s := range batch[:n] {
			batch[i] = nil
			written += p.turn(s, buf)
		}
		p.f.counts.written.Add(uint64(written))
	}
}

// turn writes what waits for s, and returns how many bytes went out. A frame
// that is alone goes out from where it was encoded; several are joined in buf.
func (p *pool) turn(s *Subscriber, buf []byte) (written int) {
	w := s.take()
	if w.empty() {
		return 0
	}
	if w.ended == EndedByShutdown && len(w.queue) > 0 {
		go p.f.slow(s, nil, w) // which writes the queue, then ends
		return 0
	}
	if w.ended != "" {
		p.f.finish(s, w.ended)
		return 0
	}
	out, rest := s.join(w.queue, buf[:0])
	if w.beat && len(rest) == 0 && !w.behind {
		out = appendChunk(append(buf[:0], out...), p.f.appendBeat(nil, s.sent))
	}
	n, err := tryWrite(s.line.fd, out)
	s.out += uint64(max(n, 0))
	switch {
	case err != nil:
		p.f.finish(s, EndedByStall)
	case n < len(out):
		unsent := append([]byte(nil), out[n:]...)
		go p.f.slow(s, unsent, work{queue: rest, behind: w.behind})
	case len(rest) > 0 || w.behind:
		go p.f.slow(s, nil, work{queue: rest, behind: w.behind})
	case !s.rest():
		p.push(s)
	}
	return max(n, 0)
}

// join returns the bytes of queue, as far as one write takes them, and what is
// left of it.
func (s *Subscriber) join(queue []queued, buf []byte) (out []byte, rest []queued) {
	for len(queue) > 0 && queue[0].seq <= s.written {
		queue = queue[1:]
	}
	if len(queue) == 1 && !s.NameTopics {
		s.written = queue[0].seq
		s.sent++
		return queue[0].chunk, nil
	}
	for i, q := range queue {
		if q.seq <= s.written {
			continue
		}
		if len(buf) > 0 && len(buf)+len(q.chunk) > maxWrite {
			return buf, queue[i:]
		}
		buf = q.appendTo(buf, s.NameTopics, true)
		s.written = q.seq
		s.sent++
	}
	return buf, nil
}

// rest takes s out of the schedule if there is nothing to do for it.
func (s *Subscriber) rest() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) > 0 || s.beat || s.behind || s.ended != "" {
		return false
	}
	s.scheduled = false
	return true
}
