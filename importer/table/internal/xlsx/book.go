package xlsx

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
)

// maxSheetName bounds the name of a sheet, in bytes. Excel's have 31 characters.
const maxSheetName = 1 << 10

// A Sheet is one of a workbook's, as the workbook lists it. Sheets without rows of
// cells, such as those that are one chart, are not listed.
type Sheet struct {
	Name   string
	Hidden bool
	// Data says that it has a cell with something in it, as far as anybody has looked.
	Data bool

	part string // "" if it is listed and not there
}

// A Book is what a workbook's small parts say. It may be used by several
// goroutines.
type Book struct {
	Sheets   []*Sheet
	Date1904 bool // days are counted from 1904

	texts   string // the part of the shared texts; "" if there is none
	formats []*Format
}

// Book reads the list of sheets and what they share.
func (a *Archive) Book(ctx context.Context) (*Book, error) {
	if err := a.foreign(); err != nil {
		return nil, err
	}
	rels, err := a.relations(ctx, "")
	if err != nil {
		return nil, err
	}
	main, err := only(rels, relDocument, "a list of sheets")
	if err != nil {
		return nil, err
	}
	if main == "" {
		main = "xl/workbook.xml"
	}
	if a.parts[main] == nil {
		return nil, damaged("the list of its sheets is missing", nil)
	}
	if rels, err = a.relations(ctx, main); err != nil {
		return nil, err
	}
	b := &Book{}
	if b.texts, err = only(rels, relTexts, "texts of its cells"); err != nil {
		return nil, err
	}
	styles, err := only(rels, relStyles, "styles of its cells")
	if err != nil {
		return nil, err
	}
	if err := b.list(ctx, a, main, rels); err != nil {
		return nil, err
	}
	if a.parts[styles] != nil {
		if err := b.styles(ctx, a, styles); err != nil {
			return nil, err
		}
	}
	for _, s := range b.Sheets {
		if err := a.look(ctx, s); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// foreign knows zip files that are no workbook of this kind.
func (a *Archive) foreign() error {
	has := func(name string) bool { return a.parts[name] != nil }
	under := func(folder string) bool {
		for name := range a.parts {
			if strings.HasPrefix(name, folder) {
				return true
			}
		}
		return false
	}
	switch {
	case has("xl/workbook.bin"):
		return refused("open it in Excel and save it as .xlsx", "this is a binary Excel workbook (.xlsb)")
	case has("[content_types].xml") && (has("xl/workbook.xml") || under("xl/")):
		return nil
	case has("mimetype") && has("content.xml"):
		return refused("open it and save it as .xlsx, or as CSV UTF-8", "this is an OpenDocument spreadsheet (.ods)")
	case under("index/"), has("index.zip"):
		return refused("in Numbers: File, Export To, Excel or CSV", "this is a Numbers spreadsheet")
	case under("word/"), under("ppt/"):
		return refused("save the list from a spreadsheet as .xlsx or CSV UTF-8", "this is a text document or a presentation, not a spreadsheet")
	case has("[content_types].xml"):
		return nil // its relations tell where the workbook is
	}
	return refused("unpack it and name the spreadsheet in it", "this is a zip archive, not a spreadsheet")
}

// list reads the workbook's own part.
func (b *Book) list(ctx context.Context, a *Archive, main string, rels map[string]relation) error {
	names, parts := map[string]bool{}, map[string]bool{}
	under, lists, settings := "", 0, 0
	err := a.each(ctx, main, "workbook", func(m *markup) error {
		switch name := string(m.local); {
		case m.level == 2:
			under = name
			switch name {
			case "sheets":
				lists++
			case "workbookPr":
				settings++
				return b.settings(m)
			}
		case m.level == 3 && under == "sheets":
			if name != "sheet" {
				return faulty("there is a %q among its sheets", name)
			}
			return b.sheet(a, m, rels, names, parts)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case lists > 1 || settings > 1:
		return damaged("it has two lists of sheets, or two of settings", nil)
	case len(b.Sheets) == 0:
		return damaged("it has no sheets", nil)
	}
	return nil
}

// settings reads how days are counted.
func (b *Book) settings(m *markup) error {
	switch v := m.value("date1904"); v {
	case "1", "true":
		b.Date1904 = true
	case "", "0", "false":
	default:
		return faulty("it counts days in a way that does not exist: %.100q", v)
	}
	return nil
}

// sheet lists a sheet.
func (b *Book) sheet(a *Archive, m *markup, rels map[string]relation, names, parts map[string]bool) error {
	name, state := m.value("name"), m.value("state")
	s := &Sheet{Name: name, Hidden: state == "hidden" || state == "veryHidden"}
	key := strings.ToLower(name)
	switch {
	case name == "" || len(name) > maxSheetName:
		return faulty("it has a sheet without a name, or with one of more than %d bytes", maxSheetName)
	case names[key]:
		return faulty("it has two sheets named %.100q", name)
	}
	names[key] = true
	if r, ok := rels[m.relation()]; ok {
		if r.kind != relSheet && r.target != "" {
			return nil // a sheet that is one chart, or a macro
		}
		if a.parts[r.target] != nil {
			s.part = r.target
			if parts[s.part] {
				return faulty("its sheet %.100q is the same part as another one", name)
			}
			parts[s.part] = true
		}
	}
	b.Sheets = append(b.Sheets, s)
	return nil
}

// relation is the attribute r:id.
func (m *markup) relation() string {
	for i := range m.attrs {
		a := &m.attrs[i]
		if a.colon == 0 || string(a.name[a.colon+1:]) != "id" {
			continue
		}
		if uri, _ := m.uri(a.name[:a.colon]); uri == relSpace || uri == relStrict {
			return a.meaning()
		}
	}
	return ""
}

// maxLook bounds how far a sheet is looked into, in bytes.
const maxLook = 16 << 20

// look finds out whether a sheet has data. What is wrong with it is for those who
// read it.
func (a *Archive) look(ctx context.Context, s *Sheet) error {
	if s.part == "" {
		return nil
	}
	rows, err := a.Rows(ctx, s)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	rows.m.r = io.LimitReader(rows.m.r, maxLook)
	_, err = rows.Next()
	s.Data = err != io.EOF
	var own *Error
	if err == io.EOF || errors.As(err, &own) {
		return nil
	}
	return err
}

// Verify reads all parts to their ends but for the sheets and texts that are used,
// which are read anyway.
func (a *Archive) Verify(ctx context.Context, b *Book, used []*Sheet) error {
	skip := map[string]bool{b.texts: true}
	for _, s := range used {
		skip[s.part] = true
	}
	for name := range a.parts {
		if skip[name] {
			continue
		}
		if err := a.read(ctx, name, nil); err != nil {
			return err
		}
	}
	return nil
}

// styles reads the number formats of the cells' styles.
func (b *Book) styles(ctx context.Context, a *Archive, part string) error {
	const maxStyles, maxCodes, maxCode = 65_536, 1 << 20, 1 << 10 // Excel's codes have 255 characters
	codes, size, under := map[int]string{}, 0, ""
	var ids []int
	sections := map[string]int{}
	err := a.each(ctx, part, "styleSheet", func(m *markup) error {
		name := string(m.local)
		switch {
		case m.level == 2:
			if under = name; under == "numFmts" || under == "cellXfs" {
				if sections[name]++; sections[name] > 1 {
					return faulty("it has two lists of %q", name)
				}
			}
			return nil
		case m.level != 3, under != "numFmts" && under != "cellXfs":
			return nil
		case name != map[string]string{"numFmts": "numFmt", "cellXfs": "xf"}[under]:
			return faulty("there is a %q among its %q", name, under)
		}
		v := m.value("numFmtId")
		id, err := strconv.ParseUint(v, 10, 31)
		if v == "" && under == "cellXfs" {
			id, err = 0, nil
		}
		if err != nil {
			return faulty("it has a number format %.100q", v)
		}
		if under == "cellXfs" {
			if len(ids) == maxStyles {
				return faulty("it has more than %d styles of cells", maxStyles)
			}
			ids = append(ids, int(id))
			return nil
		}
		code := m.value("formatCode")
		if old, ok := codes[int(id)]; ok && old != code {
			return faulty("it has two number formats %d", id)
		}
		if len(code) > maxCode {
			return faulty("it has a number format of more than %d bytes", maxCode)
		}
		if size += len(code); size > maxCodes || len(codes) == maxStyles {
			return faulty("it has more than %d number formats, or more than %d MiB of them", maxStyles, maxCodes>>20)
		}
		codes[int(id)] = code
		return nil
	})
	if err != nil {
		return err
	}
	known := map[int]*Format{}
	b.formats = make([]*Format, 0, len(ids))
	for _, id := range ids {
		f := known[id]
		if f == nil {
			f = parseFormat(id, codes[id])
			known[id] = f
		}
		b.formats = append(b.formats, f)
	}
	return nil
}

var general = &Format{}

// Format is the number format of a style; ok is false for a style that the workbook
// does not have. The style 0 of a workbook without styles is the general one.
func (b *Book) Format(style int) (f *Format, ok bool) {
	if style < len(b.formats) {
		return b.formats[style], true
	}
	return general, style == 0
}
