package topic

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestFollowersAreASet(t *testing.T) {
	var f followers[int]
	want := map[int]bool{}
	r := rand.New(rand.NewPCG(1, 2))
	for step := range 20_000 {
		s := r.IntN(3 * few)
		if step%1000 < 100 { // now and then nearly empty
			s = r.IntN(2)
		}
		if r.IntN(2) == 0 {
			f.add(s)
			want[s] = true
		} else {
			f.remove(s)
			delete(want, s)
		}
		got := slices.Clone(f.list)
		slices.Sort(got)
		if !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
			t.Fatalf("step %d: %v, want %v", step, got, slices.Sorted(maps.Keys(want)))
		}
	}
}

func TestFollowersKeepTheOrderInWhichTheyCame(t *testing.T) {
	var f followers[int]
	for i := range 100 {
		f.add(i)
		f.add(i)
	}
	if len(f.list) != 100 || !slices.IsSorted(f.list) {
		t.Errorf("%v, want 0 to 99", f.list)
	}
}
