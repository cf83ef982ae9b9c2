package table

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table/internal/xlsx"
)

// choose finds the sheets that are asked for.
func (x *xlsxFile) choose(ctx context.Context, opt options) error {
	names := opt.sheets
	all := len(names) == 1 && strings.EqualFold(names[0], "all")
	var visible []*xlsx.Sheet
	for _, s := range x.book.Sheets {
		if all && strings.EqualFold(s.Name, "all") {
			all = false // a sheet that is called so is meant
		}
		if !s.Hidden && s.Name != GuideSheet {
			visible = append(visible, s)
		}
	}
	switch {
	case all:
		x.useAll(ctx, visible, opt.fit)
	case len(names) == 0:
		if err := x.useOne(ctx, visible, opt.fit); err != nil {
			return err
		}
	default:
		for _, n := range names {
			s, err := x.named(n)
			if back := x.rejects(ctx, visible); err != nil && back != nil && len(names) == 1 {
				s, err = back, nil // a mapping names the sheets of the file it was made for
			}
			if err != nil {
				return err
			}
			x.use(s)
		}
	}
	if len(x.used) == 0 {
		return x.file.fault(nil, "no sheet that can be seen has anything in it", "name a hidden one with --sheet")
	}
	x.unused()
	return nil
}

func (x *xlsxFile) use(s *xlsx.Sheet) { x.used = append(x.used, &usedSheet{Sheet: s}) }

// useAll uses the sheets that have something in them, but for those that look like
// nothing that is looked for, if others do: notes, a dashboard.
func (x *xlsxFile) useAll(ctx context.Context, visible []*xlsx.Sheet, fit func([][]string) Fit) {
	var data, lists []*xlsx.Sheet
	for _, s := range visible {
		if !s.Data {
			continue
		}
		data = append(data, s)
		if fit != nil && fit(x.peek(ctx, &usedSheet{Sheet: s}).rows).List > 0 {
			lists = append(lists, s)
		}
	}
	for _, s := range data {
		if len(lists) > 0 && !slices.Contains(lists, s) {
			x.warn(importer.Warning, "sheet_left_out", s.Name, "it does not look like a list of customers, and is not read",
				"if it is one: --sheet NAME, for each that is read")
			continue
		}
		x.use(s)
	}
}

// useOne uses the sheet that is meant where none was named.
func (x *xlsxFile) useOne(ctx context.Context, visible []*xlsx.Sheet, fit func([][]string) Fit) error {
	var data []*xlsx.Sheet
	for _, s := range visible {
		if s.Data {
			data = append(data, s)
		}
	}
	switch {
	case len(visible) == 0:
		return nil
	case len(data) == 0, fit == nil:
		x.use(visible[0])
		return nil
	case len(data) == 1:
		x.use(data[0])
		return nil
	}
	alike := map[int][]*xlsx.Sheet{}
	most := 0
	for _, s := range data {
		n := fit(x.peek(ctx, &usedSheet{Sheet: s}).rows).List
		alike[n], most = append(alike[n], s), max(most, n)
	}
	if most > 0 && len(alike[most]) == 1 {
		x.use(alike[most][0])
		return nil
	}
	e := &SheetsError{File: x.file.path}
	for n := most; n >= 0; n-- {
		for _, s := range alike[n] {
			e.Choices = append(e.Choices, s.Name)
		}
	}
	if most > 0 {
		e.Alike = len(alike[most])
	}
	return e
}

// rejects is the sheet of a rejects file of ours; nil if this is none.
func (x *xlsxFile) rejects(ctx context.Context, visible []*xlsx.Sheet) *xlsx.Sheet {
	for _, s := range visible {
		if p := x.peek(ctx, &usedSheet{Sheet: s}); len(p.rows) > 0 && startsRejects(p.rows[0]) {
			return s
		}
	}
	return nil
}

// named finds a sheet; case does not count.
func (x *xlsxFile) named(name string) (*xlsx.Sheet, error) {
	var near []string
	for _, s := range x.book.Sheets {
		if !strings.EqualFold(strings.TrimSpace(s.Name), strings.TrimSpace(name)) {
			continue
		}
		for _, u := range x.used {
			if u.Sheet == s {
				return nil, &UsageError{Option: "sheet", Value: name, Cause: "the sheet is named twice"}
			}
		}
		return s, nil
	}
	best := len(name)/2 + 2
	for _, s := range x.book.Sheets {
		if d := distance(strings.ToLower(name), strings.ToLower(s.Name)); d <= best {
			best, near = d, []string{s.Name}
		}
	}
	if near == nil {
		for i, s := range x.book.Sheets {
			if i < 3 {
				near = append(near, s.Name)
			}
		}
	}
	return nil, &UsageError{Option: "sheet", Value: name, Cause: "there is no such sheet in " + x.file.name, Near: near}
}

// unread are the sheets that can be seen, have something in them and are not read.
func (x *xlsxFile) unread() (names []string) {
	read := map[*xlsx.Sheet]bool{}
	for _, u := range x.used {
		read[u.Sheet] = true
	}
	for _, s := range x.book.Sheets {
		if !read[s] && s.Data && !s.Hidden && s.Name != GuideSheet {
			names = append(names, s.Name)
		}
	}
	return names
}

// others are the sheets with data that are not read, as they are told.
func (x *xlsxFile) others() []string {
	read := map[*xlsx.Sheet]bool{}
	for _, u := range x.used {
		read[u.Sheet] = true
	}
	var names []string
	for _, s := range x.book.Sheets {
		if read[s] || !s.Data || s.Name == GuideSheet {
			continue
		}
		name := strconv.Quote(s.Name)
		if s.Hidden {
			name += " (hidden)"
		}
		names = append(names, name)
	}
	return names
}

// unused tells which sheets with data are not read.
func (x *xlsxFile) unused() {
	if names := x.others(); len(names) > 0 {
		what := "the sheet %s is not read"
		if len(names) > 1 {
			what = "the sheets %s are not read"
		}
		x.warn(importer.Note, "sheet_not_used", "", fmt.Sprintf(what+"; this is about the sheet %s", firstOf(names, "sheet", "sheets"),
			firstOf(quoted(x.sheets()), "sheet", "sheets")),
			"--sheet NAME reads another one, --sheet all reads all that can be seen")
	}
}

func quoted(names []string) (out []string) {
	for _, n := range names {
		out = append(out, strconv.Quote(n))
	}
	return out
}
