package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table/internal/xlsx"
)

// compareCopy reads a copy of the workbook and compares all of its cells: those that
// were edited have their new text, the others are what they were. A sheet that is not
// used, and that nobody could read, is not looked at.
func (x *xlsxFile) compareCopy(ctx context.Context, file []byte, done edits) error {
	differs := func(where string, err error) error {
		return x.file.fault(err, "the copy would not have the same cells as the workbook: "+where,
			"change the cells that check names in the workbook by hand, or save the sheet as CSV and repair that")
	}
	theirs, err := xlsx.OpenArchive(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return differs("it cannot be read", err)
	}
	copied, err := theirs.Book(ctx)
	if err != nil {
		return differs("it cannot be read", err)
	}
	texts, err := theirs.Texts(ctx, copied, x.textsFile)
	if err != nil {
		return differs("it cannot be read", err)
	}
	defer func() { _ = texts.Close() }()
	if copied.Date1904 != x.book.Date1904 {
		return differs("it counts days otherwise", nil)
	}
	ours, err := x.file.openArchive()
	if err != nil {
		return x.file.wordedBook(err)
	}
	defer ours.close()
	byName, used := map[string]*xlsx.Sheet{}, map[*xlsx.Sheet]bool{}
	for _, s := range copied.Sheets {
		byName[s.Name] = s
	}
	for _, u := range x.used {
		used[u.Sheet] = true
	}
	for _, s := range x.book.Sheets {
		before := cellReader{archive: ours.Archive, values: x.book.Values(x.texts), done: done[s.Name]}
		after := cellReader{archive: theirs, values: copied.Values(texts)}
		err := compareSheets(ctx, before, after, s, byName[s.Name])
		var other *unlike
		var unread *unreadable
		switch {
		case err == nil:
		case errors.As(err, &other):
			return differs(other.Error(), nil)
		case !errors.As(err, &unread):
			return differs(fmt.Sprintf("its sheet %q cannot be read", s.Name), err)
		case used[s] || !errors.As(err, new(*xlsx.Error)):
			return x.file.wordedBook(unread.error)
		}
	}
	return nil
}

// An unlike error says which cell of a copy is not what it should be.
type unlike struct {
	sheet       string
	row, column int
}

func (u *unlike) Error() string {
	if u.column == 0 {
		return fmt.Sprintf("the sheet %q differs in row %d", u.sheet, u.row)
	}
	return fmt.Sprintf("%s!%s%d is another one", u.sheet, importer.ColumnName(u.column), u.row)
}

// An unreadable error is about the workbook itself, not its copy.
type unreadable struct{ error }

func (u *unreadable) Unwrap() error { return u.error }

// A cellReader reads what is in the cells of a sheet.
type cellReader struct {
	archive *xlsx.Archive
	values  *xlsx.Values
	done    map[int]map[int]string // what was edited, by row and column
	rows    *xlsx.Rows
	buf     []byte
}

// next returns what is in the cells of the next row that has something in it, by
// column; what is wrong with a cell belongs to it.
func (r *cellReader) next() (row int, cells map[int]string, err error) {
	for len(cells) == 0 {
		raw, err := r.rows.Next()
		if err != nil {
			return 0, nil, err
		}
		row, cells = raw.Number, map[int]string{}
		for i := range raw.Cells {
			c := &raw.Cells[i]
			var fault *xlsx.Fault
			if r.buf, fault, err = r.values.Append(r.buf[:0], r.rows, c); err != nil {
				return 0, nil, err
			}
			if fault != nil {
				r.buf = append(append(r.buf, 0), fault.Code...)
			}
			cells[c.Column] = string(r.buf)
		}
		maps.Copy(cells, r.done[row])
		maps.DeleteFunc(cells, func(_ int, text string) bool { return text == "" })
	}
	return row, cells, nil
}

// compareSheets compares two sheets cell by cell.
func compareSheets(ctx context.Context, before, after cellReader, s, copied *xlsx.Sheet) (err error) {
	if before.rows, err = before.archive.Rows(ctx, s); err != nil {
		return &unreadable{err}
	}
	defer func() { _ = before.rows.Close() }()
	if copied == nil {
		return errors.New("it is not there")
	}
	if after.rows, err = after.archive.Rows(ctx, copied); err != nil {
		return err
	}
	defer func() { _ = after.rows.Close() }()
	for {
		row, want, err := before.next()
		if err != nil && err != io.EOF {
			return &unreadable{err}
		}
		number, got, copyErr := after.next()
		switch {
		case copyErr != nil && copyErr != io.EOF:
			return copyErr
		case err == io.EOF && copyErr == io.EOF:
			return nil
		case err == io.EOF:
			return &unlike{sheet: s.Name, row: number}
		case copyErr == io.EOF || number != row:
			return &unlike{sheet: s.Name, row: row}
		case maps.Equal(want, got):
			continue
		}
		for column := 1; ; column++ {
			if want[column] != got[column] {
				return &unlike{sheet: s.Name, row: row, column: column}
			}
		}
	}
}
