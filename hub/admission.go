package hub

import (
	"net/http"
	"sync"

	"amalgam/hub/dialect"
	"amalgam/hub/forwarded"
)

// admission counts the open streams, in all and by address.
type admission struct {
	max, maxPerAddress int // 0 for no limit

	mu        sync.Mutex
	open      int
	byAddress map[string]int
}

// admit takes a place for a stream, which release gives back.
func (a *admission) admit(r *http.Request) (release func(), refusal *dialect.Refusal) {
	address := forwarded.Group(r.RemoteAddr)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.max > 0 && a.open >= a.max {
		return nil, dialect.Refuse(http.StatusTooManyRequests, "subscribers", "", "the hub has %d streams open, as many as it may: try again later", a.open)
	}
	if n := a.byAddress[address]; a.maxPerAddress > 0 && n >= a.maxPerAddress {
		return nil, dialect.Refuse(http.StatusTooManyRequests, "subscribers-address", "", "%s has %d streams open, as many as one address may: share one stream among tabs", address, n)
	}
	if a.byAddress == nil {
		a.byAddress = make(map[string]int)
	}
	a.open++
	a.byAddress[address]++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.open--
		if a.byAddress[address]--; a.byAddress[address] == 0 {
			delete(a.byAddress, address)
		}
	}, nil
}
