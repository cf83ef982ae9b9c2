package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gocarina/gocsv"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A lines writes structs as CSV lines through gocsv: the header with the
// first one, or at the end if there was none.
type lines[T any] struct {
	w       *gocsv.SafeCSVWriter
	one     []T // gocsv takes slices; this one is used again
	started bool
}

func newLines[T any](w io.Writer) *lines[T] {
	return &lines[T]{w: gocsv.NewSafeCSVWriter(csv.NewWriter(w)), one: make([]T, 1)}
}

func (l *lines[T]) write(v T) error {
	if err := l.start(); err != nil {
		return err
	}
	l.one[0] = v
	return gocsv.MarshalCSVWithoutHeaders(l.one, quiet{l.w})
}

func (l *lines[T]) start() error {
	if l.started {
		return nil
	}
	l.started = true
	return gocsv.MarshalCSV([]T{}, l.w)
}

func (l *lines[T]) flush() error {
	if err := l.start(); err != nil {
		return err
	}
	l.w.Flush()
	return l.w.Error()
}

// quiet keeps gocsv from flushing after every line.
type quiet struct{ *gocsv.SafeCSVWriter }

func (quiet) Flush() {}

// cell makes a text harmless for a spreadsheet, and control characters visible.
func cell(s string) string {
	if strings.ContainsFunc(s, hidden) {
		s = strings.Map(func(r rune) rune {
			if hidden(r) {
				return '\uFFFD'
			}
			return r
		}, s)
	}
	return importer.Neutralize(s)
}

func hidden(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
