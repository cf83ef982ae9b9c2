package report

import (
	"io"
	"slices"
	"strconv"

	"github.com/xuri/excelize/v2"

	"github.com/bulkonboard/bulkonboard/importer"
)

// maxNotes and maxNoted bound the notes at faulty cells and the rows of a
// workbook that has any: notes keep the whole sheet in memory. Without a note
// the cell is coloured all the same, and _message says what is wrong.
const (
	maxNotes = 1_000
	maxNoted = 5_000
)

// A RejectsBook writes rejects.xlsx: the columns of the sheet with the types
// and number formats of their cells, ours beside them, faulty cells coloured
// and with a note. It is used by one goroutine.
type RejectsBook struct {
	book   *book
	keep   []int
	styles map[cellStyle]int
	notes  []excelize.Comment
}

type cellStyle struct {
	format int
	code   string
	faulty bool
}

// NewRejectsBook writes rows of a workbook with these columns to w. date1904
// tells how it counts days. Temporary files go to dir. wrote, if any, gets each row's
// cells, the header's first, as they are to be found when the workbook is read.
func NewRejectsBook(w io.Writer, dir string, columns []string, date1904 bool, wrote func(cells []string)) (*RejectsBook, error) {
	keep, names := theirs(columns)
	b, err := newBook(w, dir, "Rejects", append(slices.Clone(names), importer.RejectColumns...), wrote)
	if err != nil {
		return nil, err
	}
	r := &RejectsBook{book: b, keep: keep, styles: map[cellStyle]int{}}
	return r, b.file.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &date1904})
}

// Write adds a row. What the sheet had no value for stays without one.
func (r *RejectsBook) Write(j Reject) error {
	cells, texts := make([]any, 0, len(r.keep)+len(importer.RejectColumns)), make([]string, 0, len(r.keep)+len(importer.RejectColumns))
	for n, i := range r.keep {
		var stored importer.Stored
		if i < len(j.Stored) {
			stored = j.Stored[i]
		}
		text := ""
		if i < len(j.Cells) {
			text = j.Cells[i]
		}
		fault, faulty := j.Faulty[i]
		style, err := r.style(cellStyle{stored.Format, stored.Code, faulty})
		if err != nil {
			return err
		}
		if faulty && len(r.notes) < maxNotes {
			at, err := excelize.CoordinatesToCellName(n+1, r.book.row+1)
			if err != nil {
				return err
			}
			r.notes = append(r.notes, excelize.Comment{Cell: at, Author: "bulkonboard", Width: 260, Height: 80,
				Paragraph: []excelize.RichTextRun{{Text: fault}}})
		}
		c := value(stored, text)
		c.StyleID = style
		if stored.Kind == importer.StoredMissing {
			text = importer.MissingValue
		}
		cells, texts = append(cells, c), append(texts, text)
	}
	style, err := r.style(cellStyle{format: 49})
	if err != nil {
		return err
	}
	for _, c := range [...]string{j.Job, j.Key, j.Row, j.Status, j.Code, j.Message, j.Advice} {
		cells, texts = append(cells, excelize.Cell{StyleID: style, Value: bookText(c)}), append(texts, c)
	}
	return r.book.add(cells, texts)
}

// value is a cell as it was stored.
func value(s importer.Stored, text string) excelize.Cell {
	switch s.Kind {
	case importer.StoredMissing:
		// As long as nobody writes a value there, it has none.
		return excelize.Cell{Formula: "NA()"}
	case importer.StoredBool:
		return excelize.Cell{Value: s.Value == "1" || s.Value == "true"}
	case importer.StoredNumber:
		if n, err := strconv.ParseInt(s.Value, 10, 64); err == nil {
			return excelize.Cell{Value: n}
		}
		if x, err := strconv.ParseFloat(s.Value, 64); err == nil {
			return excelize.Cell{Value: x}
		}
	}
	if text == "" {
		return excelize.Cell{}
	}
	return excelize.Cell{Value: bookText(text)}
}

func (r *RejectsBook) style(c cellStyle) (int, error) {
	if id, ok := r.styles[c]; ok {
		return id, nil
	}
	s := &excelize.Style{NumFmt: c.format}
	if c.code != "" {
		s.CustomNumFmt = &c.code
	}
	if c.faulty {
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFC7CE"}}
	}
	id, err := r.book.file.NewStyle(s)
	r.styles[c] = id
	return id, err
}

// Flush writes the workbook out; it comes last.
func (r *RejectsBook) Flush() error {
	return r.book.finish(func() error {
		if r.book.row > maxNoted {
			return nil
		}
		for _, n := range r.notes {
			if err := r.book.file.AddComment(r.book.sheet, n); err != nil {
				return err
			}
		}
		return nil
	})
}
