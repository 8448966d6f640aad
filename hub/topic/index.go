package topic

// An Index finds who follows a topic. S names a follower; one follower may
// stand under many matchers. Patterns are kept once each, however many follow
// them. An Index is not safe for concurrent use: its owner locks.
type Index[S comparable] struct {
	exact    map[string]map[S]struct{}
	any      map[S]struct{}
	patterns map[patternKey]*followed[S]
}

type patternKey struct {
	kind    Kind
	pattern string
	base    string
}

type followed[S comparable] struct {
	matcher   *Matcher
	followers map[S]struct{}
}

// NewIndex returns an empty index.
func NewIndex[S comparable]() *Index[S] {
	return &Index[S]{
		exact:    make(map[string]map[S]struct{}),
		any:      make(map[S]struct{}),
		patterns: make(map[patternKey]*followed[S]),
	}
}

// Add lets s follow everything that matchers mean.
func (x *Index[S]) Add(s S, matchers []*Matcher) {
	for _, m := range matchers {
		switch m.kind {
		case Any:
			x.any[s] = struct{}{}
		case Exact:
			set := x.exact[m.pattern]
			if set == nil {
				set = make(map[S]struct{}, 1)
				x.exact[m.pattern] = set
			}
			set[s] = struct{}{}
		default:
			key := patternKey{m.kind, m.pattern, m.base}
			f := x.patterns[key]
			if f == nil {
				f = &followed[S]{matcher: m, followers: make(map[S]struct{}, 1)}
				x.patterns[key] = f
			}
			f.followers[s] = struct{}{}
		}
	}
}

// Remove takes back what Add did with the same arguments.
func (x *Index[S]) Remove(s S, matchers []*Matcher) {
	for _, m := range matchers {
		switch m.kind {
		case Any:
			delete(x.any, s)
		case Exact:
			set := x.exact[m.pattern]
			delete(set, s)
			if len(set) == 0 {
				delete(x.exact, m.pattern)
			}
		default:
			key := patternKey{m.kind, m.pattern, m.base}
			if f := x.patterns[key]; f != nil {
				delete(f.followers, s)
				if len(f.followers) == 0 {
					delete(x.patterns, key)
				}
			}
		}
	}
}

// Each calls fn for every follower of each of topics, in the order of topics.
// A follower that stands under several matchers or follows several of the
// topics is named several times: fn must take that.
func (x *Index[S]) Each(topics []string, fn func(s S, topic string)) {
	for s := range x.any {
		fn(s, topics[0])
	}
	for _, t := range topics {
		for s := range x.exact[t] {
			fn(s, t)
		}
		for _, f := range x.patterns {
			if f.matcher.Match(t) {
				for s := range f.followers {
					fn(s, t)
				}
			}
		}
	}
}

// Len returns how many distinct matchers are followed.
func (x *Index[S]) Len() int {
	n := len(x.exact) + len(x.patterns)
	if len(x.any) > 0 {
		n++
	}
	return n
}
