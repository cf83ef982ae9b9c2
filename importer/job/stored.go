package job

import (
	"context"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// storedCells are the cells of a workbook as they are stored, with those of the
// corrections that came as workbooks.
type storedCells struct {
	date1904 bool // how the workbook counts days
	of       map[*importer.Header]*table.Storage
	all      []*table.Storage
}

// stored gives the cells of an input that is a workbook; nil for any other.
func (o *opened) stored(ctx context.Context) (*storedCells, error) {
	if o.base == nil {
		return nil, nil
	}
	base, err := o.base.Storage(ctx)
	if err != nil || base == nil {
		return nil, asProblem(err)
	}
	out := &storedCells{date1904: base.Date1904(), of: map[*importer.Header]*table.Storage{}}
	out.add(base, o.base)
	for _, l := range o.layers {
		s, err := l.input.Storage(ctx)
		if err != nil {
			out.close()
			return nil, asProblem(err)
		}
		if s != nil { // else it was corrected as CSV: texts
			out.add(s, l.input)
		}
	}
	return out, nil
}

func (c *storedCells) add(s *table.Storage, in *table.Input) {
	c.all = append(c.all, s)
	for _, h := range in.Headers() {
		c.of[h] = s
	}
}

// at gives the cells of a row; none where they are texts.
func (c *storedCells) at(row importer.Row) ([]importer.Stored, error) {
	if s := c.of[row.Header]; s != nil {
		return s.At(row.Ref())
	}
	return nil, nil
}

func (c *storedCells) close() {
	for _, s := range c.all {
		s.Close()
	}
}
