package table

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/bulkonboard/bulkonboard/importer"
)

// trim takes away what nobody sees around a text: white space of all kinds,
// byte order marks, zero-width characters and marks of writing direction.
func trim(s string) string { return strings.TrimFunc(s, invisible) }

func invisible(r rune) bool {
	switch {
	case unicode.IsSpace(r): // with the no-break space
		return true
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2069, r == 0xFEFF:
		return true
	}
	return false
}

// blank says that there is nothing to see in any of the cells.
func blank(cells []string) bool {
	for _, c := range cells {
		if c != "" && trim(c) != "" {
			return false
		}
	}
	return true
}

// A head is the header while the rows below are not known yet.
type head struct {
	names []string // trimmed; "" for a column without a name
	row   int
	line  int
	named int // columns up to the last one that has a name
	// filled has, for each column without a name, the first row with data in
	// it; 0 means none. It is nil where all columns have names.
	filled []int
}

const (
	// maxColumns and maxRows are what the largest spreadsheets have.
	maxColumns = 16_384
	maxRows    = 1_048_576
	// maxCells bounds the rows times the columns of a sheet: every row is as wide as
	// the header. A million rows may have 64 columns, 4,096 rows all there are.
	maxCells = 1 << 26
	// maxTexts bounds the texts of a workbook's cells, in bytes; those of a large file
	// may come to textTimes its size.
	maxTexts  = 512 << 20
	textTimes = 10
)

// tooLarge tells a sheet that has more rows or cells than anybody needs.
func tooLarge(rows, columns int) bool { return rows > maxRows || rows*columns > maxCells }

// tooLarge is the error of a sheet that is; row is the last that was read.
func (f *file) tooLarge(where string, rows, row, columns int) error {
	if rows > maxRows {
		return f.fault(nil, fmt.Sprintf("%s more than %d rows below the header, which is what a spreadsheet holds; "+
			"the first that is too many is row %d", where, maxRows, row),
			"split it, or check that this is the right file")
	}
	return f.fault(nil, fmt.Sprintf("%s more than %d million cells: up to row %d there are %d rows, and with column %s %d columns",
		where, maxCells/1_000_000, row, rows, importer.ColumnName(columns), columns),
		"remove the columns on the right that are not needed, also those that look empty")
}

func newHead(rec record) *head {
	h := &head{names: make([]string, len(rec.cells)), row: rec.number, line: rec.line}
	for i, c := range rec.cells {
		h.names[i] = strings.Clone(trim(c))
		if h.names[i] != "" {
			h.named = i + 1
		} else if h.filled == nil {
			h.filled = make([]int, len(rec.cells))
		}
	}
	return h
}

// qualify puts the name of its group before each name that stands there twice:
// "Login E-mail" and "Client E-mail".
func (h *head) qualify(groups []string) {
	if len(groups) == 0 {
		return
	}
	times := map[string]int{}
	for _, n := range h.names {
		times[strings.ToLower(n)]++
	}
	for i, n := range h.names {
		group := groups[min(i, len(groups)-1)] // the last one's cell may be the last of its row
		if n != "" && group != "" && times[strings.ToLower(n)] > 1 {
			h.names[i] = group + " " + n
		}
	}
}

// below notes which columns without a name a row fills.
func (h *head) below(rec record) {
	for i := range min(len(h.filled), len(rec.cells)) {
		if h.filled[i] == 0 && h.names[i] == "" && trim(rec.cells[i]) != "" {
			h.filled[i] = rec.number
		}
	}
}

// finish names the columns without a name by their letters and drops those at
// the end that no row fills.
func (h *head) finish(f *file) (*importer.Header, []importer.Finding, error) {
	width := h.named
	for i, row := range h.filled {
		if row > 0 {
			width = max(width, i+1)
		}
	}
	out := &importer.Header{File: f.name, Row: h.row, Columns: h.names[:width:width]}
	var found []importer.Finding
	more := 0
	for i, name := range out.Columns {
		if name != "" {
			continue
		}
		letter := importer.ColumnName(i + 1)
		out.Columns[i] = "(column " + letter + ")"
		if row := h.filled[i]; row > 0 {
			if len(found) == maxAlike {
				more++
				continue
			}
			found = append(found, importer.Finding{
				Severity: importer.Warning, Code: "unnamed_column",
				Cell:    importer.Row{Header: out, Number: h.row, Line: h.line}.Cell(i),
				Message: fmt.Sprintf("column %s has no name in the header, and data from row %d on", letter, row),
				Advice:  "give it a name, or remove the column",
			})
		}
	}
	if more > 0 {
		found[maxAlike-1].Message += others(more, "column", "columns")
	}
	if same := twins(out.Columns); same != "" {
		e := f.fault(nil, fmt.Sprintf("two columns of the header (row %d) have the same name: %s", h.row, same),
			"rename or remove one of them: nobody could tell which one is meant")
		e.Line = h.line
		return nil, nil, e
	}
	for i, name := range out.Columns {
		if at := strings.IndexByte(name, '@'); at > 0 && strings.Contains(name[at:], ".") {
			found = append(found, importer.Finding{
				Severity: importer.Warning, Code: "header_is_data",
				Cell:    importer.Row{Header: out, Number: h.row, Line: h.line}.Cell(i),
				Message: "the header has an e-mail address in it: it may be a row of data",
				Advice:  "put a row with the names of the columns above the first customer",
			})
			break
		}
	}
	return out, found, nil
}

// twins names the columns that have the name of one before, whatever the case
// of their letters.
func twins(columns []string) string {
	first := make(map[string]int, len(columns))
	var same []string
	for i, name := range columns {
		key := strings.ToLower(name)
		j, ok := first[key]
		if !ok {
			first[key] = i
			continue
		}
		same = append(same, fmt.Sprintf("%s %q and %s %q",
			importer.ColumnName(j+1), columns[j], importer.ColumnName(i+1), name))
	}
	return firstOf(same, "pair", "pairs")
}

// widen makes room for columns behind the header's last cell: a spreadsheet's
// header need not say where its rows end.
func (h *head) widen(n int) {
	if n <= len(h.names) {
		return
	}
	h.filled = append(h.filled, make([]int, n-len(h.filled))...)
	h.names = append(h.names, make([]string, n-len(h.names))...)
}

// onlyTitle tells a line above the header from the header: one name, and data
// in columns that have none.
func (h *head) onlyTitle() bool {
	names, more := 0, 0
	for i, n := range h.names {
		if !strings.HasPrefix(n, "(column ") && n != "" {
			names++
		} else if i < len(h.filled) && h.filled[i] > 0 {
			more++
		}
	}
	return names == 1 && more > 0
}
