package table

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/xuri/excelize/v2"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table/internal/xlsx"
)

// maxEdited bounds the rows of a workbook that is copied with changes: all of
// it is held in memory meanwhile.
const maxEdited = 50_000

// rewrite writes a copy of the whole workbook, sheets that are not read
// included, with new texts in the cells that edit changes. All else is as
// excelize keeps it; that all other cells are what they were is seen before
// anything is written.
func (x *xlsxFile) rewrite(ctx context.Context, w io.Writer, edit Edit) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = x.file.insensible()
		}
	}()
	if x.rows() > maxEdited {
		return ErrTooLarge
	}
	temp, err := x.scratch()
	if err != nil {
		return x.file.unspoolable(err)
	}
	in, err := x.file.bytes()
	if err != nil {
		return err
	}
	book, err := excelize.OpenReader(in, excelize.Options{TmpDir: temp, UnzipSizeLimit: 2 << 30, UnzipXMLSizeLimit: 4 << 20})
	if err = errors.Join(err, in.Close()); err != nil {
		return x.file.fault(err, "this workbook cannot be copied with changes: "+err.Error(),
			"change the cells by hand, or save the sheet as CSV and repair that")
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	if IsWorkbook(x.file.name) {
		book.Path = x.file.name // tells excelize of which kind it is; nothing is written there
	}
	if err := x.keepEmptyTexts(ctx, book); err != nil {
		return err
	}
	edited, err := x.editAll(ctx, book, edit)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		return err
	}
	if err := x.compareCopy(ctx, out.Bytes(), edited); err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}

// edits are the new texts of cells, by sheet, row and column; both count from 1.
type edits map[string]map[int]map[int]string

func (e edits) put(sheet string, row, column int, text string) {
	if e[sheet] == nil {
		e[sheet] = map[int]map[int]string{}
	}
	if e[sheet][row] == nil {
		e[sheet][row] = map[int]string{}
	}
	e[sheet][row][column] = text
}

// editAll puts what is new into the cells of book.
func (x *xlsxFile) editAll(ctx context.Context, book *excelize.File, edit Edit) (edits, error) {
	src, err := x.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }()
	done := edits{}
	for {
		row, err := src.Read()
		var fault *importer.RowError
		switch {
		case errors.Is(err, io.EOF):
			return done, nil
		case err != nil && !errors.As(err, &fault):
			return nil, err
		}
		changes, err := edit(row, fault)
		if err != nil {
			return nil, err
		}
		for i, v := range changes {
			at, err := excelize.CoordinatesToCellName(i+1, row.Number)
			if err != nil {
				return nil, err
			}
			if x.ours != Plain {
				v = importer.Neutralize(v)
			}
			if err := book.SetCellStr(row.Header.Sheet, at, v); err != nil {
				return nil, err
			}
			done.put(row.Header.Sheet, row.Number, i+1, v)
		}
	}
}

// keepEmptyTexts makes texts of the formulas whose value is an empty text:
// excelize would write them without a value, as if nobody had calculated them.
func (x *xlsxFile) keepEmptyTexts(ctx context.Context, book *excelize.File) error {
	a, err := x.file.openArchive()
	if err != nil {
		return x.file.wordedBook(err)
	}
	defer a.close()
	for _, s := range x.used {
		rows, err := a.Rows(ctx, s.Sheet)
		if err == nil {
			err = errors.Join(keepEmptyTexts(rows, book, s.Name), rows.Close())
		}
		if err != nil {
			return x.file.wordedBook(err)
		}
	}
	return nil
}

func keepEmptyTexts(rows *xlsx.Rows, book *excelize.File, sheet string) error {
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range row.Cells {
			c := &row.Cells[i]
			if !c.Formula || c.Type != xlsx.FormulaText || len(c.Value) > 0 || !c.Valued {
				continue
			}
			at, err := excelize.CoordinatesToCellName(c.Column, row.Number)
			if err = errors.Join(err, book.SetCellStr(sheet, at, "")); err != nil {
				return err
			}
		}
	}
}
