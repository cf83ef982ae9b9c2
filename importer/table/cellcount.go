package table

import "bytes"

// A cellCount counts the delimiters of each record, as the text goes by, so that a
// row of millions of cells is refused before anybody gathers them. What stands
// between quotation marks does not count: a mark opens a cell at its beginning, and
// closes it if no other one follows.
type cellCount struct {
	comma  []byte
	quoted bool
	start  bool // what comes next begins a cell, or follows a mark that closed one
	n      int  // delimiters of the record so far
	lines  int  // line ends so far
	begun  int  // those before the record
}

var lineEnd = []byte{'\n'}

// add tells whether a record has too many cells.
func (c *cellCount) add(b []byte) (tooMany bool) {
	for len(b) > 0 {
		i := bytes.IndexByte(b, '"')
		if c.quoted {
			if i < 0 {
				c.lines += bytes.Count(b, lineEnd)
				return false
			}
			c.lines += bytes.Count(b[:i], lineEnd)
			c.quoted, c.start = false, true
			b = b[i+1:]
			continue
		}
		piece := b
		if i >= 0 {
			piece = b[:i]
		}
		if c.pass(piece) {
			return true
		}
		if i < 0 {
			return false
		}
		c.quoted = c.start
		b = b[i+1:]
	}
	return false
}

// pass counts in a text outside of quotation marks.
func (c *cellCount) pass(b []byte) (tooMany bool) {
	for len(b) > 0 {
		// As much as cannot have too many is not looked at line by line.
		piece := b[:min(len(b), max(maxColumns-1-c.n, 1))]
		b = b[len(piece):]
		if i := bytes.LastIndexByte(piece, '\n'); i >= 0 {
			c.lines += bytes.Count(piece, lineEnd)
			c.n, c.begun, piece = 0, c.lines, piece[i+1:]
			c.start = true
		}
		if len(piece) == 0 {
			continue
		}
		c.n += bytes.Count(piece, c.comma)
		c.start = bytes.HasSuffix(piece, c.comma)
		if c.n >= maxColumns {
			return true
		}
	}
	return false
}
