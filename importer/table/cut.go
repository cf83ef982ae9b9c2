package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

const (
	// pieceSize is how large the pieces of a sheet are, in bytes, up to the end
	// of a row.
	pieceSize = 1 << 20
	// maxHead bounds what stands before a sheet's rows, and so in every piece.
	maxHead = 64 << 10
	// cutBefore is what a piece begins with.
	cutBefore = `<row r="`
)

// errUncut is about a sheet that cannot be cut with certainty.
var errUncut = errors.New("the sheet cannot be cut")

// A piece is some rows of a sheet, as the XML of a sheet that has no others.
type piece struct {
	xml   []byte
	first int // row
	next  int // the row behind the last one, which has the mark in its place; 0: it goes to the sheet's end
}

// pieceMark is what the row says that stands behind the last one of a piece.
const pieceMark = "the rows before this one are read"

// A cutting cuts the XML of a sheet, as it goes by, into pieces that a parser
// reads as it reads them within the whole.
//
// It rests on one rule: where there are no comments, no sections of plain text
// and no processing instructions, a "<" begins a tag or is an error. A sheet
// that has any is not cut. The others are cut before the tag of a row that tells
// its number, and each piece has before it what stands before the first row. An
// error in a piece would have kept the rows behind it from being read, those of
// the next pieces too. So each piece has one row more, with the number of the
// next one's first and a mark in it, which must come when it is due.
type cutting struct {
	size int                                      // of a piece, up to the end of a row
	do   func(rows []byte, first, next int) error // the bytes are good until it returns
	head []byte
	rest []byte // what was not handed on
	row  int    // its first one
	err  error
}

// Write takes the next bytes of the sheet. An error is told at the end.
func (c *cutting) Write(b []byte) (int, error) {
	if c.err == nil {
		c.err = c.add(b)
	}
	return len(b), nil
}

func (c *cutting) add(b []byte) error {
	fresh := max(len(c.rest)-1, 0)
	c.rest = append(c.rest, b...)
	if c.head == nil {
		const rows = "<sheetData>"
		i := bytes.Index(c.rest, []byte(rows))
		if i < 0 && len(c.rest) <= maxHead {
			return nil
		}
		if i < 0 || !plainHead(c.rest[:i]) {
			return errUncut
		}
		i += len(rows)
		c.head, c.rest, c.row, fresh = bytes.Clone(c.rest[:i]), c.rest[i:], 1, 0
	}
	if !onlyTags(c.rest[fresh:]) {
		return errUncut
	}
	for {
		at, next := c.seam()
		if at == 0 {
			break
		}
		if err := c.do(c.rest[:at], c.row, next); err != nil {
			return err
		}
		c.rest, c.row = append(c.rest[:0], c.rest[at:]...), next
	}
	if len(c.rest) > unpackedInMemory {
		return errUncut
	}
	return nil
}

// seam finds the end of a piece and the number of the row that follows; 0 if it
// is not there yet.
func (c *cutting) seam() (at, row int) {
	for at = c.size; at < len(c.rest); at++ {
		i := bytes.Index(c.rest[at:], []byte(cutBefore))
		if i < 0 {
			break
		}
		at += i
		number, _, whole := bytes.Cut(c.rest[at+len(cutBefore):], []byte(`"`))
		if !whole {
			break
		}
		if n, err := strconv.Atoi(string(number)); err == nil && n > c.row && n <= lastRow {
			return at, n
		}
	}
	return 0, 0
}

// end hands the last piece on.
func (c *cutting) end() error {
	if c.err == nil && c.head == nil {
		c.err = errUncut
	}
	if c.err == nil {
		c.err = c.do(c.rest, c.row, 0)
	}
	return c.err
}

// piece makes a sheet of some rows.
func (c *cutting) piece(rows []byte, first, next int) piece {
	var end []byte
	if next > 0 {
		end = fmt.Appendf(nil, `<row r="%d"><c t="str"><v>%s</v></c></row></sheetData>`, next, pieceMark)
	}
	return piece{bytes.Join([][]byte{c.head, rows, end}, nil), first, next}
}

// plainHead tells whether what stands before the rows is in UTF-8 and has
// nothing but tags behind the line that says so.
func plainHead(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF"))
	if bytes.HasPrefix(b, []byte("<?xml ")) {
		line, rest, _ := bytes.Cut(b, []byte("?>"))
		line = bytes.ReplaceAll(bytes.ToLower(line), []byte("'"), []byte(`"`))
		if n := bytes.Count(line, []byte("encoding")); n > 0 && (n > 1 || !bytes.Contains(line, []byte(` encoding="utf-8"`))) {
			return false
		}
		b = rest
	}
	return onlyTags(b)
}

// onlyTags looks for the rarer of the two letters.
func onlyTags(b []byte) bool {
	for _, mark := range []byte("!?") {
		for i := 1; i < len(b); i++ {
			n := bytes.IndexByte(b[i:], mark)
			if n < 0 {
				break
			}
			if i += n; b[i-1] == '<' {
				return false
			}
		}
	}
	return true
}

// readAll cuts all of r.
func (c *cutting) readAll(r io.Reader) error {
	b := make([]byte, 64<<10)
	for c.err == nil {
		n, err := r.Read(b)
		_, _ = c.Write(b[:n])
		if err == io.EOF {
			return c.end()
		}
		if err != nil {
			return err
		}
	}
	return c.err
}
