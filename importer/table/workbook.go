package table

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"path"
	"strconv"
	"strings"
)

// GuideSheet is the name of the sheet in which our starter workbook explains
// its columns. It is never taken for one with customers.
const GuideSheet = "Column guide"

// A sheet is one of a workbook's, as the workbook lists it.
type sheet struct {
	name   string
	hidden bool
	entry  *zip.File
	number int  // in the copy that is read, from 1
	data   bool // it has a cell with something in it
	cuts   bool // it can be read in pieces
}

// A workbook is what a workbook's small parts say.
type workbook struct {
	arc     *archive
	sheets  []*sheet
	strings *zip.File // the shared texts; may be nil
	date04  bool      // days are counted from 1904
	formats []numberFormat
	macros  bool
	links   bool // cells may refer to other files
}

const (
	typeDocument = "/officeDocument"
	typeSheet    = "/worksheet"
	typeStrings  = "/sharedStrings"
	typeStyles   = "/styles"
	typeMacros   = "/vbaProject"
	typeLink     = "/externalLink"
)

// A relation is a part that another one names.
type relation struct{ id, kind, target string }

// openWorkbook reads the list of sheets and what they share. Every entry of
// the zip file is read to its end, whatever it is for.
func (f *file) openWorkbook(ctx context.Context, a *archive) (*workbook, error) {
	if err := f.foreignZip(a); err != nil {
		return nil, err
	}
	w := &workbook{arc: a}
	rels, err := w.relations(ctx, "")
	if err != nil {
		return nil, err
	}
	main := "xl/workbook.xml"
	for _, r := range rels {
		if strings.HasSuffix(r.kind, typeDocument) {
			main = r.target
		}
	}
	list, err := a.part(ctx, main)
	if err != nil {
		return nil, err
	}
	if list == nil {
		return nil, f.damaged("the list of its sheets is missing", nil)
	}
	if rels, err = w.relations(ctx, main); err != nil {
		return nil, err
	}
	targets := map[string]relation{}
	for _, r := range rels {
		targets[r.id] = r
		switch {
		case strings.HasSuffix(r.kind, typeStrings):
			w.strings = a.parts[strings.ToLower(r.target)]
			if w.strings == nil {
				return nil, f.damaged("the texts of its cells are missing", nil)
			}
		case strings.HasSuffix(r.kind, typeMacros):
			w.macros = true
		case strings.HasSuffix(r.kind, typeLink):
			w.links = true
		case strings.HasSuffix(r.kind, typeStyles):
			if err := w.styles(ctx, r.target); err != nil {
				return nil, err
			}
		}
	}
	if err := w.list(list, targets); err != nil {
		return nil, err
	}
	return w, w.verify(ctx)
}

// foreignZip knows zip files that are no workbook of this kind.
func (f *file) foreignZip(a *archive) error {
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
		return f.fault(nil, "this is a binary Excel workbook (.xlsb)", "open it in Excel and save it as .xlsx")
	case has("[content_types].xml") && (has("xl/workbook.xml") || under("xl/")):
		return nil
	case has("mimetype") && has("content.xml"):
		return f.fault(nil, "this is an OpenDocument spreadsheet (.ods)", "open it and save it as .xlsx, or as CSV UTF-8")
	case under("index/"), has("index.zip"):
		return f.fault(nil, "this is a Numbers spreadsheet", "in Numbers: File, Export To, Excel or CSV")
	case under("word/"), under("ppt/"):
		return f.fault(nil, "this is a text document or a presentation, not a spreadsheet", "save the list from a spreadsheet as .xlsx or CSV UTF-8")
	case has("[content_types].xml"):
		return nil // its relations tell where the workbook is
	}
	return f.fault(nil, "this is a zip archive, not a spreadsheet", "unpack it and name the spreadsheet in it")
}

// each calls do for every element of a small part.
func (a *archive) each(name string, content []byte, do func(t token)) error {
	m := newMarkup(bytes.NewReader(content))
	for {
		t, err := m.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return a.file.damaged("its part "+strconv.Quote(name), err)
		}
		if t.open {
			do(t)
		}
	}
}

// relations reads what a part names; a part without any has none.
func (w *workbook) relations(ctx context.Context, of string) ([]relation, error) {
	dir := path.Dir(of)
	name := path.Join(dir, "_rels", path.Base(of)+".rels")
	if of == "" {
		dir, name = "", "_rels/.rels"
	}
	b, err := w.arc.part(ctx, name)
	if err != nil || b == nil {
		return nil, err
	}
	var out []relation
	err = w.arc.each(name, b, func(t token) {
		if string(t.name) != "Relationship" {
			return
		}
		r := relation{id: unescape(t.attr("Id")), kind: unescape(t.attr("Type")), target: unescape(t.attr("Target"))}
		if string(t.attr("TargetMode")) == "External" {
			r.target = ""
		} else if strings.HasPrefix(r.target, "/") {
			r.target = strings.TrimPrefix(path.Clean(r.target), "/")
		} else {
			r.target = path.Join(dir, r.target)
		}
		out = append(out, r)
	})
	return out, err
}

