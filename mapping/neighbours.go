package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// Neighbours look at the cells of a column beside each other, and find those
// that are otherwise than almost all others: a phone number without the plus,
// an id that begins in another way, a date that became a number.
//
// All rows are added first, then Findings and Check tell. It keeps counts of
// shapes, not values: memory does not grow with the rows. What it finds are
// warnings: it knows what is usual, not what is right. Not safe for concurrent
// use.
type Neighbours struct {
	m      *Mapper
	of     map[*importer.Header][]*watched
	filled map[*importer.Header]*filled
	done   bool
}

const (
	// A cell is odd beside this many others at least, and where they are this
	// part of all: four in five.
	leastAlike            = 8
	mostOfMany, ofHowMany = 4, 5
	// mostShapes bounds what is kept for a column; one with more has no usual
	// shape.
	mostShapes = 128
)

// What a column seems to hold.
type watch int

const (
	watchPhone watch = iota + 1
	watchID
	watchOther
)

// A watched is one column.
type watched struct {
	column int
	watch  watch
	role   *role
	shapes map[string]*tally
	total  int
	odd    map[string]oddity // by shape, once all rows are there
}

// A tally is how often a shape was there, and where first.
type tally struct {
	elements, rows int
	last           importer.RowRef
	first          importer.Cell
	value          string
}

// An oddity is what is said of a shape.
type oddity struct {
	code   string
	say    func(value string) string
	advice string
}

// Neighbours returns a watch over the columns of this mapping.
func (m *Mapper) Neighbours() *Neighbours {
	n := &Neighbours{m: m, of: map[*importer.Header][]*watched{}, filled: map[*importer.Header]*filled{}}
	for h, p := range m.plans {
		for i, c := range h.Columns {
			ro := &p.roles[i]
			if w := watchOf(c, ro); w != 0 {
				n.of[h] = append(n.of[h], &watched{column: i, watch: w, role: ro, shapes: map[string]*tally{}})
			}
		}
	}
	return n
}

func watchOf(column string, ro *role) watch {
	resource := strings.HasPrefix(ro.path, paths.Resources)
	switch {
	case ro.purpose == forNone || ro.purpose == forSecret || ro.purpose == forEmail || ro.purpose == forWord || ro.path == paths.Name ||
		ro.path == paths.Group:
		return 0
	case ro.path == paths.Resources+"phone_number", ro.purpose != forID && phoneHeader(column):
		return watchPhone
	case ro.purpose == forID && !resource || resource && !ro.unseen:
		return watchID
	case ro.purpose == forID:
		return 0
	default:
		return watchOther
	}
}

func phoneHeader(column string) bool {
	c := strings.ToLower(column)
	for _, w := range []string{"phone", "telefon", "teléfono", "telefono", "mobil", "móvil", "movil", "handy", "whatsapp", "fax"} {
		if strings.Contains(c, w) {
			return true
		}
	}
	return c == "tel" || strings.HasPrefix(c, "tel.") || strings.HasPrefix(c, "tel ") || c == "cell"
}

// elements are the values of the column in a row.
func (w *watched) elements(row importer.Row, yield func(string)) {
	cell := row.Cells[w.column]
	switch {
	case cell == "":
	case w.role.split == "":
		if v := importer.Trim(cell); v != "" {
			yield(v)
		}
	default:
		for v := range strings.SplitSeq(cell, w.role.split) {
			if v = importer.Trim(v); v != "" {
				yield(v)
			}
		}
	}
}

// Add takes one row, once, whether it is left out or not.
func (n *Neighbours) Add(row importer.Row) {
	if row.Header == nil || len(row.Cells) != len(row.Header.Columns) {
		return
	}
	p := n.m.plans[row.Header]
	if p == nil {
		return
	}
	if column := p.filledDown(row); column >= 0 {
		n.addFilled(row, column)
		return
	}
	if p.skips(row) != "" {
		return
	}
	for _, w := range n.of[row.Header] {
		if w.shapes == nil {
			continue
		}
		w.elements(row, func(v string) { w.add(row, v) })
	}
}

