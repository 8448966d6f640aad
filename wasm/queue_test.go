package wasm

import (
	"testing"
	"testing/synctest"
)

func TestAQueueHandsOverInOrderAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue[int]()
		var got []int
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				item, ok := q.take()
				if !ok {
					return
				}
				got = append(got, item)
			}
		}()
		q.put(1)
		synctest.Wait() // take is waiting again
		q.put(2)
		q.put(3)
		synctest.Wait()
		q.close()
		<-done
		if len(got) != 3 || got[0] != 1 || got[1] != 2 || got[2] != 3 {
			t.Errorf("took %v", got)
		}
		q.put(4)
		if item, ok := q.take(); ok {
			t.Errorf("a closed queue gave %d", item)
		}
	})
}