// list reads the workbook's own part.
func (w *workbook) list(b []byte, targets map[string]relation) error {
	var missing string
	err := w.arc.each("workbook", b, func(t token) {
		switch string(t.name) {
		case "workbookPr":
			w.date04 = t.yes("date1904")
		case "sheet":
			r := targets[string(t.attr("id"))]
			if r.kind != "" && !strings.HasSuffix(r.kind, typeSheet) {
				return // a sheet that is one chart
			}
			s := &sheet{name: unescape(t.attr("name")), entry: w.arc.parts[strings.ToLower(r.target)]}
			state := string(t.attr("state"))
			s.hidden = state == "hidden" || state == "veryHidden"
			if s.entry == nil {
				missing = s.name
				return
			}
			w.sheets = append(w.sheets, s)
			s.number = len(w.sheets)
		}
	})
	switch {
	case err != nil:
		return err
	case missing != "":
		return w.arc.file.damaged("the sheet "+strconv.Quote(missing)+" is listed and not there", nil)
	case len(w.sheets) == 0:
		return w.arc.file.damaged("it has no sheets", nil)
	}
	return nil
}

// verify reads all entries to their ends, and looks at those that will be
// parsed for what must not be.
func (w *workbook) verify(ctx context.Context) error {
	bySheet := map[*zip.File]*sheet{}
	for _, s := range w.sheets {
		bySheet[s.entry] = s
	}
	for _, e := range w.arc.parts {
		var look func(io.Reader) error
		if s := bySheet[e]; s != nil {
			look = s.look
		} else if e == w.strings {
			look = boundStrings
		}
		if err := w.arc.verify(ctx, e, look); err != nil {
			return err
		}
	}
	return nil
}

// look finds out whether a sheet can be cut, and whether it has data. What comes
// behind the first of it is for those who read the sheet.
func (s *sheet) look(r io.Reader) error {
	c := &cutting{size: pieceSize, do: func([]byte, int, int) error { return nil }}
	if err := s.first(io.TeeReader(r, c)); err != nil {
		return err
	}
	err := c.readAll(r)
	if s.cuts = err == nil; err == errUncut {
		return nil
	}
	return err
}

// first looks for the first cell with something in it.
func (s *sheet) first(r io.Reader) error {
	m := newMarkup(r)
	in := false
	for !s.data {
		t, err := m.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case t.isText():
			s.data = s.data || in && len(bytes.TrimSpace(t.rest)) > 0
		case string(t.name) == "v", string(t.name) == "t", string(t.name) == "f":
			in = t.open && !t.end
			s.data = s.data || string(t.name) == "f"
		}
	}
	return nil
}

// boundStrings bounds each shared text.
func boundStrings(r io.Reader) error {
	m := newMarkup(r)
	size := 0
	for {
		if _, n := plainText(m); n > 0 {
			m.skip(n)
			size = 0
			continue
		}
		t, err := m.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case t.isText():
			if size += len(t.rest); size > maxToken {
				return errTooLong
			}
		case string(t.name) == "si" && t.open:
			size = 0
		}
	}
}

// styles reads the number formats of the cell styles.
func (w *workbook) styles(ctx context.Context, name string) error {
	b, err := w.arc.part(ctx, name)
	if err != nil || b == nil {
		return err
	}
	codes := map[int]string{}
	var ids []int
	cells := false
	err = w.arc.each(name, b, func(t token) {
		id, _ := strconv.Atoi(string(t.attr("numFmtId")))
		switch string(t.name) {
		case "numFmt":
			codes[id] = unescape(t.attr("formatCode"))
		case "cellXfs":
			cells = true
		case "cellStyleXfs", "cellStyles", "dxfs":
			cells = false
		case "xf":
			if cells {
				ids = append(ids, id)
			}
		}
	})
	if err != nil {
		return err
	}
	known := map[int]numberFormat{}
	for _, id := range ids {
		f, ok := known[id]
		if !ok {
			f = parseFormat(id, codes[id])
			known[id] = f
		}
		w.formats = append(w.formats, f)
	}
	return nil
}

// format is the number format of a style.
func (w *workbook) format(style int) numberFormat {
	if style < 0 || style >= len(w.formats) {
		return numberFormat{}
	}
	return w.formats[style]
}
