package display

import (
	"bytes"
	"io"
	"strings"
	"sync"

	"golang.org/x/text/width"
)

// A Screen shares one stream between a block of lines at its foot, which is
// drawn over again and again, and lines that stay: a line that comes while a
// block stands is put above it. Safe for concurrent use.
type Screen struct {
	mu    sync.Mutex
	w     io.Writer
	width func() int
	block []string // as drawn
}

// NewScreen returns a Screen on a stream, with no block yet.
func NewScreen(w io.Writer) *Screen { return &Screen{w: w} }

// Write puts lines that stay.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.block) == 0 {
		return s.w.Write(p)
	}
	var b bytes.Buffer
	s.clear(&b)
	b.Write(p)
	if !bytes.HasSuffix(p, []byte("\n")) {
		b.WriteByte('\n')
	}
	b.WriteString(strings.Join(s.block, "\n"))
	if _, err := s.w.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Draw puts a block in the place of the last one; none takes it away. Each
// line is cut to the width of the terminal, since one that wraps could not be
// drawn over.
func (s *Screen) Draw(columns func() int, lines ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.width = columns
	var b bytes.Buffer
	s.clear(&b)
	s.block = nil
	for _, l := range lines {
		s.block = append(s.block, cut(l, columns()-1))
	}
	b.WriteString(strings.Join(s.block, "\n"))
	_, _ = s.w.Write(b.Bytes())
}

// clear goes to where the block began, also if it has been wrapped by a
// terminal that has become narrower.
func (s *Screen) clear(b *bytes.Buffer) {
	if len(s.block) == 0 {
		return
	}
	up := -1
	for _, l := range s.block {
		up += max(1, (cells(l)+max(s.width(), 1)-1)/max(s.width(), 1))
	}
	b.WriteByte('\r')
	b.WriteString(strings.Repeat("\x1b[A", up))
	b.WriteString("\x1b[J")
}

// cells is the width of a text on a terminal.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += cellsOf(r)
	}
	return n
}

func cellsOf(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cut shortens a text to so many cells.
func cut(s string, most int) string {
	if cells(s) <= most {
		return s
	}
	var b strings.Builder
	for n, r := 0, []rune(s); len(r) > 0 && n+cellsOf(r[0])+1 <= most; r = r[1:] {
		b.WriteRune(r[0])
		n += cellsOf(r[0])
	}
	if most > 0 {
		b.WriteRune('…')
	}
	return b.String()
}
