package table

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/bulkonboard/bulkonboard/importer"
)

// options are Options that were found to make sense.
type options struct {
	charset   *charset // nil: detect
	delimiter rune     // 0: detect
	sheets    []string
	headerRow int
	fit       func([][]string) Fit
	tempDir   string
}

func parseOptions(o Options) (options, error) {
	set, err := parseCharset(o.Encoding)
	if err != nil {
		return options{}, err
	}
	delimiter, err := parseDelimiter(o.Delimiter)
	if err == nil && o.HeaderRow < 0 {
		err = &UsageError{Option: "header_row", Value: fmt.Sprint(o.HeaderRow), Cause: "rows count from 1"}
	}
	return options{charset: set, delimiter: delimiter, sheets: o.Sheets, headerRow: o.HeaderRow, fit: o.Fit, tempDir: o.TempDir}, err
}

// csvFile is a file as CSV: how to read it, and what is known of it.
type csvFile struct {
	file   *file
	set    charset
	bom    int // bytes
	skip   int // bytes of text before the first record
	hidden int // lines of text before the first record
	comma  rune
	groups []string // of columns, above the header
	blanks bool     // there are blanks between delimiters and quotation marks
	header int      // the row that was said or found to be the header; 0: the first with text

	head  *importer.Header
	need  int // cells that a row must have: those up to the last column with a name
	ours  Kind
	count int
	found []importer.Finding
	short *blocks16
}

func (c *csvFile) headers() []*importer.Header  { return []*importer.Header{c.head} }
func (c *csvFile) warnings() []importer.Finding { return c.found }
func (c *csvFile) encoding() string             { return c.set.name }
func (c *csvFile) delimiter() string            { return delimiterName(c.comma) }
func (c *csvFile) kind() Kind                   { return c.ours }
func (c *csvFile) rows() int                    { return c.count }
func (c *csvFile) sheets() []string             { return nil }
func (c *csvFile) close() error                 { return nil }
func (c *csvFile) warn(f importer.Finding)      { c.found = append(c.found, f) }
func (c *csvFile) cell() importer.Cell          { return importer.Cell{File: c.file.name} }
func (c *csvFile) at(rec record) importer.Row {
	return importer.Row{Header: c.head, Number: rec.number, Line: rec.line}
}

// newCSV finds out how to read a file and reads it once.
func newCSV(ctx context.Context, f *file, opt options) (*csvFile, error) {
	c := &csvFile{file: f, header: opt.headerRow}
	if err := c.charset(opt.charset); err != nil {
		return nil, err
	}
	if err := c.dialect(opt.delimiter); err != nil {
		return nil, err
	}
	var below *importer.Finding
	if opt.headerRow != 1 && (opt.headerRow > 0 || opt.fit != nil) {
		p := c.peek(ctx)
		if opt.headerRow == 0 {
			c.header = p.header(opt.fit)
		}
		if c.header > 0 && opt.headerRow == 0 {
			f := belowTitles(c.header, p.numbers[0])
			f.Cell, below = c.cell(), &f
		}
		c.groups = p.groups(c.header)
	}
	err := c.survey(ctx)
	if errors.Is(err, csv.ErrBareQuote) && c.comma > ' ' {
		err = c.behindBlanks(ctx, err)
	}
	if err != nil {
		return nil, c.wrongDelimiter(err)
	}
	if below != nil {
		c.warn(*below)
	}
	return c, nil
}

// behindBlanks reads a file again whose quotation marks may stand behind
// blanks. Where it is still no whole file, its first trouble stands.
func (c *csvFile) behindBlanks(ctx context.Context, first error) error {
	c.blanks = true
	found := c.found
	if err := c.survey(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return first
	}
	c.found = append(found[:len(found):len(found)], c.found[len(found):]...)
	c.warn(importer.Finding{Severity: importer.Note, Code: "blanks_before_quotes", Cell: c.cell(),
		Message: "there are blanks between the delimiter and quotation marks: blanks at the beginning of a cell are passed over"})
	return nil
}

// wrongDelimiter adds to an error what was found to be the likely reason.
func (c *csvFile) wrongDelimiter(err error) error {
	var e *Error
	for _, f := range c.found {
		if f.Code == "delimiter" && errors.As(err, &e) {
			e.Cause, e.Advice = e.Cause+"; "+f.Message, f.Advice
		}
	}
	return err
}

