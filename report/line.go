package report

import (
	"errors"
	"io"
	"iter"
	"reflect"
	"strings"

	"github.com/gocarina/gocsv"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Line is one line of a results.csv, doubt.csv or undo.csv, or of a list
// that people made with some of their columns: the cells trimmed, and empty
// where the file has no such column.
type Line struct {
	At           importer.Cell `csv:"-"` // the line itself, for errors
	Row          string        `csv:"row"`
	Sheet        string        `csv:"sheet"`
	Key          string        `csv:"key"`
	Status       string        `csv:"status"`
	ClientID     string        `csv:"client_id"`
	ClientName   string        `csv:"client_name"`
	PrimaryEmail string        `csv:"primary_email"`
	AssetGroupID string        `csv:"asset_group_id"`
	HTTPStatus   string        `csv:"http_status"`
	Code         string        `csv:"code"`
	Message      string        `csv:"message"`
	Advice       string        `csv:"advice"`
	Attempts     string        `csv:"attempts"`
	SentAt       string        `csv:"sent_at"`
	FinishedAt   string        `csv:"finished_at"`
	Fingerprint  string        `csv:"fingerprint"`
	Run          string        `csv:"run"`
	Note         string        `csv:"note"`
	Job          string        `csv:"_job"`
}

// lineColumns are the columns of Line.
var lineColumns = func() map[string]bool {
	m := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Line]()) {
		if tag := f.Tag.Get("csv"); tag != "-" {
			m[tag] = true
		}
	}
	return m
}()

// LineColumn tells which of Line's columns a header's cell names, "" for none:
// case, blanks and dashes do not count.
func LineColumn(header string) string {
	name := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(header)))
	if !lineColumns[name] {
		return ""
	}
	return name
}

// Lines reads a file of ours from its rows. An error ends it but for an
// *importer.RowError, which spoils one line. Lines in which no column of ours
// holds anything are passed over.
func Lines(src importer.Source) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for {
			row, err := src.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			var line Line
			if err == nil {
				line, err = decodeLine(row)
			}
			var spoilt *importer.RowError
			if err == nil && line.At.Row == 0 {
				continue
			}
			if !yield(line, err) || err != nil && !errors.As(err, &spoilt) {
				return
			}
		}
	}
}

// record is one line under its header, as gocsv takes it.
type record [2][]string

func (r *record) Read() ([]string, error)      { return nil, io.EOF } // the interface asks for it
func (r *record) ReadAll() ([][]string, error) { return r[:], nil }

// decodeLine leaves At.Row at 0 for a blank line.
func decodeLine(row importer.Row) (Line, error) {
	var r record
	empty := true
	for i, c := range row.Header.Columns {
		name := LineColumn(c)
		if name == "" || i >= len(row.Cells) {
			continue
		}
		cell := strings.TrimSpace(row.Cells[i])
		empty = empty && (cell == "" || name == "_job")
		r[0], r[1] = append(r[0], name), append(r[1], cell)
	}
	if empty {
		return Line{}, nil
	}
	var out []Line
	if err := gocsv.UnmarshalCSV(&r, &out); err != nil {
		return Line{}, &importer.RowError{Cell: row.Cell(-1), Code: "line", Cause: err.Error()}
	}
	out[0].At = row.Cell(-1)
	return out[0], nil
}
