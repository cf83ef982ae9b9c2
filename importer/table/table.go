// Package table reads CSV files and Excel workbooks, as people and spreadsheets
// make them, as an importer.Input.
//
// It promises that every pass delivers the same rows or fails with
// importer.ErrInputChanged, and that no byte of a changed file is ever parsed;
// that a row is never lost in silence: a file in which rows cannot be told
// apart with certainty (an unclosed quotation mark, a letter that cannot be
// decoded) is refused at Open, before anything is delivered; and that a row has
// the number that a spreadsheet shows for it.
//
// It does not know what the columns mean, changes no cell (nothing is trimmed,
// no number is made pretty) except that our own files lose the apostrophes we
// gave them, and does not guess an encoding other than UTF-8 and UTF-16: the
// others look alike, and a wrong guess is a wrong customer name.
//
// # How
//
// Open reads the file twice. The first reading takes the digest, a hash for
// each block of 256 KiB, and what the bytes tell about the encoding. The second
// is a whole pass over the rows: it finds delimiter and header, proves that
// the file can be read to its end, counts the rows and collects warnings.
// Everything after that, and the second reading too, goes through one pipeline:
// blocks that are verified before they are handed on, decoder, line ends,
// encoding/csv in its strict mode, row numbers. encoding/csv is trusted with
// quoting only: it drops blank lines without counting them and takes a file
// with CR line ends for one long header.
//
// # Workbooks
//
// A workbook is read to the end of every entry of its zip file, with its
// checksum, before a row of it is used. One strict reader of our own does it, over
// the verified bytes: whatever it does not understand is refused with a place,
// never guessed. Its room, internal/xlsx, says what it takes.
//
// Texts come as they are stored, dates as 2026-01-31, numbers in full. What a number
// format makes of a number comes as people see it where that is something else than
// a number: patterns of digits (00000, 000-0000, Excel's own for phone numbers)
// filled in, words with the number among them (5 users) or in its place (Yes, No),
// durations as 36:00:00, nothing for a zero that is hidden; percent signs,
// currencies and rounding are left out. A cell without a value that should have one
// spoils its row.
//
// # Row numbers
//
// A row number counts records, not lines: blank lines count, line breaks
// within a cell do not. Excel's own first line "sep=;" is honoured as a
// delimiter and not counted, since Excel hides it. Physical lines, which count
// everything, stand in Row.Line and in the errors about quotation marks.
//
// # Cost
//
// Time grows with the bytes of the file. Memory does not grow with the rows:
// a pass holds one block, one record (at most 16 MiB), and 8 bytes for each
// 256 KiB of the file. Of a workbook it holds besides 4 bytes for each shared
// text, and 4 MiB of the texts: more of them lie in a file in the temporary folder,
// which has no name where the system allows that.
package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Options say how to read a file. The zero value detects everything.
type Options struct {
	// Encoding is the character encoding by one of its usual names
	// ("windows-1252", "latin1", "utf-16"); "" or "auto" detects UTF-8 and
	// UTF-16 and refuses anything else. A byte order mark beats it.
	Encoding string
	// Delimiter is the one character between cells; "tab" and "\t" (also as a
	// backslash and a t) are the tabulator. "" or "auto" detects one of
	// comma, semicolon, tabulator and vertical bar.
	Delimiter string
	// Sheets names the sheets of a workbook that are read, in this order, or is
	// the one word "all". nil is the only one that has something in it or that
	// Fit finds to be a list, else a *SheetsError; without a Fit it is the first
	// one that can be seen.
	Sheets []string
	// HeaderRow is the row of the column names, as a spreadsheet numbers it;
	// 0 is the one that Fit finds, else the first that is not empty. A rejects file
	// of ours has its header where it was written.
	HeaderRow int
	// Fit knows what is looked for: it is given the first rows of a sheet that
	// are not empty, 20 at most, with their cells trimmed. nil: nobody does.
	Fit func(rows [][]string) Fit
	// TempDir is where standard input is kept while it is used, and where large
	// sheets are unpacked; "" is the system's folder for temporary files.
	TempDir string
	// Stdin is what the path "-" reads.
	Stdin io.Reader
}

// An Input is one file, and the importer.Input of its rows. Its methods may be
// called by several goroutines; each Source belongs to one.
type Input struct {
	file   *file
	format format
}

var _ importer.Input = (*Input)(nil)