func (w *watched) add(row importer.Row, v string) {
	if w.shapes == nil {
		return
	}
	w.total++
	shape := w.shape(v)
	t := w.shapes[shape]
	if t == nil {
		if len(w.shapes) == mostShapes {
			w.shapes = nil
			return
		}
		t = &tally{first: row.Cell(w.column), value: strings.Clone(v[:min(len(v), 4*mostShown)])}
		w.shapes[strings.Clone(shape)] = t
	}
	t.elements++
	if ref := row.Ref(); t.rows == 0 || t.last != ref {
		t.rows, t.last = t.rows+1, ref
	}
}

// A Tally is one kind of oddity with the number of rows it was found in.
type Tally struct {
	importer.Finding // the first one
	Rows             int
}

// Findings tell what is odd, by kind, in the order of
// their columns. It may be called once all
// rows were added.
func (n *Neighbours) Findings() []Tally {
	n.judge()
	var out []Tally
	for _, ws := range n.of {
		for _, w := range ws {
			at := map[string]int{} // code → place in out
			for _, shape := range slices.Sorted(maps.Keys(w.odd)) {
				o, t := w.odd[shape], w.shapes[shape]
				f := w.finding(t.first, o, t.value)
				if i, ok := at[o.code]; ok {
					out[i].Rows += t.rows
					if f.Cell.Row < out[i].Cell.Row {
						out[i].Finding = f
					}
					continue
				}
				at[o.code] = len(out)
				out = append(out, Tally{f, t.rows})
			}
		}
	}
	for _, f := range n.filled {
		out = append(out, Tally{f.finding(), 1})
	}
	slices.SortFunc(out, func(a, b Tally) int {
		return cmp.Or(strings.Compare(a.Cell.Sheet, b.Cell.Sheet), a.Cell.Index-b.Cell.Index, strings.Compare(a.Code, b.Code))
	})
	return out
}

// Check tells what is odd in a row, once all were added. Of rows that are left
// out it tells only at the first of those that are filled down.
func (n *Neighbours) Check(row importer.Row) []importer.Finding {
	if row.Header == nil || len(row.Cells) != len(row.Header.Columns) {
		return nil
	}
	if f := n.filled[row.Header]; f != nil && f.first.Row == row.Number {
		return []importer.Finding{f.finding()}
	}
	if p := n.m.plans[row.Header]; p == nil || p.skips(row) != "" {
		return nil
	}
	n.judge()
	var out []importer.Finding
	for _, w := range n.of[row.Header] {
		if len(w.odd) == 0 {
			continue
		}
		said := ""
		w.elements(row, func(v string) {
			if o, ok := w.odd[w.shape(v)]; ok && said != o.code {
				said = o.code
				out = append(out, w.finding(row.Cell(w.column), o, v))
			}
		})
	}
	return out
}

func (w *watched) finding(c importer.Cell, o oddity, value string) importer.Finding {
	return importer.Finding{Severity: importer.Warning, Code: o.code, Cell: c, Path: w.role.path, Message: o.say(value), Advice: o.advice}
}

// shown is a value as a finding quotes it. Nobody knows what is in a column that
// is not used and holds neither phone numbers nor dates: it may be passwords,
// headed in any language.
func (w *watched) shown(v string) string {
	if w.watch == watchOther && w.role.purpose == forNobody {
		return "the value"
	}
	return shown(v)
}

func (n *Neighbours) judge() {
	if n.done {
		return
	}
	n.done = true
	for _, ws := range n.of {
		for _, w := range ws {
			w.odd = map[string]oddity{}
			switch {
			case w.total <= leastAlike || w.shapes == nil:
			case w.watch == watchPhone:
				w.judgePhones()
				w.judgeIDs()
			case w.watch == watchID:
				w.judgeIDs()
				w.judgeZeros()
			default:
				w.judgeDates()
				w.judgeZeros()
			}
		}
	}
}

// many tells whether some are so many of all that the rest is odd.
func many(some, all int) bool {
	return some >= leastAlike && some < all && some*ofHowMany >= all*mostOfMany
}

// sum counts the elements whose shapes begin with one of these.
func (w *watched) sum(prefixes ...string) (n int) {
	for shape, t := range w.shapes {
		for _, p := range prefixes {
			if strings.HasPrefix(shape, p) {
				n += t.elements
				break
			}
		}
	}
	return n
}

