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

// lineBreaks makes every line break one that CSV readers agree on: a CR within
// a cell is a line's end to some, and CRLF comes back from others as LF.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// placeCell is where a row stands, as --row takes it; empty for one that is not
// in the input.
func placeCell(r importer.RowRef) string {
	if r.Number == 0 {
		return ""
	}
	return cell(r.String())
}

// cell makes a text for people harmless: for a spreadsheet, which would run
// it, and for a terminal, which would obey its control characters.
func cell(s string) string {
	if strings.ContainsFunc(s, hidden) {
		s = strings.Map(func(r rune) rune {
			if hidden(r) {
				return unicode.ReplacementChar
			}
			return r
		}, lineBreaks.Replace(s))
	}
	return importer.Neutralize(s)
}

// hidden finds control characters other than tab and newline; what is not
// UTF-8 at all is U+FFFD to strings.Map, and becomes it.
func hidden(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || r == unicode.ReplacementChar
}

// keyCell leaves a key as it is but for formulas: rows are joined by it, and
// one that came back changed would be sent again.
func keyCell(k importer.Key) string { return importer.Neutralize(string(k)) }

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// instant is RFC 3339 in UTC to the second, empty for none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
