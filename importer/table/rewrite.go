package table

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// ErrTooLarge says that a workbook has too many rows to be copied with changes.
var ErrTooLarge = errors.New("the workbook has too many rows to be copied with changes")

// An Edit says what is new in a row; fault is nil where nothing is wrong with it.
type Edit func(row importer.Row, fault *importer.RowError) (map[int]string, error)

// Rewrite writes a copy of the file to w: a workbook as a workbook, CSV as UTF-8 with LF line ends and the
// same delimiter: the same records in the same order, blank lines and all, and
// in each the same cells, but for those that edit changes. edit gets each row
// that Read would deliver, with what is wrong with it if anything is, and answers
// with the new values by the position of the cell; nil changes nothing. A row that
// goes on behind the header's last column ends there once it is changed.
//
// The copy begins with a byte order mark where the file did, or where it was
// in another encoding: spreadsheets would take it for something else.
func (in *Input) Rewrite(ctx context.Context, w io.Writer, edit Edit) error {
	if err := in.file.changed(ctx); err != nil {
		return err
	}
	if x, ok := in.format.(*xlsxFile); ok {
		return x.rewrite(ctx, w, edit)
	}
	c := in.format.(*csvFile)
	recs, err := c.records(false)
	if err != nil {
		return err
	}
	defer recs.Close()
	out := bufio.NewWriter(w)
	cw := csv.NewWriter(out) // it writes into out as it stands
	cw.Comma = c.comma
	if c.bom > 0 || c.set.enc != nil {
		_, _ = out.WriteString("\uFEFF")
	}
	if c.hidden > 0 {
		_, _ = fmt.Fprintf(out, "sep=%c\n", c.comma)
	}
	last := 0
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, err := recs.next()
		if err == io.EOF {
			cw.Flush()
			return errors.Join(cw.Error(), out.Flush())
		}
		if err != nil {
			return err
		}
		if blanks := rec.number - last - 1; blanks > 0 {
			cw.Flush()
			_, _ = out.WriteString(strings.Repeat("\n", blanks))
		}
		last = rec.number
		cells := append([]string(nil), rec.cells...)
		if rec.number > c.head.Row && !blank(rec.cells) {
			if cells, err = c.edit(rec, cells, edit); err != nil {
				return err
			}
		}
		if err := cw.Write(cells); err != nil {
			return err
		}
	}
}

// edit puts what is new into the cells of one record.
func (c *csvFile) edit(rec record, cells []string, edit Edit) ([]string, error) {
	row, err := c.row(rec)
	var fault *importer.RowError
	if err != nil && !errors.As(err, &fault) {
		return nil, err
	}
	changes, err := edit(row, fault)
	if width := len(c.head.Columns); fault != nil && len(changes) > 0 && len(cells) != width {
		whole := make([]string, width)
		copy(whole, cells)
		cells = whole
	}
	for i, v := range changes {
		if i >= len(cells) {
			continue
		}
		if c.ours != Plain {
			v = importer.Neutralize(v)
		}
		cells[i] = v
	}
	return cells, err
}
