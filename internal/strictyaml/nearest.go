package strictyaml

import (
	"strings"
	"unicode/utf8"
)

// Nearest gives the word among those known that was most likely meant: the one
// that is fewest single-character edits away (swapping two neighbours counts
// as one), at most a third of the word's length and never all of it. It gives
// "" when none is near enough; ties go to the first.
func Nearest(word string, known []string) string {
	const longest = 100 // characters; what is longer is no slip of a key
	w := []rune(strings.ToLower(word))
	if len(w) > longest {
		return ""
	}
	best, limit := "", max(1, len(w)/3)+1
	for _, k := range known {
		n := utf8.RuneCountInString(k)
		if n > longest || n-len(w) >= limit || len(w)-n >= limit {
			continue
		}
		if d := edits(w, []rune(strings.ToLower(k))); d < limit && d < max(n, len(w)) {
			best, limit = k, d
		}
	}
	return best
}

// edits is the optimal string alignment distance: Levenshtein's with swapped
// neighbours.
func edits(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i, x := range a {
		row[0] = i + 1
		for j, y := range b {
			cost := 1
			if x == y {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && x == b[j-1] && a[i-1] == y {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
