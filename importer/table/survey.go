package table

import (
	"fmt"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// maxAlike is how many warnings of one kind name their cells; of the rest the
// number is told.
const maxAlike = 10

// A survey gathers what can be known only when all rows were read.
type survey struct {
	c      *csvFile
	head   *head
	rows   int
	long   int // rows with more cells than the header
	short  blocks16
	last   lastCells
	lost   int // rows with letters that were lost before us
	lostAt record
	lostIn int
}

// add looks at one record. Its cells are good until the next one.
func (s *survey) add(rec record) {
	if s.head == nil {
		if !blank(rec.cells) && (rec.number >= s.c.header || startsRejects(rec.cells)) {
			s.head = newHead(rec)
			s.head.qualify(s.c.groups)
			s.short.need = s.head.named
		}
		s.short.add(rec)
		return
	}
	s.short.add(rec)
	if blank(rec.cells) {
		return
	}
	s.rows++
	s.head.below(rec)
	if n := len(s.head.names); len(rec.cells) > n && !blank(rec.cells[n:]) {
		s.long++
	}
	s.last.add(rec, s.head.named)
	if s.c.file.look.lost {
		for i, cell := range rec.cells {
			if strings.Contains(cell, "\uFFFD") {
				if s.lost++; s.lost == 1 {
					s.lostAt, s.lostIn = record{number: rec.number, line: rec.line}, i
				}
				break
			}
		}
	}
}

// finish settles the header and words the warnings.
func (s *survey) finish(lineEnded bool) error {
	c := s.c
	if s.head == nil {
		return c.file.fault(nil, "there is no header: all rows are empty", "the first row must have the names of the columns")
	}
	if row := c.header; row > 0 && s.head.row > row {
		return c.file.fault(nil, fmt.Sprintf("row %d is empty, and the mapping says that the names of the columns stand there", row),
			"correct header_row in the mapping")
	}
	head, found, err := s.head.finish(c.file)
	if err != nil {
		return err
	}
	if len(head.Columns) == 1 && s.rows > 1 && s.long == s.rows {
		e := c.file.fault(nil, fmt.Sprintf("the first row with text (row %d) has one cell and all rows below have more: it is not the header",
			head.Row),
			"remove what stands above the names of the columns")
		e.Line = s.head.line
		return e
	}
	c.head, c.need, c.ours, c.count = head, s.head.named, kindOf(head.Columns), s.rows
	c.found = append(c.found, found...)
	if s.rows == 0 {
		c.warn(importer.Finding{Severity: importer.Warning, Code: "no_rows", Cell: c.cell(),
			Message: "there is a header and no row below it", Advice: "check that this is the right file, and that it was saved"})
	}
	s.short.finish(lineEnded)
	c.short = &s.short
	if n := s.short.count; n > 0 {
		c.warn(importer.Finding{Severity: importer.Note, Code: "short_blocks", Cell: c.cell(),
			Message: fmt.Sprintf("the 16 rows from row %d on%s end early, all in the same column, as Excel writes them where the last columns "+
				"are empty; these are read as empty",
				s.short.first, others(n-1, "block like it", "blocks like it"))})
	}
	if f, cut := s.last.cut(c, lineEnded); cut {
		c.warn(f)
	}
	if s.lost > 0 {
		c.warn(importer.Finding{Severity: importer.Warning, Code: "lost_letters", Cell: c.at(s.lostAt).Cell(s.lostIn),
			Message: "there is a replacement character (U+FFFD): a letter was lost when the file was saved" + others(s.lost-1, "row", "rows"),
			Advice:  "export the file again from where it came"})
	}
	return nil
}

// firstOf joins the first few of some words, and tells how many there are more.
func firstOf(words []string, one, many string) string {
	if len(words) <= maxAlike {
		return strings.Join(words, ", ")
	}
	return strings.Join(words[:maxAlike], ", ") + others(len(words)-maxAlike, one, many)
}

func others(n int, one, many string) string {
	switch {
	case n <= 0:
		return ""
	case n == 1:
		return " (and 1 more " + one + ")"
	default:
		return fmt.Sprintf(" (and %d more %s)", n, many)
	}
}
