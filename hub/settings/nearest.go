package settings

import "strings"

// Nearest returns the name that needs the fewest edits to become word; of those
// that word is a part of, if there are any.
func Nearest(word string, names []string) string {
	best, least := "", 1<<30
	for _, n := range names {
		d := distance(word, n)
		if len(word) < 3 || !strings.Contains(n, word) {
			d += 1 << 20 // behind all that have it
		}
		if d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is the Levenshtein distance, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
