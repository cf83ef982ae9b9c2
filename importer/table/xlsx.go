package table

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/xuri/excelize/v2"

	"github.com/bulkonboard/bulkonboard/importer"
)

// unpackedInMemory is how much of a sheet, or of the shared texts, is held in
// memory, in bytes; larger ones are unpacked to the temporary folder.
const unpackedInMemory = 4 << 20

// xlsxFile is a file as a workbook: which of its sheets are read, and what is
// known of them.
//
// A sheetScan over the verified bytes reads it. Before anything is delivered,
// excelize reads the sheets that are used and their texts, from a copy in a
// folder of its own and, where a sheet can be cut, piece by piece on all cores;
// and every row and text is compared: neither reader is taken at its word, and
// excelize alone takes a sheet that is cut in half for a shorter one.
type xlsxFile struct {
	file   *file
	book   *workbook
	temp   *scratch
	shared *sharedTexts
	second *excelize.File // nil once it was compared
	used   []*usedSheet
	ours   Kind
	found  []importer.Finding
}

// A usedSheet is one that is read.
type usedSheet struct {
	*sheet
	head  *importer.Header
	count int // rows below the header
}

func (x *xlsxFile) headers() []*importer.Header {
	var out []*importer.Header
	for _, s := range x.used {
		out = append(out, s.head)
	}
	return out
}

func (x *xlsxFile) sheets() []string {
	var out []string
	for _, s := range x.used {
		out = append(out, s.name)
	}
	return out
}

func (x *xlsxFile) rows() int {
	n := 0
	for _, s := range x.used {
		n += s.count
	}
	return n
}

func (x *xlsxFile) warnings() []importer.Finding { return x.found }
func (x *xlsxFile) encoding() string             { return "" }
func (x *xlsxFile) delimiter() string            { return "" }
func (x *xlsxFile) kind() Kind                   { return x.ours }

func (x *xlsxFile) warn(severity importer.Severity, code, sheet, message, advice string) {
	x.found = append(x.found, importer.Finding{Severity: severity, Code: code,
		Cell: importer.Cell{File: x.file.name, Sheet: sheet}, Message: message, Advice: advice})
}

// newXLSX finds out how to read a workbook and reads it once.
func newXLSX(ctx context.Context, f *file, opt options) (_ *xlsxFile, err error) {
	x := &xlsxFile{file: f}
	defer func() {
		if p := recover(); p != nil {
			err = f.damaged("nothing sensible can be made of it", nil)
		}
		if err != nil {
			_ = x.close()
		}
	}()
	a, err := f.openArchive()
	if err != nil {
		return nil, err
	}
	defer a.close()
	if x.book, err = f.openWorkbook(ctx, a); err != nil {
		return nil, err
	}
	if err := x.choose(opt.sheets); err != nil {
		return nil, err
	}
	if err := x.unpack(a, opt.tempDir); err != nil {
		return nil, err
	}
	if err := x.survey(ctx, opt.headerRow); err != nil {
		return nil, err
	}
	return x, x.compared()
}

