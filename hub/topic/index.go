package topic

// An Index finds who follows a topic. S names a follower; one follower may
// stand under many matchers. Patterns are kept once each, however many follow
// them, and what a topic matches is remembered: a topic that comes again costs
// no evaluation, a new one costs one evaluation of each distinct pattern. An
// Index is not safe for concurrent use: its owner locks.
type Index[S comparable] struct {
	exact map[string]*followers[S]
	any   followers[S]

	patterns map[patternKey]*followed[S]
	// order lists the patterns as they were added, so that a remembered topic
	// has to be held against the newer ones only. A pattern that nobody follows
	// any more stays in it, empty, until there are too many of those.
	order []*followed[S]
	dead  int
	seen  map[string]*matched[S]
}

type patternKey struct {
	kind    Kind
	pattern string
	base    string
}

type followed[S comparable] struct {
	matcher   *Matcher
	followers followers[S]
}

// matched is what a topic is known to match among the first upTo patterns.
type matched[S comparable] struct {
	patterns []*followed[S]
	upTo     int
}

// maxSeen bounds the topics that are remembered.
const maxSeen = 16384

// NewIndex returns an empty index.
func NewIndex[S comparable]() *Index[S] {
	return &Index[S]{
		exact:    make(map[string]*followers[S]),
		patterns: make(map[patternKey]*followed[S]),
		seen:     make(map[string]*matched[S]),
	}
}

// Add lets s follow everything that matchers mean.
func (x *Index[S]) Add(s S, matchers []*Matcher) {
	for _, m := range matchers {
		switch m.kind {
		case Any:
			x.any.add(s)
		case Exact:
			set := x.exact[m.pattern]
			if set == nil {
				set = &followers[S]{}
				x.exact[m.pattern] = set
			}
			set.add(s)
		default:
			key := patternKey{m.kind, m.pattern, m.base}
			f := x.patterns[key]
			if f == nil {
				f = &followed[S]{matcher: m}
				x.patterns[key] = f
				x.order = append(x.order, f)
			}
			f.followers.add(s)
		}
	}
}

// Remove takes back what Add did with the same arguments.
func (x *Index[S]) Remove(s S, matchers []*Matcher) {
	for _, m := range matchers {
		switch m.kind {
		case Any:
			x.any.remove(s)
		case Exact:
			if set := x.exact[m.pattern]; set != nil {
				set.remove(s)
				if len(set.list) == 0 {
					delete(x.exact, m.pattern)
				}
			}
		default:
			key := patternKey{m.kind, m.pattern, m.base}
			if f := x.patterns[key]; f != nil {
				f.followers.remove(s)
				if len(f.followers.list) == 0 {
					delete(x.patterns, key)
					x.dead++
				}
			}
		}
	}
	if x.dead > 64 && x.dead > len(x.patterns) {
		x.forget()
	}
}

// forget drops the patterns that nobody follows, and with them what topics were
// found to match.
func (x *Index[S]) forget() {
	alive := make([]*followed[S], 0, len(x.patterns))
	for _, f := range x.order {
		if len(f.followers.list) > 0 {
			alive = append(alive, f)
		}
	}
	x.order, x.dead = alive, 0
	clear(x.seen)
}

// Each calls fn for every follower of each of topics, in the order of topics.
// A follower that stands under several matchers or follows several of the
// topics is named several times: fn must take that.
func (x *Index[S]) Each(topics []string, fn func(s S, topic string)) {
	for _, s := range x.any.list {
		fn(s, topics[0])
	}
	for _, t := range topics {
		if set := x.exact[t]; set != nil {
			for _, s := range set.list {
				fn(s, t)
			}
		}
		if len(x.patterns) == 0 {
			continue
		}
		for _, f := range x.matching(t) {
			for _, s := range f.followers.list {
				fn(s, t)
			}
		}
	}
}

// matching returns the patterns that topic matches. Some may have lost their
// followers.
func (x *Index[S]) matching(topic string) []*followed[S] {
	m := x.seen[topic]
	if m == nil {
		if len(x.seen) >= maxSeen {
			for old := range x.seen { // any one: the map's order is random
				delete(x.seen, old)
				break
			}
		}
		m = &matched[S]{}
		x.seen[topic] = m
	}
	for ; m.upTo < len(x.order); m.upTo++ {
		if f := x.order[m.upTo]; len(f.followers.list) > 0 && f.matcher.Match(topic) {
			m.patterns = append(m.patterns, f)
		}
	}
	return m.patterns
}

// Len returns how many distinct matchers are followed.
func (x *Index[S]) Len() int {
	n := len(x.exact) + len(x.patterns)
	if len(x.any.list) > 0 {
		n++
	}
	return n
}
