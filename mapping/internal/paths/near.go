package paths

// mostWork bounds the letters that Nearest compares for one word, so that a
// column of a hundred thousand misses costs seconds, not hours.
const mostWork = 100_000

// Nearest is the name that takes the fewest letters to insert, delete or
// change to become the word, and fewer than within; "" if there is none, or
// there are too many to look at.
func Nearest(word string, within int, names []string) string {
	best, work := "", 0
	for _, n := range names {
		if max(len(n)-len(word), len(word)-len(n)) >= within {
			continue
		}
		if work += (len(n) + 1) * (len(word) + 1); work > mostWork {
			break
		}
		if d := Distance(word, n); d < within {
			best, within = n, d
		}
	}
	return best
}

// Distance is the number of letters to insert, delete or change.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		last := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := last
			if a[i-1] != b[j-1] {
				cost++
			}
			last, row[j] = row[j], min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
