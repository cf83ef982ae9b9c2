package display

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// MostAlike is how many findings of one kind a table shows.
const MostAlike = 10

// Change is one line about a repaired cell.
func Change(w io.Writer, c job.Change) {
	fmt.Fprintf(w, "  %s: %s → %s\n", Clean(c.Cell.Place()), Clean(fmt.Sprintf("%q", c.Old)), Clean(fmt.Sprintf("%q", c.New)))
}

// A FindingsTable shows findings beside each other, by kind, the gravest
// first. It keeps no more than MostAlike of each kind. The zero value is empty.
type FindingsTable struct {
	order []kind
	of    map[kind]*alike
}

type kind struct {
	severity           importer.Severity
	code, column, path string
}

type alike struct {
	shown []importer.Finding
	all   int
	once  string // what stands for a place, where it is told once
}

// Kind announces a kind of findings, in the order they are shown.
func (t *FindingsTable) Kind(g job.Group) {
	a := t.kind(g.Finding)
	switch {
	case g.Everywhere:
		a.once = fmt.Sprintf("every row, column %q", g.Cell.Column)
		if g.Cell.Column == "" {
			a.once = "every row"
		}
	case g.Rows == 0:
		a.once = g.Cell.Place()
	default:
		return
	}
	a.shown, a.all = []importer.Finding{g.Finding}, 1
}

// Add takes one finding.
func (t *FindingsTable) Add(f importer.Finding) {
	a := t.kind(f)
	if a.all++; a.all <= MostAlike {
		a.shown = append(a.shown, f)
	}
}

func (t *FindingsTable) kind(f importer.Finding) *alike {
	k := kind{f.Severity, f.Code, f.Cell.Column, f.Path}
	if t.of[k] == nil {
		if t.of == nil {
			t.of = map[kind]*alike{}
		}
		t.of[k] = &alike{}
		t.order = append(t.order, k)
	}
	return t.of[k]
}

// Render writes the table, as wide as a terminal of width characters.
func (t *FindingsTable) Render(w io.Writer, width int) {
	if len(t.order) == 0 {
		return
	}
	place := min(max(width/3, 16), 40)
	tw := table.NewWriter()
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatDefault
	tw.SetStyle(style)
	tw.SetColumnConfigs([]table.ColumnConfig{
		{Number: 2, WidthMax: place, WidthMaxEnforcer: wrap},
		{Number: 3, WidthMax: max(width-place-14, 20), WidthMaxEnforcer: wrap},
	})
	tw.AppendHeader(table.Row{"", "Where", "What"})
	for _, k := range t.order {
		a := t.of[k]
		for _, f := range a.shown {
			where, what := a.once, Clean(f.Message)
			if where == "" {
				where = f.Cell.Place()
			}
			if f.Advice != "" {
				what += "\n→ " + Clean(f.Advice)
			}
			if f.Repair != nil {
				what += "\n→ --repair makes it " + Clean(fmt.Sprintf("%q", f.Repair.New))
			}
			tw.AppendRow(table.Row{f.Severity.String(), Clean(where), what})
		}
		if more := a.all - len(a.shown); more > 0 {
			tw.AppendRow(table.Row{"", "", fmt.Sprintf("… and %s more of this kind (--format lines lists all)", Number(more))})
		}
	}
	fmt.Fprintln(w)
	for line := range strings.SplitSeq(tw.Render(), "\n") {
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// wrap breaks each line by itself: what comes below stays below.
func wrap(s string, width int) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(text.WrapSoft(l, width), " ")
	}
	return strings.Join(lines, "\n")
}
