package webhook

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// run delivers what is in a lane until it is closed and empty.
func (s *Sender) run(l *lane) {
	for {
		m, ok, closed := l.first()
		switch {
		case ok:
			if !s.deliver(m) {
				return // cut: it counts as lost
			}
			l.taken()
			continue
		case closed:
			return
		}
		select {
		case <-l.wake:
		case <-s.ctx.Done():
			return
		}
	}
}

// deliver tries until the message is taken or has been tried for too long. It
// reports false when the sender was cut.
func (s *Sender) deliver(m message) bool {
	delay := s.o.MinDelay
	for try := 1; ; try++ {
		wait, err := s.post(m)
		switch {
		case err == nil:
			s.counts.delivered.Add(1)
			return true
		case s.ctx.Err() != nil:
			return false
		}
		s.counts.lastError.Store(time.Now().UnixMilli())
		if time.Since(m.made) > s.o.GiveUp {
			s.counts.givenUp.Add(1)
			s.o.Logger.Error("a webhook message is lost: its receiver has not taken it", "message", m.id, "url", s.shown, "tries", try, "error", err)
			return true
		}
		s.counts.retries.Add(1)
		if try == 1 {
			s.o.Logger.Warn("a webhook message is tried again", "message", m.id, "url", s.shown, "error", err)
		}
		pause := max(delay/2+rand.N(delay/2+1), min(wait, s.o.MaxDelay))
		delay = min(2*delay, s.o.MaxDelay)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			timer.Stop()
			return false
		}
	}
}

// post makes one try. wait is how long the receiver asks to be left alone.
func (s *Sender) post(m message) (wait time.Duration, err error) {
	r, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.o.URL, bytes.NewReader(m.body))
	if err != nil {
		return 0, err
	}
	now := time.Now()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "amalgam")
	r.Header.Set("Webhook-Id", m.id)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("Webhook-Signature", s.o.Secret.sign(m.id, now, m.body))
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10) // so that the connection can be used again
	switch {
	case answer.StatusCode/100 == 2:
		return 0, nil
	case answer.StatusCode/100 == 3:
		return 0, fmt.Errorf("%s to %.200s: redirects are not followed, write the last address into on_subscription", answer.Status, answer.Header.Get("Location"))
	}
	seconds, _ := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 16)
	return time.Duration(seconds) * time.Second, fmt.Errorf("the receiver answered %s", answer.Status)
}
