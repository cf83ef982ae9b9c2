package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// A test is a condition that found its column.
type test struct {
	column int
	condition
}

func (t test) holds(row importer.Row) bool {
	v := importer.Fold(importer.Trim(row.Cells[t.column]))
	if t.empty != nil {
		return (v == "") == *t.empty
	}
	return t.in[v]
}

// compileDocument makes the plan of a mapping file for a header.
func compileDocument(name string, d *Document, h *importer.Header, constants []source) (*plan, []string) {
	f := newFitter(name, h)
	byPath := map[string]source{}
	for i := range d.values {
		// What is said on the command line beats the file: its columns are not needed.
		if v := &d.values[i]; !slices.ContainsFunc(constants, func(c source) bool { return c.path == v.path }) {
			byPath[v.path] = f.source(v)
		}
	}
	for _, c := range constants {
		byPath[c.path] = c
	}
	p := &plan{file: name, key: d.Key, presets: d.presets, passwords: d.passwords}
	if d.preset != nil {
		p.preset = f.source(d.preset)
	}
	for _, c := range d.only {
		p.only = append(p.only, test{f.column(c.column, c.line), c})
	}
	for _, c := range d.skip {
		p.skip = append(p.skip, test{f.column(c.column, c.line), c})
	}
	for _, c := range d.GroupBy {
		p.group = append(p.group, f.column(c, 0))
	}
	p.fill(byPath)
	p.constantIDs(h)
	p.oddHeaders(h)
	ignored := make([]bool, len(h.Columns))
	for _, c := range d.ignore {
		if i := f.find(c); i >= 0 {
			f.used[i], ignored[i] = true, true // one that is not there any more is no harm
		}
	}
	p.assign(h, ignored)
	for i, used := range f.used {
		if !used && !importer.IsRejectColumn(h.Columns[i]) {
			p.unused(h, i, "name it in the mapping, or list it under ignore")
		}
	}
	for _, e := range p.extra {
		p.findings = append(p.findings, importer.Finding{Severity: importer.Warning, Code: "extra_field", Path: e.path,
			Cell:    importer.Cell{File: h.File, Sheet: h.Sheet},
			Message: fmt.Sprintf("the field %s is not in the API's documentation; it is sent as it is", strings.TrimPrefix(e.path, paths.Extra))})
	}
	return p, f.faults
}

// A fitter finds the columns that a mapping names.
type fitter struct {
	name   string
	h      *importer.Header
	used   []bool
	faults []string
	// The first columns with a name, as it stands there and as headers are
	// compared, and all names as they are compared.
	exact, alike map[string]int
	squashed     []string
}

func newFitter(name string, h *importer.Header) *fitter {
	f := &fitter{name: name, h: h, used: make([]bool, len(h.Columns)), exact: map[string]int{}, alike: map[string]int{}}
	for i, c := range h.Columns {
		s := paths.Squash(c)
		f.squashed = append(f.squashed, s)
		if _, twice := f.exact[c]; !twice {
			f.exact[c] = i
		}
		if _, twice := f.alike[s]; !twice {
			f.alike[s] = i
		}
	}
	return f
}

func (f *fitter) source(v *value) source {
	s := source{path: v.path, constant: v.constant, value: v}
	for _, c := range v.columns {
		s.columns = append(s.columns, f.column(c, v.line))
	}
	return s
}

// column finds a column; one that is not there is a fault, and the first one
// meanwhile.
func (f *fitter) column(name string, line int) int {
	i := f.find(name)
	if i < 0 {
		where := f.name
		if line > 0 {
			where = fmt.Sprintf("%s:%d", f.name, line)
		}
		sheet := f.h.File
		if f.h.Sheet != "" {
			sheet += ", sheet " + f.h.Sheet
		}
		fault := fmt.Sprintf("%s: %s has no column %q", where, sheet, name)
		if best := paths.Nearest(paths.Squash(name), len(name)/3+2, f.squashed); best != "" {
			fault += fmt.Sprintf("; did you mean %q?", f.h.Columns[f.alike[best]])
		}
		if !slices.Contains(f.faults, fault) {
			f.faults = append(f.faults, fault)
		}
		return 0
	}
	f.used[i] = true
	return i
}

// find looks for a column: exactly, and else as headers are compared.
func (f *fitter) find(name string) int {
	if i, ok := f.exact[strings.TrimSpace(name)]; ok {
		return i
	}
	if i, ok := f.alike[paths.Squash(name)]; ok {
		return i
	}
	return -1
}
