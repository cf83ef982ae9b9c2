package table

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/xuri/excelize/v2"
)

// A secondReader reads a sheet with excelize while sheetScan reads it too. It is
// used by one goroutine, whatever reads for it.
type secondReader struct {
	pieces chan chan secondPart // in their order; each is closed at its end
	stop   chan struct{}        // closed when nobody wants any more
	piece  chan secondPart      // the one in hand
	now    secondPart
	row    []string // the one in hand
}

// A secondPart is some rows in their order, and what ended the sheet after them.
type secondPart struct {
	rows  [][]string
	ended bool
	err   error
}

const (
	// secondRows, secondCells and secondBytes bound what is handed over at once,
	// and secondParts how much of it a piece may have waiting: as much as an
	// ordinary piece holds.
	secondRows  = 256
	secondCells = 8 << 10
	secondBytes = 1 << 20
	secondParts = 8
	// mostSeconds bounds how many pieces are read at once. More would only wait
	// for the scanner that they are held against.
	mostSeconds = 4
)

// seconds is how many pieces are read at once.
var seconds = min(runtime.GOMAXPROCS(0), mostSeconds)

// pieceName is the sheet of excelize's copy that holds the pieces one goroutine
// reads, and piecePath its part.
func pieceName(i int) string { return fmt.Sprintf("p%d", i) }
func piecePath(i int) string { return fmt.Sprintf("xl/worksheets/piece%d.xml", i) }

// errStopped is for a reader that nobody wants anything from any more.
var errStopped = errors.New("stopped")

func newSecondReader() *secondReader {
	s := &secondReader{pieces: make(chan chan secondPart, seconds), stop: make(chan struct{}), piece: make(chan secondPart)}
	close(s.piece)
	return s
}

// readWhole reads a sheet that is there as a whole.
func readWhole(book *excelize.File, sheet string) *secondReader {
	s := newSecondReader()
	go func() {
		defer close(s.pieces)
		if to := s.begin(); to != nil {
			s.read(to, 1, 0, func() (*excelize.Rows, error) { return book.Rows(sheet) })
		}
	}()
	return s
}

// readPieces reads a sheet in pieces of some size, several at once: a single
// reader would take longer than all else together. What feed gives the cutting
// is the sheet.
func readPieces(book *excelize.File, size int, feed func(*cutting) error) *secondReader {
	s := newSecondReader()
	free := make(chan int, seconds)
	for i := range seconds {
		free <- i + 1
	}
	go func() {
		defer close(s.pieces)
		var readers sync.WaitGroup
		defer readers.Wait()
		c := &cutting{size: size}
		c.do = func(rows []byte, first, next int) error {
			p := c.piece(rows, first, next)
			var i int
			select {
			case i = <-free:
			case <-s.stop:
				return errStopped
			}
			to := s.begin()
			if to == nil {
				return errStopped
			}
			readers.Go(func() {
				s.read(to, p.first, p.next, func() (*excelize.Rows, error) {
					book.Pkg.Store(piecePath(i), p.xml)
					return book.Rows(pieceName(i))
				})
				free <- i
			})
			return nil
		}
		if err := feed(c); err != nil && err != errStopped {
			if to := s.begin(); to != nil {
				s.hand(to, secondPart{ended: true, err: err})
			}
		}
	}()
	return s
}

func insensible(v any) error { return fmt.Errorf("nothing sensible can be made of it (%T)", v) }

// begin announces a piece; nil when it is not wanted.
func (s *secondReader) begin() chan secondPart {
	to := make(chan secondPart, secondParts)
	select {
	case s.pieces <- to:
		return to
	case <-s.stop:
		return nil
	}
}

func (s *secondReader) hand(to chan<- secondPart, p secondPart) bool {
	select {
	case to <- p:
		return true
	case <-s.stop:
		return false
	}
}

// read hands on the rows from first up to next, where the mark must stand; next
// is 0 if they end with the sheet. A panic over an odd file stays that file's
// affair.
func (s *secondReader) read(to chan<- secondPart, first, next int, open func() (*excelize.Rows, error)) {
	defer close(to)
	var p secondPart
	defer func() {
		if v := recover(); v != nil {
			p.ended, p.err = true, insensible(v)
		}
		s.hand(to, p)
	}()
	rows, err := open()
	if err != nil {
		p.ended, p.err = true, err
		return
	}
	defer func() { _ = rows.Close() }()
	cells, size := 0, 0
	for n := 1; ; n++ {
		if !rows.Next() {
			p.ended, p.err = true, rows.Error()
			return
		}
		texts, err := rows.Columns()
		switch {
		case err != nil:
			p.ended, p.err = true, err
			return
		case n < first && len(texts) == 0:
			continue
		case n < first, n == next && !slices.Equal(texts, []string{pieceMark}):
			p.ended = true
			return
		case n == next:
			return
		}
		p.rows = append(p.rows, slices.Clip(texts))
		cells += 1 + len(texts)
		for _, t := range texts {
			size += len(t)
		}
		if len(p.rows) == secondRows || cells > secondCells || size > secondBytes {
			if !s.hand(to, p) {
				return
			}
			p, cells, size = secondPart{rows: make([][]string, 0, secondRows)}, 0, 0
		}
	}
}

// next goes to the next row; false at the end, or where err tells why not.
func (s *secondReader) next() bool {
	for len(s.now.rows) == 0 {
		if s.now.ended {
			return false
		}
		p, more := <-s.piece
		if !more {
			s.piece = <-s.pieces
			continue
		}
		s.now = p
	}
	s.row, s.now.rows = s.now.rows[0], s.now.rows[1:]
	return true
}

// err is why the rows ended before the sheet did.
func (s *secondReader) err() error {
	if len(s.now.rows) > 0 {
		return nil
	}
	return s.now.err
}

func (s *secondReader) close() {
	close(s.stop)
	for range s.pieces {
	}
}
