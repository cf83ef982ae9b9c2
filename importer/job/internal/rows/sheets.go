package rows

import (
	"os"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
	"github.com/bulkonboard/bulkonboard/mapping/strict"
)

// HeaderRow is the row of the column names that the mapping of an input says,
// before the input is opened; 0 if it says none. A mapping that cannot be read
// is reported when it is used.
func HeaderRow(named, input string, last func() importer.MappingRecord) int {
	path := named
	if path == "" {
		path = besideInput(input)
	}
	if path == "" {
		m := last()
		if m.Content == "" {
			return 0
		}
		if path = m.Path; !IsFile(path) {
			return documentRow([]byte(m.Content))
		}
	}
	b, err := strict.ReadFile(path)
	if err != nil {
		return 0
	}
	return documentRow(b)
}

func IsFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func documentRow(content []byte) int {
	if len(content) == 0 {
		return 0
	}
	doc, err := mapping.Parse("", content)
	if err != nil {
		return 0
	}
	return doc.HeaderRow
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
		return importer.Usage("--row", "%d sheets are read, and %s does not say in which one", "write --row '"+sheets[0]+"!"+n+"'", len(sheets), n)
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
