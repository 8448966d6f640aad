package hub

import (
	"context"
	"sync"

	"amalgam/hub/auth"
)

// access is what requests are let in by: the part of a Config that Reload can
// replace. Each request takes it once and is judged by one alone.
type access struct {
	publisherKeys, subscriberKeys     []*auth.Key
	publisherKeySet, subscriberKeySet auth.KeySource
	issuers                           []auth.Issuer
	corsOrigins, publishOrigins       auth.Origins
	explain                           bool
	// grants belong to the keys: with new keys nothing is remembered.
	grants grants
}

func newAccess(c Config) *access {
	return &access{
		publisherKeys: c.PublisherKeys, subscriberKeys: c.SubscriberKeys,
		publisherKeySet: c.PublisherKeySet, subscriberKeySet: c.SubscriberKeySet,
		issuers:     c.Issuers,
		corsOrigins: c.CORSOrigins, publishOrigins: c.PublishOrigins,
		explain: c.Explain,
	}
}

// classicKeys returns the keys that may verify a classic token whose header
// names kid.
func (a *access) classicKeys(publisher bool, kid string) []*auth.Key {
	keys, set := a.subscriberKeys, a.subscriberKeySet
	if publisher {
		keys, set = a.publisherKeys, a.publisherKeySet
	}
	if set == nil {
		return keys
	}
	return append(keys[:len(keys):len(keys)], set.Keys(kid)...)
}

// takesClassic reports whether there is anything to verify classic tokens with.
func (a *access) takesClassic(publisher bool) bool {
	if publisher {
		return len(a.publisherKeys) > 0 || a.publisherKeySet != nil
	}
	return len(a.subscriberKeys) > 0 || a.subscriberKeySet != nil
}

// refreshers returns the key sources that fetch.
func (a *access) refreshers() []auth.Refresher {
	sources := []auth.KeySource{a.publisherKeySet, a.subscriberKeySet}
	for _, i := range a.issuers {
		sources = append(sources, i.Publisher, i.Subscriber)
	}
	var list []auth.Refresher
	for _, source := range sources {
		if r, ok := source.(auth.Refresher); ok {
			list = append(list, r)
		}
	}
	return list
}

// Reload replaces, while the hub runs, the keys, key sets and issuers of the
// hub's Config, its origins, and Explain, by those of cfg; it looks at nothing
// else of it. Requests that come after it has returned are judged by what is
// new. Streams that are open go on until their token expires or their longest
// life is over: a connection was let in by the rules of its time. On an error
// nothing has changed.
//
// A key source that is in the old and in the new Config goes on being
// refreshed; one must not be shared among hubs.
func (h *Hub) Reload(cfg Config) error {
	next := h.cfg
	next.PublisherKeys, next.SubscriberKeys = cfg.PublisherKeys, cfg.SubscriberKeys
	next.PublisherKeySet, next.SubscriberKeySet = cfg.PublisherKeySet, cfg.SubscriberKeySet
	next.Issuers, next.Explain = cfg.Issuers, cfg.Explain
	next.CORSOrigins, next.PublishOrigins = cfg.CORSOrigins, cfg.PublishOrigins
	if err := next.checkAccess(); err != nil {
		return err
	}
	a := newAccess(next)
	h.refresh.replace(a.refreshers())
	h.access.Store(a)
	return nil
}

// refreshing runs the key sources that fetch: each once, however often it is
// named, for as long as it is.
type refreshing struct {
	mu      sync.Mutex
	running map[auth.Refresher]context.CancelFunc
	closed  bool
	wait    sync.WaitGroup
}

// replace starts what is new in list and stops what is not in it any more.
func (f *refreshing) replace(list []auth.Refresher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	next := make(map[auth.Refresher]context.CancelFunc)
	for _, r := range list {
		if next[r] != nil {
			continue
		}
		if stop := f.running[r]; stop != nil {
			next[r] = stop
			continue
		}
		ctx, stop := context.WithCancel(context.Background())
		next[r] = stop
		f.wait.Go(func() { r.Refresh(ctx) })
	}
	for r, stop := range f.running {
		if next[r] == nil {
			stop()
		}
	}
	f.running = next
}

// close stops all and waits for them.
func (f *refreshing) close() {
	f.mu.Lock()
	f.closed = true
	for _, stop := range f.running {
		stop()
	}
	f.mu.Unlock()
	f.wait.Wait()
}
