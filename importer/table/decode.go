package table

import (
	"bufio"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// decoded is the text of the file in UTF-8, without its byte order mark. The
// bytes of UTF-8 were found valid at the first reading; anything else is
// checked as it is decoded.
func (f *file) decoded(set charset, bom int) (io.ReadCloser, error) {
	v, err := f.bytes()
	if err != nil {
		return nil, err
	}
	if bom > 0 {
		if _, err := io.CopyN(io.Discard, v, int64(bom)); err != nil {
			v.Close()
			return nil, err
		}
	}
	if set.enc == nil {
		return v, nil
	}
	return struct {
		io.Reader
		io.Closer
	}{&checked{r: transform.NewReader(v, set.enc.NewDecoder()), file: f, set: set, line: 1}, v}, nil
}

// checked ends at the first letter that could not be decoded. It may hand out
// parts of letters, as any Reader may.
type checked struct {
	r     io.Reader
	file  *file
	set   charset
	line  int
	col   int // letters before this one in the line
	cr    bool
	carry [utf8.UTFMax]byte
	n     int // bytes in carry
	err   error
}

func (c *checked) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p)
	if bad := c.check(p[:n]); bad != nil {
		// Nothing of this piece is handed on: its rows end in the same error.
		c.err = bad
		return 0, bad
	}
	if n > 0 {
		return n, nil // an err comes again
	}
	return 0, err
}

func (c *checked) check(b []byte) error {
	for i := 0; i < len(b); {
		var r rune
		if c.n > 0 || b[i] >= utf8.RuneSelf {
			c.carry[c.n] = b[i]
			c.n++
			i++
			if !utf8.FullRune(c.carry[:c.n]) {
				continue
			}
			r, _ = utf8.DecodeRune(c.carry[:c.n])
			c.n = 0
		} else {
			r = rune(b[i])
			i++
		}
		switch {
		case r == '\n' && c.cr:
			c.cr = false
			continue
		case r == '\n' || r == '\r':
			c.line++
			c.col = 0
			c.cr = r == '\r'
			continue
		case r == 0:
			return c.file.notText()
		case c.set.undecodable(r):
			e := c.file.fault(nil, fmt.Sprintf("letter %d is not %s", c.col+1, c.set.name),
				encodingAdvice(c.file.piece(max(0, c.file.look.invalid)), c.set.name))
			e.Line = c.line
			return e
		}
		c.cr = false
		c.col++
	}
	return nil
}

func (f *file) notText() *Error {
	return f.fault(nil, "this is not text: there are zero bytes in it", "save the list from a spreadsheet as CSV UTF-8")
}

// notUTF8 names the place of the first byte that is not UTF-8.
func (f *file) notUTF8(told bool) error {
	v, err := f.bytes()
	if err != nil {
		return err
	}
	defer v.Close()
	r := bufio.NewReader(io.LimitReader(v, f.look.invalid))
	line, col, last := 1, 1, rune(0)
	for {
		c, _, err := r.ReadRune()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		switch {
		case c == '\n' && last == '\r':
		case c == '\n' || c == '\r':
			line, col = line+1, 1
		case c != '\uFEFF':
			col++
		}
		last = c
	}
	var bad [utf8.UTFMax]byte
	n, err := io.ReadFull(v, bad[:]) // bufio read no further than the limit
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	e := f.fault(nil, "", encodingAdvice(f.piece(f.look.invalid), ""))
	e.Line = line
	switch {
	case n < utf8.UTFMax && !utf8.FullRune(bad[:n]):
		e.Cause, e.Advice = "the file ends in the middle of a letter, as if it were cut off", "get the whole file, or save it again"
	case told:
		e.Cause = fmt.Sprintf("letter %d (byte 0x%02X) is not UTF-8", col, bad[0])
	default:
		e.Cause = fmt.Sprintf("letter %d (byte 0x%02X) is not UTF-8, and nothing says what else it is", col, bad[0])
	}
	return e
}
