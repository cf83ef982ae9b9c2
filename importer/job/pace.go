package job

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

// rateFound is the rate that the last run found the server to accept, where
// that is below what is asked for; else 0.
func (r *runner) rateFound() float64 {
	if f := r.last.RateFound; f < r.o.Rate {
		return f
	}
	return 0
}

// share warns of another run on this machine that uses the same API key, since
// both share what the server allows. The function it returns ends this run's
// claim. It is a courtesy: what cannot be locked is not warned about.
func (r *runner) share() (end func()) {
	if r.o.Rehearsal || r.o.JobsList == "" {
		return func() {}
	}
	a := place.Account{Dir: filepath.Join(filepath.Dir(r.o.JobsList), "keys"), Target: r.target, Label: keyFingerprint("sharing "+r.target, r.o.API.Key)}
	h, err := a.Acquire(context.Background(), r.name(), 0, nil)
	var busy *place.BusyError
	if errors.As(err, &busy) {
		r.o.Notice("another run uses this API key, " + busy.Turn.String() + ": both share what the server allows, and may slow each other down")
	}
	return h.Release
}
