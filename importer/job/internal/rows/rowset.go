package rows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A RowSet is a choice of rows by the numbers that results show; nil is all.
type RowSet []span

type span struct {
	sheet    string
	from, to int
}

// ParseRows reads "4", "4,7-9" and "Sheet1!4-6".
func ParseRows(s string) (RowSet, error) {
	var out RowSet
	for _, part := range strings.Split(s, ",") {
		part = strings.TrimSpace(part)
		sp := span{}
		numbers := part
		if i := strings.LastIndex(part, "!"); i >= 0 {
			sp.sheet, numbers = part[:i], part[i+1:]
		}
		from, to, isRange := strings.Cut(numbers, "-")
		if !isRange {
			to = from
		}
		var err1, err2 error
		sp.from, err1 = strconv.Atoi(strings.TrimSpace(from))
		sp.to, err2 = strconv.Atoi(strings.TrimSpace(to))
		if err1 != nil || err2 != nil || sp.from < 1 || sp.to < sp.from {
			return nil, fmt.Errorf("%q is not a row: write 17, 17,19-23 or Sheet1!17", part)
		}
		out = append(out, sp)
	}
	return out, nil
}

// Has tells whether a row is chosen.
func (s RowSet) Has(r importer.RowRef) bool {
	return slices.ContainsFunc(s, func(sp span) bool { return sp.has(r) })
}

func (sp span) has(r importer.RowRef) bool {
	return r.Number >= sp.from && r.Number <= sp.to && (sp.sheet == "" || sp.sheet == r.Sheet)
}

func (sp span) String() string {
	s := strconv.Itoa(sp.from)
	if sp.from != sp.to {
		s += "-" + strconv.Itoa(sp.to)
	}
	if sp.sheet != "" {
		s = sp.sheet + "!" + s
	}
	return s
}

// without is the choice without the parts that a row fulfils.
func (s RowSet) without(r importer.RowRef) RowSet {
	if !s.Has(r) {
		return s
	}
	return slices.DeleteFunc(slices.Clone(s), func(sp span) bool { return sp.has(r) })
}

// vague tells whether a row is chosen without its sheet, and which.
func (s RowSet) vague() (numbers string, yes bool) {
	for _, sp := range s {
		if sp.sheet != "" {
			continue
		}
		return sp.String(), true
	}
	return "", false
}
