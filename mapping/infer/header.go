package infer

import (
	"strings"
	"unicode"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// Header finds the column names among the first rows of a sheet, which may have
// titles, dates and names of groups above them, and says how much the sheet looks
// like a list of customers: 3 is what the mapping asks for whole, 2 what it asks
// for at least by half, or by the words for a client and a login, 1 a column of
// addresses beside another, 0 none of that. d is the mapping in use; nil is none.
//
// The first row it is unless another one has clearly more of the names that are
// known, or stands out more from what is below it. Rows that look like customers
// are never passed over.
func Header(rows [][]string, d *mapping.Document) (header, list int) {
	known := knownTo(d)
	start := 0
	for start+1 < len(rows) && filledCells(rows[start]) <= 1 && widest(rows[start+1:]) >= 3 {
		start++ // a title
	}
	if start+1 >= len(rows) && start > 0 {
		start = 0
	}
	header, best := start, rate(rows, start, known)
	for i := start + 1; i+1 < len(rows) && !customer(rows[i-1], rows); i++ {
		if r := rate(rows, i, known); r.beats(best) {
			header, best = i, r
		}
	}
	if len(rows) > 0 {
		list = degree(rows[header], rows[header:], d)
	}
	return header, list
}

// knownTo tells which names of columns are known: those of a mapping, else by the
// table of words.
func knownTo(d *mapping.Document) func(string) bool {
	if d == nil {
		return func(name string) bool { return word(name) != "" }
	}
	names := map[string]bool{}
	for _, c := range d.Columns() {
		names[paths.Squash(c)] = true
	}
	return func(name string) bool { return names[paths.Squash(name)] }
}

// word is what a name means by the table of words alone; "" if it is not there,
// or does not say enough.
func word(name string) string {
	if p := paths.Standard(name); p != "" {
		return p
	}
	h := paths.Headed(name)
	for _, phrase := range []string{h.Phrase, plainPhrase(h)} {
		if s, ok := synonyms[phrase]; ok && s.weight >= ConfidenceLine {
			return s.means
		}
	}
	return ""
}

// A rating is what speaks for and against a row as the header.
type rating struct {
	known    int // names
	contrast int // columns that have data below and a name here
	gaps     int // columns that have something below and no name here
	data     int // cells that are no names
}

func (r rating) score() int { return 2*r.known + r.contrast - r.gaps - 2*r.data }

func (r rating) beats(o rating) bool {
	return r.score() >= o.score()+2 && (r.known > max(o.known, 1) || r.contrast > max(o.contrast, 1))
}

func rate(rows [][]string, at int, known func(string) bool) (r rating) {
	for i := range widest(rows[at:]) {
		name, some, data := cell(rows[at], i), 0, 0
		for _, below := range rows[at+1:] {
			if v := cell(below, i); v != "" {
				some++
				if isData(v) {
					data++
				}
			}
		}
		switch {
		case name == "" && some > 0:
			r.gaps++
		case name == "":
		case isData(name):
			r.data++
		case known(name):
			r.known++
			fallthrough
		default:
			if 2*data > some {
				r.contrast++
			}
		}
	}
	return r
}

// isData tells what is no name of a column: an address, or a number or a date.
func isData(s string) bool {
	letters, digits := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		}
	}
	return isAddress(s) || digits > letters
}

// customer tells a row that may be a customer's from a title.
func customer(row []string, rows [][]string) bool {
	for _, c := range row {
		if isAddress(c) && 2*filledCells(row) >= widest(rows) {
			return true
		}
	}
	return false
}

// degree says how much a sheet looks like a list of customers.
func degree(names []string, rows [][]string, d *mapping.Document) int {
	if d != nil {
		known, asked, found := knownTo(d), len(d.Columns()), 0
		for _, n := range names {
			if n != "" && known(n) {
				found++
			}
		}
		switch {
		case asked > 0 && found >= asked:
			return 3
		case 2*found >= asked && found > 0:
			return 2
		}
		return 0
	}
	client, login := false, false
	for _, n := range names {
		means := word(n)
		switch means {
		case paths.Name, meansName, meansFirst:
			client = true
		case paths.Email, meansEmail, meansLogin, meansPassword, paths.Provider:
			login = true
		}
		login = login || strings.HasPrefix(means, paths.Users)
	}
	if client && login {
		return 2
	}
	for i := range widest(rows) {
		some, addresses := 0, 0
		for _, r := range rows {
			if v := cell(r, i); v != "" {
				some++
				if isAddress(v) {
					addresses++
				}
			}
		}
		if addresses > 0 && 2*addresses >= some && widest(rows) > 1 {
			return 1
		}
	}
	return 0
}

func cell(row []string, i int) string {
	if i >= len(row) {
		return ""
	}
	return importer.Trim(row[i])
}

func filledCells(row []string) (n int) {
	for i := range row {
		if cell(row, i) != "" {
			n++
		}
	}
	return n
}

// widest is the most cells that one of the rows has something in.
func widest(rows [][]string) (most int) {
	for _, r := range rows {
		for i := len(r); i > most; i-- {
			if cell(r, i-1) != "" {
				most = i
			}
		}
	}
	return most
}
