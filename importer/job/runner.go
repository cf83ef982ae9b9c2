package job

import (
	"context"

	"github.com/rs/zerolog"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/seal"
)

// A runner is one run on its way.
type runner struct {
	intake
	o       RunOptions
	isNew   bool        // the job
	turn    int64       // the account's newest one before the survey
	hold    *place.Hold // the account, while it is sent for; nil: not held
	decide  *rows.Classifier
	fresh   []int64          // customers that no run of the job has read before
	aliases []importer.Alias // keys that corrections took, not on record yet
	sample  spread           // rows to be sent, from all over the input
	halt    *importer.Halt   // the guard that stops the run; nil: none
	like    importer.Run     // the last run of this input; ID is 0 before the first
	turned  int              // rows that became other customers since then
	record  importer.Run     // as it is kept
	counts  importer.Counts  // of the input's rows, followed while sending
	result  Result           // as it is told
	log     zerolog.Logger   // run.log, while sending

	sealer    *seal.Sealer // nil: passwords are not kept
	keys      int          // that can open them
	throwaway bool         // a rehearsal makes a key of its own

	unproven error            // why a changed API key may be another account's
	newKey   bool             // somebody said that the changed API key is the same account's
	adopted  *importer.Counts // rows taken over; nil: none
	// adoptedFrom are the jobs whose evidence that was.
	adoptedFrom []string
}

func newRunner(o RunOptions) *runner {
	return &runner{o: o, intake: intake{Job: &Job{wrap: o.Store, place: o.place}, input: o.Input, dir: o.Dir,
		list: place.List(o.JobsList), rehearsed: o.Rehearsal, notice: o.Notice}}
}

func (r *runner) close() {
	r.endTurn()
	_ = r.intake.close()
	if r.adopted != nil {
		r.place.Discard() // nothing is there once the job has started
	}
}

// endTurn gives the account back.
func (r *runner) endTurn() {
	r.hold.Release()
	r.hold = nil
}

// declined is the end of a run to which somebody said no.
func (r *runner) declined() Result {
	return Result{Dir: r.place.String(), Rehearsal: r.o.Rehearsal, Survey: r.result.Survey, Counts: r.result.Survey.Counts, Exit: ExitStopped,
		Halt: &importer.Halt{Reason: importer.StopDeclined, Message: "answered no: nothing was sent"},
		Next: Next{Step: StepAgain, Input: r.o.Input.Path, Own: r.o.Input.Rows != nil}}
}

// preview is what is about to happen, for people.
func (r *runner) preview() Preview {
	p := r.intake.preview(r.result.Survey, r.o.Rate)
	p.Account, p.NewJob, p.Adopted = "API key "+KeyLabel(r.o.API.Key), r.isNew, r.adopted
	p.Limit, p.Pilot, p.Keys, p.Throwaway = r.o.Limit, r.o.Pilot, r.keys, r.throwaway
	return p
}

// acceptKey takes the API key for the job's own from now on.
func (r *runner) acceptKey(ctx context.Context) error {
	r.header.KeyFingerprint = keyFingerprint(r.header.JobID, r.o.API.Key)
	return r.store.SetHeader(ctx, r.header)
}
