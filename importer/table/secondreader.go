package table

import (
	"fmt"
	"slices"

	"github.com/xuri/excelize/v2"
)

// A secondReader reads a sheet with excelize while sheetScan reads it too. It is
// used by one goroutine.
type secondReader struct {
	parts chan secondPart
	stop  chan struct{} // closed when nobody wants any more
	now   secondPart
	row   []string // the one in hand
}

// A secondPart is some rows in their order, and what ended them.
type secondPart struct {
	rows  [][]string
	ended bool
	err   error
}

// secondRows is how many rows are handed over at once.
const secondRows = 256

func readSecond(book *excelize.File, sheet string) (*secondReader, error) {
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, err
	}
	s := &secondReader{parts: make(chan secondPart, 4), stop: make(chan struct{})}
	go func() {
		defer close(s.parts)
		defer func() { _ = rows.Close() }()
		for {
			p := readSecondPart(rows)
			select {
			case s.parts <- p:
			case <-s.stop:
				return
			}
			if p.ended {
				return
			}
		}
	}()
	return s, nil
}

// readSecondPart keeps a panic over an odd file that file's affair.
func readSecondPart(rows *excelize.Rows) (p secondPart) {
	defer func() {
		if v := recover(); v != nil {
			p.ended, p.err = true, fmt.Errorf("nothing sensible can be made of it (%T)", v)
		}
	}()
	p.rows = make([][]string, 0, secondRows)
	for len(p.rows) < secondRows {
		if !rows.Next() {
			p.ended, p.err = true, rows.Error()
			return p
		}
		texts, err := rows.Columns()
		if err != nil {
			p.ended, p.err = true, err
			return p
		}
		p.rows = append(p.rows, slices.Clip(texts))
	}
	return p
}

// next goes to the next row; false at the end, or where err tells why not.
func (s *secondReader) next() bool {
	for len(s.now.rows) == 0 {
		if s.now.ended {
			return false
		}
		s.now = <-s.parts
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
	for range s.parts {
	}
}
