package conformance

import (
	"fmt"
	"slices"
	"sync"
)

const replay = "protocol.md decision 7"

// Replay: nothing lost, nothing twice, in order, the same frames.
var replayChecks = slices.Concat(
	each("A long history is replayed whole and in order, without the topics of others", replay, replay, "cursor-position",
		func(t *T) {
			const n = 300
			var want []string
			first := t.sent("topic", t.Topic("a"), "data", "first")
			for i := range n {
				want = append(want, fmt.Sprint(i))
				t.sent("topic", t.Topic(string("ab"[i%2])), "data", fmt.Sprint(i))
			}
			t.open(t.match(t.Topic("a"), t.Topic("b"))+t.cursor(first), "").Want(want...)
			var even []string
			for i := 0; i < n; i += 2 {
				even = append(even, want[i])
			}
			t.open(t.match(t.Topic("a"))+t.cursor(first), "").Want(even...)
		}),
	each("Replayed events are what live ones were: id, type, data and retry", cursor7, cursor8, "cursor-position",
		func(t *T) {
			live := t.open(t.match(t.Topic("a")), "")
			first := t.sent("topic", t.Topic("a"), "data", "first")
			t.sent("topic", t.Topic("a"), "data", "x\ny\rz", "type", "chat", "retry", "1234", "id", "urn:"+t.tag)
			t.sent("topic", t.Topic("b"), "topic", t.Topic("a"), "type", "é")
			live.Next()
			again := t.resume(t.cursor(first))
			for range 2 {
				if a, b := live.Next(), again.Next(); !slices.Equal(a.Lines, b.Lines) {
					t.Errorf("live the event was %q, replayed it is %q", a.Lines, b.Lines)
				}
			}
		}),
	each("Subscribers that join while a publisher is busy lose nothing and get nothing twice", replay, replay, "cursor-position replay-to-live",
		func(t *T) {
			const events, joiners = 150, 12
			t.publisher("*") // skips the check without a key
			first := t.sent("topic", t.Topic("a"), "data", "first")
			var wg sync.WaitGroup
			stopped := make(chan struct{})
			published := make(chan struct{}, events)
			wg.Go(func() {
				defer close(stopped)
				defer func() { _ = recover() }() // Fatalf outside the check's goroutine
				for i := range events {
					t.sent("topic", t.Topic("a"), "data", fmt.Sprint(i))
					published <- struct{}{}
				}
			})
			defer wg.Wait()
			var want []string
			for i := range events {
				want = append(want, fmt.Sprint(i))
			}
			var streams []*Stream
			for i := range joiners {
				for range events / joiners / 2 { // spread over the publishing
					select {
					case <-published:
					case <-stopped:
					}
				}
				streams = append(streams, t.resume(t.cursor([]string{first, "earliest"}[i%2])))
			}
			for i, s := range streams {
				if i%2 == 1 {
					s.Want("first")
				}
				s.Want(want...)
			}
		}),
	each("A subscriber that reconnects with the last id it saw goes on where it stopped", cursor7, cursor8, "cursor-position",
		func(t *T) {
			last := t.sent("topic", t.Topic("a"), "data", "first")
			var want []string
			for i := range 30 {
				want = append(want, fmt.Sprint(i))
				t.sent("topic", t.Topic("a"), "data", fmt.Sprint(i))
			}
			for at := 0; at < len(want); {
				s := t.resumeHeader(last, "")
				s.wantAnswer(last)
				for range min(7, len(want)-at) {
					e := s.Next()
					if e.Data != want[at] {
						t.Fatalf("after reconnecting the next event is %q, want %q", e.Data, want[at])
					}
					last = e.ID
					at++
				}
				s.Close()
			}
		}),
	each("A stream that was replayed goes on live", cursor7, cursor8, "cursor-position",
		func(t *T) {
			ids, data := t.history(3)
			s := t.resume(t.cursor(ids[0]))
			s.Want(data[1:]...)
			t.sent("topic", t.Topic("a"), "data", "live")
			s.Want("live")
		}),
)
