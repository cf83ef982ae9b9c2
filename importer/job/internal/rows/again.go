package rows

import (
	"context"
	"errors"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/correction"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

// Again opens the input of a run again and surveys it, for reading what the
// journal says of its rows.
func Again(ctx context.Context, p place.Place, s importer.Store, h importer.JobHeader, run importer.Run) (*Input, *Classifier, error) {
	in, err := reopen(ctx, run)
	if err != nil {
		return nil, nil, err
	}
	d := &Classifier{}
	if in.Gone != "" {
		return in, d, nil
	}
	if in.Mapping, err = rememberedMapping(run.Mapping); err == nil {
		err = in.Compile(run.Input.Sets)
	}
	if err != nil {
		in.Close()
		return nil, nil, err
	}
	if err := in.recall(ctx, p, run); err != nil {
		in.Close()
		if ctx.Err() != nil {
			return nil, nil, err
		}
		return &Input{Gone: err.Error(), Record: run.Input, snapshot: &correction.Snapshot{}}, d, nil
	}
	sv := &Surveyor{In: in, Store: s, Classifier: d, Key: h.KeyDefinition}
	if err := sv.Run(ctx); err != nil {
		in.Close()
		if errors.Is(err, importer.ErrInputChanged) {
			return &Input{Gone: err.Error(), Record: run.Input, snapshot: &correction.Snapshot{}}, d, nil
		}
		return nil, nil, err
	}
	return in, d, nil
}
