package job

import (
	"context"

	"github.com/bulkonboard/bulkonboard/importer"
)

// before is the last run that came to an end of its own: not one that was
// interrupted, nor one that died. nil: there is none.
func before(ctx context.Context, s importer.Store) (*importer.Run, error) {
	runs, err := s.Runs(ctx, 50)
	if err != nil {
		return nil, asProblem(err)
	}
	for i := range runs {
		if !runs[i].EndedAt.IsZero() && runs[i].ExitCode != ExitInterrupted {
			return &runs[i], nil
		}
	}
	return nil, nil
}
