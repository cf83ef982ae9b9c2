package rows

import (
	"context"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// StoredCells are the cells of a workbook as they are stored.
type StoredCells struct {
	Date1904 bool // how the workbook counts days
	storage  *table.Storage
}

// Stored gives the cells of an input that is a workbook; nil for any other.
func (o *Input) Stored(ctx context.Context) (*StoredCells, error) {
	if o.Base == nil {
		return nil, nil
	}
	s, err := o.Base.Storage(ctx)
	if err != nil || s == nil {
		return nil, importer.AsProblem(err)
	}
	return &StoredCells{Date1904: s.Date1904(), storage: s}, nil
}

// At gives the cells of a row; those that were corrected are texts.
func (c *StoredCells) At(it *Item) ([]importer.Stored, error) {
	cells, err := c.storage.At(it.Ref)
	for _, i := range it.corrected {
		if i < len(cells) {
			cells[i] = importer.Stored{}
		}
	}
	return cells, err
}

func (c *StoredCells) Close() { c.storage.Close() }
