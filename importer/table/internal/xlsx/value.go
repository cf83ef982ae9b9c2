package xlsx

import (
	"bytes"
	"fmt"

	"github.com/bulkonboard/bulkonboard/importer"
)

// The codes of cells that cannot be delivered.
const (
	codeErrorCell  = "error_cell"
	codeNoValue    = "formula_without_value"
	codeLostDigits = "lost_digits"
	codeBadNumber  = "bad_number"
	codeBadValue   = "bad_value"
)

// A Fault is why a cell cannot be delivered.
type Fault struct{ Code, Cause, Advice string }

const adviceWriteAgain = "write the value again"

var (
	faultNoValue = &Fault{codeNoValue,
		"the cell has a formula and no value: the file was written by a program that does not calculate",
		"open the file in Excel and save it, or write the value in place of the formula"}
	faultLostDigits = &Fault{codeLostDigits,
		"the number has more digits than a spreadsheet keeps (15): the last ones were replaced by zeros when it was typed in",
		"format this column as Text, and type the number again"}
	faultBadNumber = &Fault{codeBadNumber, "the cell says that it holds a number, and does not", adviceWriteAgain}
	faultBadStyle  = &Fault{codeBadValue,
		"the cell has a style that the workbook does not have: nobody could tell whether its number is a date", adviceWriteAgain}
	faultBadBoolean = &Fault{codeBadValue, "the cell says that it is TRUE or FALSE, and is neither", adviceWriteAgain}
	faultBadDate    = &Fault{codeBadValue, "the cell says that it holds a date or a time, and does not", adviceWriteAgain}
	faultLostText   = &Fault{codeBadValue, "the cell says that it has a text of its own, and has a value in its place", adviceWriteAgain}
)

// Values words the values of cells. It is used by one goroutine.
type Values struct {
	book  *Book
	texts textReader
}

// Values words the values of a workbook's cells.
func (b *Book) Values(t *Texts) *Values { return &Values{book: b, texts: textReader{t: t}} }

// Append adds what a cell of rows means to to: texts as they are stored, days as
// 2026-01-31, numbers as the package comment says. With a fault comes what may stand
// in the value's place.
func (v *Values) Append(to []byte, rows *Rows, c *Cell) ([]byte, *Fault, error) {
	if c.Lacks() {
		return append(to, importer.MissingValue...), faultNoValue, nil
	}
	switch c.Type {
	case SharedText:
		n := number(bytes.TrimSpace(c.Value))
		if n < 0 || n >= v.texts.t.count {
			return to, nil, rows.Fail("the cell %s%d has a text that is not there", importer.ColumnName(c.Column), rows.row.Number)
		}
		to, err := v.texts.append(to, n)
		return to, nil, err
	case FormulaText, InlineText:
		return appendUnescaped(to, c.Value), nil, nil
	case Boolean:
		switch string(bytes.TrimSpace(c.Value)) {
		case "1", "true":
			return append(to, "TRUE"...), nil, nil
		case "0", "false":
			return append(to, "FALSE"...), nil, nil
		}
		return append(to, c.Value...), faultBadBoolean, nil
	case ErrorValue:
		return append(to, c.Value...), &Fault{codeErrorCell, fmt.Sprintf("the cell has an error in place of a value: %.100s", c.Value),
			"correct the formula, or write the value in its place"}, nil
	case lostText:
		return append(to, c.Value...), faultLostText, nil
	}
	f, known := v.book.Format(c.Style)
	value := bytes.TrimSpace(c.Value)
	switch {
	case len(value) == 0:
		return to, nil, nil
	case c.Type == Date:
		text, ok := f.isoMoment(string(value))
		if !ok {
			return append(to, value...), faultBadDate, nil
		}
		return append(to, text...), nil, nil
	case len(value) <= 15 && len(f.sections) == 0 && known && (number(value) >= 0 || value[0] > '0' && isDigits(string(value))):
		return append(to, value...), nil, nil
	}
	text, ok := f.number(string(value), v.book.Date1904)
	to = append(to, text...)
	switch {
	case !isNumber(string(value)):
		return to, faultBadNumber, nil
	case !ok:
		return to, faultLostDigits, nil
	case !known:
		return to, faultBadStyle, nil
	}
	return to, nil, nil
}
