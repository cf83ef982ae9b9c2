package report

import (
	"errors"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// A TemplateColumn is a column of a starter workbook.
type TemplateColumn struct {
	Name     string
	Required bool
	Meaning  string
	Example  string
	Values   []string // offered as a drop-down list; others may be typed as well
}

// WriteTemplate writes a starter workbook: a sheet with the columns and no
// rows, all cells texts, and a second one, called guide, that explains them.
func WriteTemplate(w io.Writer, guide string, columns []TemplateColumn) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	const sheet = "Customers"
	styles := func(s ...*excelize.Style) (ids []int, err error) {
		for _, st := range s {
			id, err := f.NewStyle(st)
			if err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
		return ids, nil
	}
	ids, err := styles(&excelize.Style{NumFmt: 49}, &excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 49,
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}}},
		&excelize.Style{Font: &excelize.Font{Bold: true},
			NumFmt: 49}, &excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	text, required, optional, wrapped := ids[0], ids[1], ids[2], ids[3]
	last, err := excelize.ColumnNumberToName(len(columns))
	if err != nil {
		return err
	}
	_, nerr := f.NewSheet(guide)
	freeze := &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
	if err := errors.Join(f.SetSheetName("Sheet1", sheet), nerr,
		f.SetColStyle(sheet, "A:"+last, text), f.SetColWidth(sheet, "A", last, 24), f.SetPanes(sheet, freeze),
		f.SetSheetRow(guide, "A1", &[]any{"column", "required", "meaning", "example"}), f.SetCellStyle(guide, "A1", "D1", optional),
		f.SetColWidth(guide, "A", "A", 28), f.SetColWidth(guide, "C", "C", 70), f.SetColWidth(guide, "D", "D", 30), f.SetPanes(guide,
			freeze)); err != nil {
		return err
	}
	for i, c := range columns {
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		head, need := optional, ""
		if c.Required {
			head, need = required, "yes"
		}
		line, err := excelize.CoordinatesToCellName(1, i+2)
		if err != nil {
			return err
		}
		if err := errors.Join(f.SetCellStr(sheet, letter+"1", c.Name), f.SetCellStyle(sheet, letter+"1", letter+"1", head),
			f.SetSheetRow(guide, line, &[]any{c.Name, need, c.Meaning, c.Example}), f.SetCellStyle(guide, line, strings.Replace(line, "A", "D", 1),
				wrapped)); err != nil {
			return err
		}
		if len(c.Values) == 0 {
			continue
		}
		list := excelize.NewDataValidation(true)
		list.Sqref = letter + "2:" + letter + "10000"
		// The list is a help, not a rule: more values may exist than are known.
		list.SetError(excelize.DataValidationErrorStyleInformation, "Not on the list",
			"This value is not on the list of known ones. It will be sent as it is.")
		if err := errors.Join(list.SetDropList(c.Values), f.AddDataValidation(sheet, list)); err != nil {
			return err
		}
	}
	return f.Write(w)
}
