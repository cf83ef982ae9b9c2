package rows

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
	"github.com/bulkonboard/bulkonboard/mapping/infer"
	"github.com/bulkonboard/bulkonboard/mapping/strict"
)

// Reading is what the mapping of an input says of how to read it, before the
// input is opened, and a job's last run where the mapping says nothing. A mapping
// that cannot be read is reported when it is used.
func Reading(named, input string, last func() (importer.MappingRecord, importer.InputRecord)) table.Options {
	path := named
	if path == "" {
		path = besideInput(input)
	}
	m, before := last()
	content := []byte(m.Content)
	if path == "" && m.Content != "" && IsFile(m.Path) {
		path = m.Path
	}
	if path != "" {
		content, _ = strict.ReadFile(path)
	}
	o := reading(content)
	if before.Path != "" && SameInput(before.Path) == SameInput(absolute(input)) {
		if o.HeaderRow == 0 {
			o.HeaderRow = before.HeaderRow
		}
		if len(o.Sheets) == 0 {
			o.Sheets = before.Sheets
		}
	}
	return o
}

// reading is what a mapping says of how to read its input; without one the
// standard columns and the usual words are looked for.
func reading(content []byte) (o table.Options) {
	var doc *mapping.Document
	if len(content) > 0 {
		if d, err := mapping.Parse("", content); err == nil {
			doc, o.HeaderRow, o.Sheets = d, d.HeaderRow, d.Sheets
		}
	}
	o.Fit = FitFor(doc)
	return o
}

// FitFor finds what a mapping asks for among the first rows of a sheet.
func FitFor(doc *mapping.Document) func([][]string) table.Fit {
	return func(rows [][]string) table.Fit {
		header, list := infer.Header(rows, doc)
		return table.Fit{Header: header, List: list}
	}
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil && path != "-" {
		return abs
	}
	return path
}

func IsFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// HeaderRow is the row of the column names, where all sheets have them in the
// same; else 0.
func (o *Input) HeaderRow() (row int) {
	for i, h := range o.headers() {
		if i > 0 && h.Row != row {
			return 0
		}
		row = h.Row
	}
	return row
}

// columnsOf are the columns of all sheets, each once, without the ones we add
// to rejects. Names that differ by case only are one.
func columnsOf(hs []*importer.Header) []string {
	var out []string
	for _, h := range hs {
		for _, c := range originalColumns(h) {
			if !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, c) }) {
				out = append(out, c)
			}
		}
	}
	return out
}

// Choosable makes sure that chosen rows are told apart by their sheets where
// several are read.
func (o *Input) Choosable(chosen RowSet) error {
	if o.Base == nil {
		return nil
	}
	sheets := o.Base.Sheets()
	if n, vague := chosen.vague(); vague && len(sheets) > 1 {
		return importer.Usage("--row", "%d sheets are read, and %s does not say in which one", "write --row '"+sheets[0]+"!"+n+"'", len(sheets),
			n)
	}
	return nil
}

// WarningText words what is odd about a file as a whole, or a sheet of it.
func WarningText(w importer.Finding) string {
	where := w.Cell.String()
	if w.Cell.Row == 0 && w.Cell.Sheet != "" {
		where += ", sheet " + w.Cell.Sheet
	}
	text := where + ": " + w.Message
	if w.Severity > importer.Note || w.Advice == "" {
		return text
	}
	return text + " (" + w.Advice + ")"
}

// ColumnOf finds a column of columnsOf in one of the sheets, or -1.
func ColumnOf(h *importer.Header, name string) int {
	if i := h.Index(name); i >= 0 {
		return i
	}
	return slices.IndexFunc(h.Columns, func(c string) bool { return strings.EqualFold(c, name) })
}