// A format is what the bytes of a file mean.
type format interface {
	open(ctx context.Context) (importer.Source, error)
	headers() []*importer.Header
	warnings() []importer.Finding
	encoding() string
	delimiter() string
	kind() Kind
	rows() int
	sheets() []string
	close() error
}

// Open takes the digest of the file at path and finds out how to read it; the
// path "-" is o.Stdin. An option that cannot be is a *UsageError, a file that
// cannot be used an *Error; when ctx ends, the error is that of ctx.
//
// A file with a header and no rows can be opened: it warns with the code
// "no_rows".
func Open(ctx context.Context, path string, o Options) (*Input, error) {
	opt, err := parseOptions(o)
	if err != nil {
		return nil, err
	}
	var f *file
	if path == "-" {
		f, err = spool(ctx, o.Stdin, o.TempDir)
	} else {
		f, err = openFile(ctx, path)
	}
	if err != nil {
		return nil, err
	}
	in := &Input{file: f}
	if in.format, err = f.read(ctx, opt); err != nil {
		f.close()
		return nil, err
	}
	return in, nil
}

// read finds the format of a file by its first bytes, whatever its name says.
func (f *file) read(ctx context.Context, opt options) (format, error) {
	if what, advice := foreign(f.name, f.look.head); what != "" {
		return nil, f.fault(nil, what, advice)
	}
	if f.size == 0 {
		return nil, f.fault(nil, "the file is empty", "check that this is the right file, and that it was saved")
	}
	if bytes.HasPrefix(f.look.head, []byte("PK\x03\x04")) {
		if opt.delimiter != 0 || opt.charset != nil {
			return nil, &UsageError{Option: "encoding or --delimiter", Value: f.name, Cause: "this is a workbook, which has neither: leave it out"}
		}
		return newXLSX(ctx, f, opt)
	}
	if ext := strings.ToLower(filepath.Ext(f.name)); IsWorkbook(f.name) || ext == ".xls" {
		return nil, f.fault(nil, fmt.Sprintf("the name says Excel workbook (%s), the content is something else", ext),
			"if it is a CSV file, give it a name that ends in .csv; else save it again from Excel")
	}
	if len(opt.sheets) > 0 {
		return nil, &UsageError{Option: "sheet", Value: opt.sheets[0], Cause: "a CSV file has no sheets: leave it out"}
	}
	return newCSV(ctx, f, opt)
}

// Open starts a pass at the first row below the header. It fails with
// importer.ErrInputChanged if the file is not the one that was digested.
func (in *Input) Open(ctx context.Context) (importer.Source, error) {
	if err := in.file.changed(ctx); err != nil {
		return nil, err
	}
	return in.format.open(ctx)
}

// Digest is "sha256:" and 64 hexadecimal digits.
func (in *Input) Digest() string { return in.file.digest }

// Changed tells whether the path still has the bytes that were digested: nil,
// or an error that wraps importer.ErrInputChanged. It compares size, time and
// identity, and reads the file only where these differ or where the file is
// so young that a change could hide within its time stamp. For standard input
// it is always nil.
func (in *Input) Changed() error { return in.file.changed(context.Background()) }

// Headers are the heads of the sheets, one for CSV.
func (in *Input) Headers() []*importer.Header { return in.format.headers() }

// Warnings are what is odd about the file as a whole; none keeps it from
// being used. Rows that cannot be used come as *importer.RowError from Read.
func (in *Input) Warnings() []importer.Finding { return in.format.warnings() }

// Encoding is the one in use, in a form that Options.Encoding takes.
func (in *Input) Encoding() string { return in.format.encoding() }

// Delimiter is the one in use, in a form that Options.Delimiter takes.
func (in *Input) Delimiter() string { return in.format.delimiter() }

// Sheets are the names of those that are read; nil for CSV.
func (in *Input) Sheets() []string { return in.format.sheets() }

// Others are the names of the sheets that can be seen, have something in them and
// are not read.
func (in *Input) Others() []string {
	if x, ok := in.format.(*xlsxFile); ok {
		return x.unread()
	}
	return nil
}

// Kind tells a file of ours from any other.
func (in *Input) Kind() Kind { return in.format.kind() }

// Rows is how many rows a pass delivers, the spoiled ones included.
func (in *Input) Rows() int { return in.format.rows() }

// Close gives temporary files back. A Source that is
// still open cannot be read any more. It may be called twice.
func (in *Input) Close() error { return errors.Join(in.format.close(), in.file.close()) }
