package hub

import (
	"crypto/sha256"
	"sync"
	"time"
)

// grants remembers tokens that have been verified, so that a publisher's token
// is judged once and not at each update. A token is found by its hash, together
// with all else that its verdict rests on, and is remembered no longer than it
// is valid, and grantMemory at most: a key that is taken away from a key set
// counts no longer than that. Keys that Reload takes away count no longer at
// all: they take their grants with them.
type grants struct {
	mu    sync.Mutex
	known map[grantKey]remembered
}

const (
	grantMemory = time.Minute
	maxGrants   = 16384
)

type grantKey [sha256.Size]byte

type remembered struct {
	caller
	until time.Time
}

// keyOf hashes a token and what its verdict rests on: its role, where it was
// found, and by which names the client calls the hub.
func keyOf(token string, publisher bool, place, names string) grantKey {
	b := make([]byte, 0, 512)
	role := byte('s')
	if publisher {
		role = 'p'
	}
	b = append(b, role)
	for _, s := range []string{place, names, token} {
		b = append(append(b, s...), 0)
	}
	return sha256.Sum256(b)
}

func (g *grants) find(key grantKey, now time.Time) *caller {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, ok := g.known[key]
	if !ok {
		return nil
	}
	if !now.Before(r.until) {
		delete(g.known, key)
		return nil
	}
	return &r.caller
}

func (g *grants) remember(key grantKey, c caller, now time.Time) {
	until := now.Add(grantMemory)
	if expires := c.grant.Expires; !expires.IsZero() && expires.Before(until) {
		until = expires
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil {
		g.known = make(map[grantKey]remembered)
	}
	if len(g.known) >= maxGrants {
		for old := range g.known { // any one: the map's order is random
			delete(g.known, old)
			break
		}
	}
	g.known[key] = remembered{c, until}
}
