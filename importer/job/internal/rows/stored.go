package rows

import (
	"context"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// StoredCells are the cells of a workbook as they are stored, with those of the
// corrections that came as workbooks.
type StoredCells struct {
	Date1904 bool // how the workbook counts days
	of       map[*importer.Header]*table.Storage
	all      []*table.Storage
}

// Stored gives the cells of an input that is a workbook; nil for any other.
func (o *Input) Stored(ctx context.Context) (*StoredCells, error) {
	if o.Base == nil {
		return nil, nil
	}
	base, err := o.Base.Storage(ctx)
	if err != nil || base == nil {
		return nil, importer.AsProblem(err)
	}
	out := &StoredCells{Date1904: base.Date1904(), of: map[*importer.Header]*table.Storage{}}
	out.add(base, o.Base)
	for _, l := range o.corrections {
		s, err := l.input.Storage(ctx)
		if err != nil {
			out.Close()
			return nil, importer.AsProblem(err)
		}
		if s != nil { // else it was corrected as CSV: texts
			out.add(s, l.input)
		}
	}
	return out, nil
}

func (c *StoredCells) add(s *table.Storage, in Base) {
	c.all = append(c.all, s)
	for _, h := range in.Headers() {
		c.of[h] = s
	}
}

// At gives the cells of a row; none where they are texts.
func (c *StoredCells) At(row importer.Row) ([]importer.Stored, error) {
	if s := c.of[row.Header]; s != nil {
		return s.At(row.Ref())
	}
	return nil, nil
}

func (c *StoredCells) Close() {
	for _, s := range c.all {
		s.Close()
	}
}
