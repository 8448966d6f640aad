package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// publishWithin bounds one publish.
const publishWithin = 60 * time.Second

// A publisher keeps one connection to the hub and publishes over it, one
// update at a time.
type publisher struct {
	conn net.Conn
	in   *bufio.Reader
	head string // of the request, up to the value of Content-Length
	pad  string
	buf  []byte
	form []byte
}

func newPublisher(ctx context.Context, addr, path, host, token, pad string) (*publisher, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("connecting a publisher: %w", err)
	}
	head := "POST " + path + " HTTP/1.1\r\nHost: " + host +
		"\r\nAuthorization: Bearer " + token +
		"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
	return &publisher{conn: conn, in: bufio.NewReader(conn), head: head, pad: pad}, nil
}

// publish publishes event seq and returns its id.
func (p *publisher) publish(topic string, private bool, seq uint64) (id string, err error) {
	p.buf = appendData(p.buf[:0], seq, now(), p.pad)
	p.form = append(p.form[:0], "topic="...)
	p.form = append(p.form, url.QueryEscape(topic)...)
	if private {
		p.form = append(p.form, "&private=on"...)
	}
	p.form = append(p.form, "&data="...)
	p.form = append(p.form, url.QueryEscape(string(p.buf))...)
	p.buf = append(p.buf[:0], p.head...)
	p.buf = strconv.AppendInt(p.buf, int64(len(p.form)), 10)
	p.buf = append(p.buf, "\r\n\r\n"...)
	p.buf = append(p.buf, p.form...)
	_ = p.conn.SetDeadline(time.Now().Add(publishWithin))
	if _, err := p.conn.Write(p.buf); err != nil {
		return "", fmt.Errorf("publishing: %w", err)
	}
	resp, err := http.ReadResponse(p.in, nil)
	if err != nil {
		return "", fmt.Errorf("reading the answer to a publish: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	_ = resp.Body.Close()
	if err != nil {
		return "", fmt.Errorf("reading the answer to a publish: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the hub refused an update: %s: %.300q", resp.Status, body)
	}
	return string(body), nil
}

func (p *publisher) close() { _ = p.conn.Close() }

// plan is what is to be published, shared by all publishers.
type plan struct {
	topics    []string
	private   bool
	seq       atomic.Uint64
	published []atomic.Uint32 // by topic
	limit     uint64          // of events; 0 for none
}

func newPlan(topics []string, private bool) *plan {
	return &plan{topics: topics, private: private, published: make([]atomic.Uint32, len(topics))}
}

// next takes one event out of the plan: its number and its topic. Topics are
// walked in a stride that is prime to every count of them, so that neighbours
// in time are not neighbours in the hub.
func (p *plan) next() (seq uint64, topic int, ok bool) {
	seq = p.seq.Add(1)
	if p.limit > 0 && seq > p.limit {
		return 0, 0, false
	}
	return seq, int(seq * 1_000_003 % uint64(len(p.topics))), true
}

// publishAll has every publisher publish as the pace says until ctx is over,
// and returns how many updates the hub took.
func publishAll(ctx context.Context, pubs []*publisher, plan *plan, rate float64, lockstep func(total int64) bool) (int64, error) {
	var taken atomic.Int64
	one := func(p *publisher) (more bool, err error) {
		seq, k, ok := plan.next()
		if !ok {
			return false, nil
		}
		if _, err := p.publish(plan.topics[k], plan.private, seq); err != nil {
			return false, err
		}
		plan.published[k].Add(1)
		taken.Add(1)
		return true, nil
	}
	if lockstep != nil {
		for i := 0; ctx.Err() == nil; i++ {
			more, err := one(pubs[i%len(pubs)])
			if !more || err != nil || !lockstep(taken.Load()) {
				return taken.Load(), err
			}
		}
		return taken.Load(), nil
	}
	faults := make(chan error, len(pubs))
	for i, p := range pubs {
		go func() {
			var every time.Duration
			if rate > 0 {
				every = time.Duration(float64(len(pubs)) / rate * float64(time.Second))
			}
			next := time.Now().Add(every * time.Duration(i) / time.Duration(len(pubs)))
			for ctx.Err() == nil {
				if every > 0 {
					if !sleepUntil(ctx, next) {
						break
					}
					next = next.Add(every)
				}
				if more, err := one(p); !more || err != nil {
					faults <- err
					return
				}
			}
			faults <- nil
		}()
	}
	var all []error
	for range pubs {
		all = append(all, <-faults)
	}
	return taken.Load(), errors.Join(all...)
}

func sleepUntil(ctx context.Context, t time.Time) bool {
	d := time.Until(t)
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
