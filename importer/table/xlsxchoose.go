package table

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table/internal/xlsx"
)

// choose finds the sheets that are asked for.
func (x *xlsxFile) choose(names []string) error {
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
	use := func(s *xlsx.Sheet) { x.used = append(x.used, &usedSheet{Sheet: s}) }
	switch {
	case all:
		for _, s := range visible {
			if s.Data {
				use(s)
			}
		}
	case len(names) == 0 && len(visible) > 0:
		use(visible[0])
	}
	if all || len(names) == 0 {
		if len(x.used) == 0 {
			return x.file.fault(nil, "no sheet that can be seen has anything in it", "name a hidden one with --sheet")
		}
	} else {
		for _, n := range names {
			s, err := x.named(n)
			if err != nil {
				return err
			}
			use(s)
		}
	}
	x.unused()
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
