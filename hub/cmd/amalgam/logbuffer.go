package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// A logBuffer gathers log lines and writes them a moment later, many at once,
// so that no request waits for whoever reads the log, and one who has stopped
// reading stops nothing. Lines for which there is no room are dropped, and
// counted in the log. Close writes what is left.
type logBuffer struct {
	w io.Writer

	mu      sync.Mutex
	lines   []byte
	dropped int
	timer   bool // flush is on its way

	writing sync.Mutex // one flush at a time
	spare   []byte     // of writing: the other half of lines
}

const (
	logDelay = 10 * time.Millisecond
	logRoom  = 1 << 20 // bytes that may wait
)

// Write takes one line, or several whole ones. It never blocks and never fails.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.lines)+len(p) > logRoom {
		b.dropped++
		return len(p), nil
	}
	b.lines = append(b.lines, p...)
	if !b.timer {
		b.timer = true
		time.AfterFunc(logDelay, b.flush)
	}
	return len(p), nil
}

func (b *logBuffer) flush() {
	b.writing.Lock()
	defer b.writing.Unlock()
	b.mu.Lock()
	lines, dropped := b.lines, b.dropped
	b.lines, b.dropped, b.timer = b.spare[:0], 0, false
	b.mu.Unlock()
	if dropped > 0 {
		lines = fmt.Appendf(lines, "amalgam: %d log lines were dropped, because they were written faster than read\n", dropped)
	}
	if len(lines) > 0 {
		_, _ = b.w.Write(lines) // there is nobody left to tell
	}
	b.spare = lines
}

// closeWithin bounds how long Close waits for a log that nobody reads.
const closeWithin = time.Second

// Close writes what is left, unless nobody takes it.
func (b *logBuffer) Close() {
	done := make(chan struct{})
	go func() { b.flush(); close(done) }()
	select {
	case <-done:
	case <-time.After(closeWithin):
	}
}
