package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLogLinesArriveWholeAndInOrder(t *testing.T) {
	var out strings.Builder
	b := &logBuffer{w: &out}
	var want strings.Builder
	for i := range 1000 {
		line := fmt.Sprintf("line %d\n", i)
		want.WriteString(line)
		_, _ = b.Write([]byte(line))
		if i%100 == 0 {
			b.flush()
		}
	}
	b.Close()
	if out.String() != want.String() {
		t.Errorf("%d bytes came, want %d, in order", out.Len(), want.Len())
	}
}

func TestALineIsWrittenWithoutAnother(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	b := &logBuffer{w: w}
	_, _ = b.Write([]byte("alone\n"))
	_ = r.SetReadDeadline(time.Now().Add(10 * time.Second))
	got := make([]byte, 16)
	if n, err := r.Read(got); string(got[:n]) != "alone\n" {
		t.Errorf("got %q, %v", got[:n], err)
	}
}

// stuck is a log that nobody reads, until it is let go.
type stuck struct {
	let     chan struct{}
	mu      sync.Mutex
	written strings.Builder
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.let
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written.Write(p)
}

func TestALogThatNobodyReadsStopsNothing(t *testing.T) {
	s := &stuck{let: make(chan struct{})}
	b := &logBuffer{w: s}
	line := []byte(strings.Repeat("x", 1023) + "\n")
	const more = 500
	for range logRoom/len(line)*2 + more { // what is being written, what waits, what does not fit
		_, _ = b.Write(line)
	}
	close(s.let)
	b.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	dropped := 0 // in one note, or in two when the first flush came when some were dropped already
	for _, note := range regexp.MustCompile(`amalgam: (\d+) log lines`).FindAllStringSubmatch(s.written.String(), -1) {
		n, _ := strconv.Atoi(note[1])
		dropped += n
	}
	if dropped < more {
		t.Errorf("%d lines counted as dropped, want %d or more", dropped, more)
	}
	if whole := strings.Count(s.written.String(), string(line)); whole+dropped != logRoom/len(line)*2+more {
		t.Errorf("%d lines written and %d dropped of %d", whole, dropped, logRoom/len(line)*2+more)
	}
}