// choose finds the sheets that are asked for.
func (x *xlsxFile) choose(names []string) error {
	all := len(names) == 1 && strings.EqualFold(names[0], "all")
	var visible []*sheet
	for _, s := range x.book.sheets {
		if all && strings.EqualFold(s.name, "all") {
			all = false // a sheet that is called so is meant
		}
		if !s.hidden && s.name != GuideSheet {
			visible = append(visible, s)
		}
	}
	use := func(s *sheet) { x.used = append(x.used, &usedSheet{sheet: s}) }
	switch {
	case all:
		for _, s := range visible {
			if s.data {
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
func (x *xlsxFile) named(name string) (*sheet, error) {
	var near []string
	for _, s := range x.book.sheets {
		if !strings.EqualFold(strings.TrimSpace(s.name), strings.TrimSpace(name)) {
			continue
		}
		for _, u := range x.used {
			if u.sheet == s {
				return nil, &UsageError{Option: "sheet", Value: name, Cause: "the sheet is named twice"}
			}
		}
		return s, nil
	}
	best := len(name)/2 + 2
	for _, s := range x.book.sheets {
		if d := distance(strings.ToLower(name), strings.ToLower(s.name)); d <= best {
			best, near = d, []string{s.name}
		}
	}
	if near == nil {
		for i, s := range x.book.sheets {
			if i < 3 {
				near = append(near, s.name)
			}
		}
	}
	return nil, &UsageError{Option: "sheet", Value: name, Cause: "there is no such sheet in " + x.file.name, Near: near}
}

// others are the sheets with data that are not read, as they are told.
func (x *xlsxFile) others() []string {
	read := map[*sheet]bool{}
	for _, u := range x.used {
		read[u.sheet] = true
	}
	var names []string
	for _, s := range x.book.sheets {
		if read[s] || !s.data || s.name == GuideSheet {
			continue
		}
		name := strconv.Quote(s.name)
		if s.hidden {
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
		x.warn(importer.Note, "sheet_not_used", "", fmt.Sprintf(what+"; this is about the sheet %s", strings.Join(names, ", "), quoted(x.sheets())),
			"--sheet NAME reads another one, --sheet all reads all that can be seen")
	}
}

func quoted(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, strconv.Quote(n))
	}
	return strings.Join(out, ", ")
}

// unpack makes the copy that excelize reads.
func (x *xlsxFile) unpack(a *archive, temp string) error {
	f := x.file
	var err error
	if x.temp, err = newScratch(temp); err != nil {
		return f.unspoolable(err)
	}
	name := filepath.Join(x.temp.dir, "copy.xlsx")
	out, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return f.unspoolable(err)
	}
	if err := errors.Join(x.copyTo(out), out.Close()); err != nil {
		var te *Error
		if errors.As(err, &te) {
			return te
		}
		return f.unspoolable(err)
	}
	// Both read all of the shared texts.
	var second sync.WaitGroup
	var failed error
	second.Go(func() { failed = x.openSecond(name) })
	err = func() error {
		defer second.Wait()
		return x.unpackTexts()
	}()
	switch {
	case err != nil:
		return err
	case failed != nil:
		return f.damaged("it cannot be opened", failed)
	}
	_ = os.Remove(name)
	return nil
}

func (x *xlsxFile) unpackTexts() error {
	if x.book.strings == nil {
		return nil
	}
	var err error
	texts := filepath.Join(x.temp.dir, "texts")
	x.shared, err = unpackTexts(x.book.strings, texts)
	var pe *fs.PathError
	switch {
	case errors.As(err, &pe):
		return x.file.unspoolable(err)
	case err != nil:
		return x.file.damaged("the texts of its cells", err)
	}
	_ = os.Remove(texts)
	return nil
}

// openSecond opens the copy and lets excelize read the shared texts, which it
// does with the first cell that needs them: that must not be two at once.
func (x *xlsxFile) openSecond(name string) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = insensible(v)
		}
	}()
	x.second, err = excelize.OpenFile(name, excelize.Options{RawCellValue: true, TmpDir: x.temp.dir,
		UnzipSizeLimit: maxUnpacked + maxPart, UnzipXMLSizeLimit: unpackedInMemory})
	if err != nil || x.book.strings == nil {
		return err
	}
	rows, err := x.second.Rows(textsName)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		_, _ = rows.Columns() // what it makes of them shows in the cells
	}
	return nil
}

