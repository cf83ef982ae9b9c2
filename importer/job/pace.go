package job

import (
	"os"
	"path/filepath"
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
	nothing := func() {}
	if r.o.Rehearsal || r.o.JobsList == "" {
		return nothing
	}
	dir := filepath.Join(filepath.Dir(r.o.JobsList), "keys")
	if os.MkdirAll(dir, 0o700) != nil {
		return nothing
	}
	path := filepath.Join(dir, keyFingerprint("sharing "+r.target, r.o.API.Key)+".lock")
	if other, busy := heldBy(path); busy {
		r.o.Notice("another run uses this API key, " + other.String() + ": both share what the server allows, and may slow each other down")
		return nothing
	}
	h, err := hold(path)
	if err != nil {
		return nothing
	}
	return h.release
}
