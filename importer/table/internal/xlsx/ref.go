package xlsx

import "bytes"

const (
	// LastRow and LastColumn are the last ones that a spreadsheet has.
	LastRow    = 1_048_576
	LastColumn = 16_384
)

// reference reads "AB17", as every program writes it.
func reference(b []byte) (column, row int, ok bool) {
	i := 0
	for ; i < len(b) && b[i] >= 'A' && b[i] <= 'Z' && i < 4; i++ {
		column = column*26 + int(b[i]-'A') + 1
	}
	row = number(b[i:])
	return column, row, column >= 1 && column <= LastColumn && row >= 1 && row <= LastRow
}

// number reads a whole number of few digits, which has no sign and, but for 0 itself,
// does not begin with one; -1 if it is none.
func number(b []byte) int {
	if len(b) == 0 || len(b) > 9 || b[0] == '0' && len(b) > 1 {
		return -1
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// A Span is some columns, an Area some cells; both count from 1.
type Span struct{ From, To int }
type Area struct{ Left, Top, Right, Bottom int }

// area reads "A1:B7".
func area(b []byte) (a Area, ok bool) {
	from, to, _ := bytes.Cut(b, []byte(":"))
	var ok1, ok2 bool
	a.Left, a.Top, ok1 = reference(from)
	a.Right, a.Bottom, ok2 = reference(to)
	return a, ok1 && ok2 && a.Left <= a.Right && a.Top <= a.Bottom
}
