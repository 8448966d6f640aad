package faults

import (
	"fmt"
	"hash/maphash"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"amalgam/hub/sse"
)

// A sent update as the checker knows it. Its data begins with its number, so
// that every event says which update it is.
type sent struct {
	number  int
	topics  []string
	private bool
	kind    string
	ownID   string
	data    uint64 // a hash

	// Ledger.mu guards the rest.
	answer string // the id that the hub answered
	id     string // in the log
	place  int    // in the log, from 1; 0 while it is not known to be there
	gone   bool   // there was no answer, and it is not in the log
}

func (s *sent) has(topic string) bool {
	for _, t := range s.topics {
		if t == topic {
			return true
		}
	}
	return false
}

var hashSeed = maphash.MakeSeed()

func numberOf(data string) (int, error) {
	digits, _, _ := strings.Cut(data, " ")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("a phantom: nobody sent the data %.60q", data)
	}
	return n, nil
}

// A ledger keeps everything that was sent and the order in which the log was
// found to hold it.
type ledger struct {
	mu   sync.Mutex
	sent []*sent // by number
	open map[int]*sent
	ids  map[string]*sent
	log  []*sent
	owed int // answered, not found in the log yet
}

func newLedger() *ledger { return &ledger{open: map[int]*sent{}, ids: map[string]*sent{}} }

// send takes note of an update before it is sent and completes its form.
func (l *ledger) send(s *sent, pad string) url.Values {
	l.mu.Lock()
	s.number = len(l.sent)
	l.sent = append(l.sent, s)
	l.open[s.number] = s
	l.mu.Unlock()
	data := fmt.Sprintf("%d %s", s.number, pad)
	s.data = maphash.String(hashSeed, data)
	form := url.Values{"topic": s.topics, "data": {data}}
	if s.private {
		form.Set("private", "on")
	}
	if s.kind != "" {
		form.Set("type", s.kind)
	}
	if s.ownID == "own" {
		s.ownID = "urn:faults:" + strconv.Itoa(s.number)
		form.Set("id", s.ownID)
	}
	return form
}

// answered takes note that the hub took an update.
func (l *ledger) answered(s *sent, id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.ownID != "" && s.ownID != id {
		return fmt.Errorf("update %d was sent with the id %q and answered with %q", s.number, s.ownID, id)
	}
	if id == "" {
		return fmt.Errorf("update %d was answered without an id", s.number)
	}
	s.answer = id
	l.owed++
	return nil
}

// identify returns the update that an event carries, whole and with its id.
func (l *ledger) identify(e sse.Event) (*sent, error) {
	n, err := numberOf(e.Data)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < 0 || n >= len(l.sent) {
		return nil, fmt.Errorf("a phantom: update %d was never sent", n)
	}
	s := l.sent[n]
	switch {
	case maphash.String(hashSeed, e.Data) != s.data:
		return nil, fmt.Errorf("update %d came with other data than it was sent with: %.60q", n, e.Data)
	case e.Type != s.kind:
		return nil, fmt.Errorf("update %d was sent with the type %q and came with %q", n, s.kind, e.Type)
	case e.ID == "" || s.ownID != "" && e.ID != s.ownID:
		return nil, fmt.Errorf("update %d was sent with the id %q and came with %q", n, s.ownID, e.ID)
	case s.answer != "" && e.ID != s.answer:
		return nil, fmt.Errorf("update %d was answered with the id %q and came with %q", n, s.answer, e.ID)
	case s.id != "" && e.ID != s.id:
		return nil, fmt.Errorf("update %d is in the log with the id %q and came with %q", n, s.id, e.ID)
	case s.gone:
		return nil, fmt.Errorf("update %d came, and the log does not hold it", n)
	}
	return s, nil
}

// next takes the next entry of the log.
func (l *ledger) next(e sse.Event) (*sent, error) {
	s, err := l.identify(e)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.place != 0 {
		return nil, fmt.Errorf("update %d is in the log twice: at %d and %d", s.number, s.place, len(l.log)+1)
	}
	if other := l.ids[e.ID]; other != nil {
		return nil, fmt.Errorf("updates %d and %d have the same id %q", other.number, s.number, e.ID)
	}
	l.log = append(l.log, s)
	s.place, s.id = len(l.log), e.ID
	l.ids[e.ID] = s
	delete(l.open, s.number)
	if s.answer != "" {
		l.owed--
	}
	return s, nil
}

// owes returns how many updates were answered and not found in the log yet.
func (l *ledger) owes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.owed
}

// settle declares gone what is not in the log by now, and returns what had
// been answered.
func (l *ledger) settle() (lost []int, unanswered int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.open {
		if s.answer != "" {
			lost = append(lost, s.number)
			continue
		}
		s.gone = true
		unanswered++
	}
	clear(l.open)
	return lost, unanswered
}

// after returns what the log holds after a place, up to its end as known.
func (l *ledger) after(place int) []*sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log[place:len(l.log):len(l.log)]
}
