//go:build !linux

package fanout

// A watcher notices clients that go away, with a goroutine for each line. What
// a client sends during a stream is read and dropped.
type watcher struct{ f *Fanout }

func newWatcher(f *Fanout) (*watcher, error) { return &watcher{f}, nil }

func (w *watcher) watch(s *Subscriber) error {
	go func() {
		buf := make([]byte, 16)
		for {
			if _, err := s.line.conn.Read(buf); err != nil {
				w.f.end(s, EndedByClient)
				return
			}
		}
	}()
	return nil
}

func (*watcher) forget(*Subscriber) {}

func (*watcher) close() {}
