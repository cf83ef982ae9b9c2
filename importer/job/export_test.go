package job

import (
	"context"

	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

// In lets a run take place where nobody but a test could name.
func (o RunOptions) In(p place.Place) RunOptions {
	o.place = p
	return o
}

// OpenIn is Open there.
func OpenIn(ctx context.Context, p place.Place, m Mode) (*Job, error) { return openExisting(ctx, p, m) }
