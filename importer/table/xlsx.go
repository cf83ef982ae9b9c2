package table

import (
	"context"
	"errors"
	"os"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table/internal/xlsx"
)

// GuideSheet is the name of the sheet in which our starter workbook explains
// its columns. It is never taken for one with customers.
const GuideSheet = "Column guide"

// xlsxFile is a file as a workbook: which of its sheets are read, and what is
// known of them.
type xlsxFile struct {
	file  *file
	dir   string // for temporary files, as it was named
	book  *xlsx.Book
	texts *xlsx.Texts
	temp  *scratch // nil until something needs it
	used  []*usedSheet
	ours  Kind
	found []importer.Finding
}

// A usedSheet is one that is read.
type usedSheet struct {
	*xlsx.Sheet
	head   *importer.Header
	groups []string // of columns, above the header
	count  int      // rows below the header
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
		out = append(out, s.Name)
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
	x := &xlsxFile{file: f, dir: opt.tempDir}
	defer func() {
		if p := recover(); p != nil {
			err = f.insensible()
		}
		if err != nil {
			_ = x.close()
			err = f.wordedBook(err)
		}
	}()
	a, err := f.openArchive()
	if err != nil {
		return nil, err
	}
	defer a.close()
	if x.book, err = a.Book(ctx); err != nil {
		return nil, err
	}
	if x.texts, err = a.Texts(ctx, x.book, x.textsFile); err != nil {
		return nil, err
	}
	if err := x.choose(ctx, opt); err != nil {
		return nil, err
	}
	var sheets []*xlsx.Sheet
	for _, s := range x.used {
		sheets = append(sheets, s.Sheet)
	}
	if err := a.Verify(ctx, x.book, sheets); err != nil {
		return nil, err
	}
	return x, x.survey(ctx, opt)
}

// An openArchive is a workbook's zip file, over bytes that are verified.
type openArchive struct {
	*xlsx.Archive
	at *verifiedAt
}

func (f *file) openArchive() (*openArchive, error) {
	at, err := f.readerAt()
	if err != nil {
		return nil, err
	}
	a, err := xlsx.OpenArchive(at, f.size)
	if err != nil {
		_ = at.Close()
		return nil, err
	}
	return &openArchive{a, at}, nil
}

func (a *openArchive) close() { _ = a.at.Close() }

// wordedBook makes an error of the reader of workbooks one about this file.
func (f *file) wordedBook(err error) error {
	var own *Error
	var temp *xlsx.TempError
	var theirs *xlsx.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &temp):
		return f.unspoolable(temp.Err)
	case errors.As(err, &theirs):
		return f.fault(theirs.Err, theirs.Cause, theirs.Advice)
	}
	return err
}

// insensible is the error of a file over which the reader panicked.
func (f *file) insensible() *Error {
	return f.fault(nil, "nothing sensible can be made of this workbook", "open it in Excel, look that nothing is missing, and save it again")
}

// scratch is a folder for temporary files.
func (x *xlsxFile) scratch() (string, error) {
	if x.temp == nil {
		var err error
		if x.temp, err = newScratch(x.dir); err != nil {
			return "", err
		}
	}
	return x.temp.dir, nil
}

// textsFile makes a file for the texts that do not fit into memory. It loses its
// name at once where the system allows that.
func (x *xlsxFile) textsFile() (*os.File, error) {
	dir, err := x.scratch()
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, "texts-*") // mode 0600
	if err == nil {
		_ = os.Remove(f.Name())
	}
	return f, err
}

func (x *xlsxFile) close() error {
	var err error
	if x.texts != nil {
		err = x.texts.Close()
	}
	if x.temp != nil {
		err = errors.Join(err, x.temp.close())
		x.temp = nil
	}
	return err
}

func (x *xlsxFile) open(ctx context.Context) (importer.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	pass, err := x.pass()
	if err != nil {
		return nil, x.file.wordedBook(err)
	}
	return readRows(ctx, x, pass), nil
}
