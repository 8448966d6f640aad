package bench

import (
	"math"
	"slices"
)

// Percentile returns the value below or at which a share p (0 to 1) of values
// lie: the nearest rank. It sorts values, and returns 0 if there are none.
func Percentile(values []int64, p float64) int64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	rank := int(math.Ceil(p * float64(len(values))))
	return values[min(max(rank, 1), len(values))-1]
}

// Median returns the middle of values, the mean of the two in the middle if
// their number is even, and 0 if there are none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}
