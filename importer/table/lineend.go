package table

import (
	"bytes"
	"io"
)

// lineEnds turns the line ends that encoding/csv does not know into ones that
// it does. A CR without LF becomes LF outside of quotation marks; within them
// only in a file whose first line ends in a CR alone, where it is how that
// system breaks lines (a CR in a quoted name of the header comes too early to
// tell, and stays). Anywhere else a CR in a cell is a part of the cell.
// CRLF is left to encoding/csv. Marks of the file's end as DOS writes them
// (Ctrl-Z) are no part of the text where it ends.
//
// Quotation marks are counted, which is all it takes in a file that is well
// formed; in any other, encoding/csv ends the pass where the count went wrong.
type lineEnds struct {
	r io.Reader

	buf    [32 << 10]byte
	rest   []byte // done, and not handed out yet
	held   bool   // a CR at the end of the piece before is waiting for its LF
	ctrlZ  int    // DOS marks of the file's end that may be just that
	quoted bool
	style  byte // how the first line ended: '\r', '\n', or 0 for not yet
	err    error
}

const (
	dosEnd = 0x1A
	// maxDosEnds are as many as a disk's sector was filled up with.
	maxDosEnds = 1024
)

func (l *lineEnds) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		l.fill()
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

func (l *lineEnds) fill() {
	start := 0
	if l.held {
		l.buf[0] = '\r'
		start, l.held = 1, false
	}
	for ; l.ctrlZ > 0; l.ctrlZ-- {
		l.buf[start] = dosEnd
		start++
	}
	n, err := l.r.Read(l.buf[start:])
	l.err = err
	b := l.buf[:start+n]
	for len(b) > 0 && b[len(b)-1] == dosEnd && (err != nil || l.ctrlZ < maxDosEnds) {
		b = b[:len(b)-1]
		l.ctrlZ++
	}
	if err == nil && len(b) > 0 && b[len(b)-1] == '\r' {
		b = b[:len(b)-1]
		l.held = true
	}
	if err != nil && err != io.EOF {
		b = nil // the pass ends here, nothing more is to be parsed
	}
	l.convert(b)
	l.rest = b
}

func (l *lineEnds) convert(b []byte) {
	for {
		i := bytes.IndexByte(b, '\r')
		segment := b
		if i >= 0 {
			segment = b[:i]
		}
		if l.style == 0 {
			l.firstEnd(segment)
		} else {
			l.quoted = l.quoted != (bytes.Count(segment, []byte{'"'})%2 == 1)
		}
		if i < 0 {
			return
		}
		lone := i+1 == len(b) || b[i+1] != '\n'
		if l.style == 0 && !l.quoted {
			l.style = '\n'
			if lone {
				l.style = '\r'
			}
		}
		if lone && (!l.quoted || l.style == '\r') {
			b[i] = '\n'
		}
		b = b[i+1:]
	}
}

// firstEnd looks for the LF that ends the first line.
func (l *lineEnds) firstEnd(segment []byte) {
	for _, c := range segment {
		switch {
		case c == '"':
			l.quoted = !l.quoted
		case c == '\n' && !l.quoted && l.style == 0:
			l.style = '\n'
		}
	}
}
