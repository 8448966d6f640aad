package topic

import (
	"fmt"
	"testing"
)

// Finding the followers of a topic among 10,000 others.
func BenchmarkIndexEach(b *testing.B) {
	add := func(b *testing.B, x *Index[int], n int, m func(i int) (*Matcher, error)) {
		for i := range n {
			matcher, err := m(i)
			if err != nil {
				b.Fatal(err)
			}
			x.Add(i, []*Matcher{matcher})
		}
	}
	for _, c := range []struct {
		name    string
		matcher func(i int) (*Matcher, error)
		finds   int
	}{
		{"exact, one follower", func(i int) (*Matcher, error) { return Selector(fmt.Sprintf("https://example.com/%d/7", i)) }, 1},
		{"template, twenty followers", func(i int) (*Matcher, error) { return Selector(fmt.Sprintf("https://example.com/%d/{id}", i%500)) }, 20},
		{"url pattern, twenty followers", func(i int) (*Matcher, error) {
			return NewURLPattern(fmt.Sprintf("https://example.com/%d/:id", i%500), "https://hub.example/")
		}, 20},
	} {
		b.Run(c.name, func(b *testing.B) {
			x := NewIndex[int]()
			add(b, x, 10_000, c.matcher)
			topics := []string{"https://example.com/77/7"}
			found := 0
			b.ReportAllocs()
			for b.Loop() {
				found = 0
				x.Each(topics, func(int, string) { found++ })
			}
			if found != c.finds {
				b.Fatalf("found %d, want %d", found, c.finds)
			}
		})
	}
}

// Members come and go: what a set costs as it grows.
func BenchmarkFollowers(b *testing.B) {
	for _, n := range []int{1, few, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var f followers[int]
			for i := range n {
				f.add(i)
			}
			b.ReportAllocs()
			for b.Loop() {
				f.remove(n / 2)
				f.add(n / 2)
			}
		})
	}
}