const (
	copyTypes = `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`
	relsHead  = `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	relsType  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`

	// textsName is a sheet of the copy with one cell, which has a shared text.
	textsName = "texts"
	textsPath = "xl/worksheets/texts.xml"
	textsCell = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>`
)

// copyTo writes a workbook with the shared texts and those sheets that are read
// as a whole, named s1, s2 …, as they are packed. The others come piece by piece.
func (x *xlsxFile) copyTo(w io.Writer) error {
	z := zip.NewWriter(w)
	rels, sheets := "", ""
	list := func(name, path string) {
		n := len(rels)
		rels += fmt.Sprintf(`<Relationship Id="rId%d" Type="%s/worksheet" Target="/%s"/>`, n, relsType, path)
		sheets += fmt.Sprintf(`<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, name, n+1, n)
	}
	for _, s := range x.used {
		if !s.cuts {
			list(fmt.Sprintf("s%d", s.number), fmt.Sprintf("xl/worksheets/sheet%d.xml", s.number))
		}
	}
	for i := range seconds {
		list(pieceName(i+1), piecePath(i+1))
	}
	list(textsName, textsPath)
	if x.book.strings != nil {
		rels += fmt.Sprintf(`<Relationship Id="rIdS" Type="%s/sharedStrings" Target="/xl/sharedStrings.xml"/>`, relsType)
	}
	parts := []struct{ name, content string }{
		{"[Content_Types].xml", copyTypes},
		{"_rels/.rels", relsHead + `<Relationship Id="rId1" Type="` + relsType + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + relsType + `"><sheets>` + sheets + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", relsHead + rels + `</Relationships>`},
		{textsPath, textsCell},
	}
	for i := range seconds {
		parts = append(parts, struct{ name, content string }{piecePath(i + 1), textsCell})
	}
	for _, p := range parts {
		part, err := z.Create(p.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(part, p.content); err != nil {
			return err
		}
	}
	packed := func(e *zip.File, name string) error {
		h := e.FileHeader
		h.Name = name
		r, err := e.OpenRaw()
		if err != nil {
			return err
		}
		part, err := z.CreateRaw(&h)
		if err != nil {
			return err
		}
		_, err = io.Copy(part, r)
		return err
	}
	for _, s := range x.used {
		if s.cuts {
			continue
		}
		if err := packed(s.entry, fmt.Sprintf("xl/worksheets/sheet%d.xml", s.number)); err != nil {
			return err
		}
	}
	if x.book.strings != nil {
		if err := packed(x.book.strings, "xl/sharedStrings.xml"); err != nil {
			return err
		}
	}
	return z.Close()
}

// cut gives a sheet's bytes to a cutting. It has an archive of its own: a block
// of the file is verified whenever another one was read before.
func (x *xlsxFile) cut(ctx context.Context, s *sheet, c *cutting) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = insensible(v)
		}
	}()
	a, err := x.file.openArchive()
	if err != nil {
		return err
	}
	defer a.close()
	r, err := a.open(s)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	return c.readAll(&patient{ctx: ctx, r: r})
}

// compared gives back what the second reader took.
func (x *xlsxFile) compared() error {
	if x.second == nil {
		return nil
	}
	err := x.second.Close()
	x.second = nil
	return err
}

func (x *xlsxFile) close() error {
	var err error
	if x.shared != nil {
		err = x.shared.close()
		x.shared = nil
	}
	err = errors.Join(err, x.compared())
	if x.temp != nil {
		err = errors.Join(err, x.temp.close())
		x.temp = nil
	}
	return err
}

// survey reads all sheets to their ends.
func (x *xlsxFile) survey(ctx context.Context, headerRow int) error {
	pass, err := x.pass()
	if err != nil {
		return err
	}
	defer func() { _ = pass.close() }()
	for i, s := range x.used {
		if err := pass.sheet(ctx, s); err != nil {
			return err
		}
		if err := x.surveySheet(pass, s, headerRow); err != nil {
			return err
		}
		if k := kindOf(s.head.Columns); i == 0 {
			x.ours = k
		}
		pass.endSheet()
	}
	return nil
}