func (w *watched) judgePhones() {
	plus, zero, all := w.sum("p+"), w.sum("p0/"), w.sum("p")
	for shape, t := range w.shapes {
		if !strings.HasPrefix(shape, "p") {
			continue
		}
		head, digits, _ := strings.Cut(shape, "/")
		inClass := w.sum(head + "/")
		longer := 0
		for other, o := range w.shapes {
			if h, d, _ := strings.Cut(other, "/"); h == head && d > digits {
				longer = max(longer, o.elements)
			}
		}
		long := 0
		for other, o := range w.shapes {
			if _, d, _ := strings.Cut(other, "/"); strings.HasPrefix(other, "p") && d >= "09" {
				long += o.elements
			}
		}
		switch {
		case head != "p+" && !strings.HasPrefix(head, "p+") && many(plus, all):
			n := plus
			w.odd[shape] = oddity{"phone_prefix", func(v string) string {
				return fmt.Sprintf("%s has no + in front, and %d of the %d numbers in this column have one", w.shown(v), n, all)
			}, "spreadsheets drop a leading +: format the column as Text, and write the number with its country"}
		case head == "p" && many(zero, all):
			w.odd[shape] = oddity{"phone_prefix", func(v string) string {
				return fmt.Sprintf("%s does not begin with 0, and %d of the %d numbers in this column do", w.shown(v), zero, all)
			}, "spreadsheets drop a leading 0: format the column as Text, and enter the number again"}
		case many(longer, inClass), digits <= "06" && many(long, all):
			n := t.elements
			w.odd[shape] = oddity{"phone_short", func(v string) string {
				return fmt.Sprintf("%s is shorter than almost all of its %d neighbours", w.shown(v), all-n)
			}, "digits may be missing: look the number up"}
		}
	}
}

// judgeIDs finds the few ids that begin otherwise than all others. Where they
// are not few, two kinds of ids stand side by side, and are meant to.
func (w *watched) judgeIDs() {
	for usual, u := range w.shapes {
		if usual == "" || usual[0] != 'i' || !many(u.elements, w.total) {
			continue
		}
		for shape, t := range w.shapes {
			if shape == usual || w.watch == watchPhone && !strings.HasPrefix(shape, "i") || t.elements > max(2, w.total/20) {
				continue
			}
			advice := "make sure that it is the right id"
			if len(shape) > 1 && strings.HasSuffix(usual, "_") && paths.Distance(shape, usual) <= 2 {
				advice = fmt.Sprintf("a letter may be missing or wrong: is it %s…?", usual[1:])
			}
			w.odd[shape] = oddity{"odd_id", func(v string) string {
				return fmt.Sprintf("%s is of another form than its neighbours: %d of %d are like %s", w.shown(v), u.elements, w.total, w.shown(u.value))
			}, advice}
		}
	}
}

// judgeZeros finds numbers that lost the zeros that almost all others have.
func (w *watched) judgeZeros() {
	all := w.sum("n", "s/")
	for usual, u := range w.shapes {
		if !strings.HasPrefix(usual, "n0/") || !many(u.elements, all) {
			continue
		}
		for shape := range w.shapes {
			if (strings.HasPrefix(shape, "n/") || shape == "s/05") && shape[strings.IndexByte(shape, '/'):] < usual[2:] {
				w.odd[shape] = oddity{"lost_zero", func(v string) string {
					return fmt.Sprintf("%s is shorter than its neighbours, and does not begin with 0 as %d of %d do", w.shown(v), u.elements, all)
				}, "spreadsheets drop leading zeros: format the column as Text, and enter the value again"}
			}
		}
	}
}

func (w *watched) judgeDates() {
	all := w.sum("d", "s/")
	if all*ofHowMany < w.total*mostOfMany {
		return // not a column of dates
	}
	for usual, u := range w.shapes {
		if usual == "" || usual[0] != 'd' || !many(u.elements, all) {
			continue
		}
		for shape := range w.shapes {
			switch {
			case shape == "s/05":
				w.odd[shape] = oddity{"serial_date", func(v string) string {
					return fmt.Sprintf("%s is probably a date as a spreadsheet keeps it, among %d dates", shown(v), u.elements)
				}, "format the cell as a date, as its neighbours are, and export the sheet again"}
			case shape != usual && shape != "" && shape[0] == 'd':
				w.odd[shape] = oddity{"date_layout", func(v string) string {
					return fmt.Sprintf("%s is written otherwise than %d of the %d dates in this column, such as %s", shown(v), u.elements, all,
						shown(u.value))
				}, "write all dates in one way: nobody can tell day and month apart else"}
			}
		}
	}
}
