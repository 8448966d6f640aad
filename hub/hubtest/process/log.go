package process

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// maxLines is how many lines of a log are kept.
const maxLines = 10_000

type log struct {
	mu      sync.Mutex
	lines   []string
	changed chan struct{} // closed and replaced with each line
}

// follow reads to the end; line is called for each line, if it is not nil.
func (l *log) follow(from io.Reader, line func(string)) {
	in := bufio.NewReader(from)
	for {
		text, err := in.ReadString('\n')
		if text = strings.TrimSuffix(text, "\n"); text != "" {
			l.add(text)
			if line != nil {
				line(text)
			}
		}
		if err != nil {
			return
		}
	}
}

func (l *log) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines = append(l.lines, line); len(l.lines) > maxLines {
		l.lines = append(l.lines[:0:0], l.lines[maxLines/2:]...)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *log) count(text string) (n int, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n, l.changed
}

// Log returns the last lines of the program's log.
func (p *Program) Log() string {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	return strings.Join(p.log.lines[max(0, len(p.log.lines)-20):], "\n")
}

// CountLog returns how many lines of the log contain a text.
func (p *Program) CountLog(text string) int {
	n, _ := p.log.count(text)
	return n
}

// AwaitLog waits until n lines of the log contain a text.
func (p *Program) AwaitLog(text string, n int) error {
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	for {
		seen, changed := p.log.count(text)
		if seen >= n {
			return nil
		}
		select {
		case <-changed:
		case <-p.ended:
			return fmt.Errorf("%s has ended with %d lines with %q in its log, want %d:\n%s", p.name, seen, text, n, p.Log())
		case <-timer.C:
			return fmt.Errorf("%d lines with %q in the log after %v, want %d:\n%s", seen, text, Patience, n, p.Log())
		}
	}
}