func (x *xlsxFile) surveySheet(pass *xlsxPass, s *usedSheet, headerRow int) error {
	var (
		h           *head
		hidden      int
		firstHidden int
	)
	for {
		rec, _, err := pass.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if h == nil {
			switch {
			case blank(rec.cells), rec.number < headerRow && !startsRejects(rec.cells):
				continue
			case rec.number > headerRow && headerRow > 0 && !startsRejects(rec.cells):
				return x.noHeader(s, headerRow)
			}
			h = newHead(rec)
			continue
		}
		if blank(rec.cells) {
			continue
		}
		s.count++
		h.widen(len(rec.cells))
		h.below(rec)
		if pass.hidden {
			if hidden++; hidden == 1 {
				firstHidden = rec.number
			}
		}
	}
	if h == nil {
		if headerRow > 0 {
			return x.noHeader(s, headerRow)
		}
		advice := "the first row must have the names of the columns"
		if names := x.others(); len(names) > 0 {
			advice = "there is something in " + strings.Join(names, ", ") + ": --sheet NAME reads another sheet"
		}
		return x.file.fault(nil, fmt.Sprintf("the sheet %q is empty", s.name), advice)
	}
	head, found, err := h.finish(x.file)
	if err != nil {
		return err
	}
	if only := h.onlyTitle(); only {
		return x.file.fault(nil, fmt.Sprintf("sheet %q: the first row with text (row %d) has one cell and the rows below have more: it is not the header", s.name, head.Row),
			"remove what stands above the names of the columns, or say in the mapping where they are: header_row")
	}
	head.Sheet = s.name
	s.head = head
	for i := range found {
		found[i].Cell.Sheet = s.name
	}
	x.found = append(x.found, found...)
	if s.count == 0 {
		x.warn(importer.Warning, "no_rows", s.name, "there is a header and no row below it", "check that this is the right sheet, and that it was saved")
	}
	if hidden > 0 {
		what := fmt.Sprintf("%d of its rows are hidden, the first is row %d; they are read like the others", hidden, firstHidden)
		if hidden == 1 {
			what = fmt.Sprintf("row %d is hidden; it is read like the others", firstHidden)
		}
		x.warn(importer.Warning, "hidden_rows", s.name, what,
			"if a filter hides them because they are not meant, say so in the mapping's filter or remove them")
	}
	x.hiddenColumns(pass.scan, s)
	x.merged(pass.scan, s)
	return nil
}

func (x *xlsxFile) noHeader(s *usedSheet, row int) error {
	return x.file.fault(nil, fmt.Sprintf("sheet %q: row %d is empty, and the mapping says that the names of the columns stand there", s.name, row), "correct header_row in the mapping")
}

// startsRejects knows the header of a file of ours, which is in its first row
// whatever a mapping says of the sheet it was made from.
func startsRejects(cells []string) bool {
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = trim(c)
	}
	return kindOf(names) == Rejects
}

func (x *xlsxFile) hiddenColumns(scan *sheetScan, s *usedSheet) {
	var names []string
	for _, c := range scan.columns {
		for i := c.from; i <= c.to && i <= len(s.head.Columns); i++ {
			names = append(names, s.head.Columns[i-1])
		}
	}
	if len(names) > 0 {
		more := ""
		if len(names) > maxAlike {
			more = others(len(names)-maxAlike, "column", "columns")
			names = names[:maxAlike]
		}
		x.warn(importer.Warning, "hidden_columns", s.name, "hidden columns are read like the others: "+quoted(names)+more, "")
	}
}

// merged warns of merged cells among the rows: only the first of them has the
// value, the others read as empty.
func (x *xlsxFile) merged(scan *sheetScan, s *usedSheet) {
	n, first := 0, area{}
	for _, a := range scan.merged {
		if a.bottom > s.head.Row && a.left <= len(s.head.Columns) && a != (area{a.left, a.top, a.left, a.top}) {
			if n++; n == 1 {
				first = a
			}
		}
	}
	if n > 0 {
		x.warn(importer.Warning, "merged_cells", s.name,
			fmt.Sprintf("the cells %s%d to %s%d are merged: only the first one has the value, the others are empty%s",
				importer.ColumnName(first.left), first.top, importer.ColumnName(first.right), first.bottom, others(n-1, "merged area", "merged areas")),
			"unmerge them, and write the value into each row")
	}
}

func (x *xlsxFile) open(ctx context.Context) (importer.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	pass, err := x.pass()
	if err != nil {
		return nil, err
	}
	return readRows(ctx, x, pass), nil
}