// charset settles the encoding.
func (c *csvFile) charset(declared *charset) error {
	l := &c.file.look
	var told bool
	c.set, c.bom, told = l.detect(declared)
	switch {
	case l.nul >= 0 && !c.set.wide:
		return c.file.notText()
	case c.set.enc == nil && l.invalid >= 0:
		return c.file.notUTF8(told)
	case c.file.size == int64(c.bom):
		return c.file.fault(nil, "the file is empty", "check that this is the right file, and that it was saved")
	}
	if declared != nil && c.set.enc != nil && !c.set.wide {
		c.showDecoded()
	}
	switch {
	case declared == nil:
	case c.bom > 0 && declared.name != c.set.name && !(declared.wide && c.set.wide):
		c.warn(importer.Finding{Severity: importer.Warning, Code: "encoding", Cell: c.cell(),
			Message: fmt.Sprintf("the file begins with the mark of %s and is read as that, not as %s", c.set.name, declared.name),
			Advice:  "leave --encoding out"})
	case c.set.enc != nil && !c.set.wide && l.invalid < 0 && l.beyond:
		c.warn(importer.Finding{Severity: importer.Warning, Code: "encoding", Cell: c.cell(),
			Message: fmt.Sprintf("the file is read as %s, as was asked for, but it looks like UTF-8", c.set.name),
			Advice:  "look at names with accents in what is shown; if they are garbled, leave --encoding out"})
	}
	return nil
}

// dialect settles the delimiter and where the first record begins.
func (c *csvFile) dialect(declared rune) error {
	text, err := c.file.decoded(c.set, c.bom)
	if err != nil {
		return err
	}
	defer text.Close()
	sample := make([]byte, headSize)
	n, err := io.ReadFull(&lineEnds{r: text}, sample)
	whole := err == io.EOF || err == io.ErrUnexpectedEOF
	if err != nil && !whole {
		return err
	}
	sample = sample[:n]
	// A program that puts a mark before each piece it writes leaves several.
	for mark := []byte("\uFEFF"); bytes.HasPrefix(sample[c.skip:], mark); {
		c.skip += len(mark)
	}
	sep, size := sepLine(sample[c.skip:])
	if sep != 0 {
		c.skip += size
		c.hidden = 1
	}
	switch {
	case declared != 0:
		c.comma = declared
		rest := sample[c.skip:]
		if g := detectDelimiter(rest, whole, c.file.name); g.width > 1 && try(rest, whole, declared).width == 1 {
			c.warn(importer.Finding{Severity: importer.Warning, Code: "delimiter", Cell: c.cell(),
				Message: fmt.Sprintf("with the delimiter %q the file has one column, with %q it has %d", delimiterName(declared),
					delimiterName(g.delimiter), g.width),
				Advice: "leave --delimiter out"})
		}
	case sep != 0:
		c.comma = sep
	default:
		c.comma = detectDelimiter(sample[c.skip:], whole, c.file.name).delimiter
	}
	return nil
}

// survey reads the file to its end. What it cannot read, no pass could.
func (c *csvFile) survey(ctx context.Context) error {
	recs, err := c.records(true)
	if err != nil {
		return err
	}
	defer recs.Close()
	s := &survey{c: c}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, err := recs.next()
		if err == io.EOF {
			return s.finish(recs.guard.last == '\n')
		}
		if errors.Is(err, csv.ErrBareQuote) {
			return c.moreQuotes(recs, err)
		}
		if err != nil {
			return err
		}
		s.add(rec)
		if s.head != nil && tooLarge(s.rows, len(s.head.names)) {
			return c.file.tooLarge("it has", s.rows, rec.number, len(s.head.names))
		}
	}
}

// moreQuotes names further lines with the same trouble, so that they are
// mended in one go.
func (c *csvFile) moreQuotes(recs *records, first error) error {
	var e *Error
	if !errors.As(first, &e) {
		return first
	}
	more, n := "", 0
	for n < 5 {
		_, err := recs.next()
		if err == nil {
			continue
		}
		var next *Error
		if !errors.Is(err, csv.ErrBareQuote) || !errors.As(err, &next) {
			break
		}
		if n++; n > 1 {
			more += ", "
		}
		more += fmt.Sprint(next.Line)
	}
	if n > 0 {
		e.Cause += "; the same on line " + more
	}
	return e
}
