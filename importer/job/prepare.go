package job

import (
	"context"
	"errors"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// prepare opens the input and its job, and surveys. Nothing is written but the
// lock and what a dead run left open.
func (r *runner) prepare(ctx context.Context) error {
	if err := r.resolveTarget(); err != nil {
		return err
	}
	if r.place == nil && r.dir == "" && r.input.alone() {
		return usage(r.input.named().Path, "customers that come from no file have no place for their job", "name its folder with --job")
	}
	if err := r.openInput(ctx); err != nil {
		return err
	}
	if err := r.openJob(ctx); err != nil {
		return err
	}
	if err := r.compile(ctx); err != nil {
		return err
	}
	if r.moved != "" && (r.o.Asks || r.o.ChangedColumns) {
		r.notice(movedNotice + r.moved)
	}
	if err := r.takeKey(ctx); err != nil {
		return err
	}
	if len(r.o.Adopt) > 0 {
		if err := r.adopt(ctx); err != nil {
			return err
		}
	}
	return r.surveyed(ctx)
}

func (r *runner) resolveTarget() error {
	if r.o.Rehearsal {
		r.target, r.o.API.BaseURL, r.o.API.Key = TargetSandbox, "http://localhost", importer.NewSecret("sandbox")
		return nil
	}
	target, err := api.ParseBaseURL(r.o.API.BaseURL)
	if err != nil {
		return usage("--base-url", "%v", "", err)
	}
	r.target = target
	if _, err := api.New(r.o.API); err != nil {
		return usage("", "%v", "", err)
	}
	return nil
}

// openJob locks and opens the job, or makes sure that a new one is meant.
func (r *runner) openJob(ctx context.Context) error {
	exists, err := r.place.Exists(ctx)
	if err != nil {
		return err
	}
	if !exists {
		r.warn()
		return r.newJob()
	}
	if r.o.NewJob && !r.o.Rehearsal {
		return usage("--new-job", "there is a job already in %s", "leave --new-job out to go on with it, or name another folder with --job",
			r.place)
	}
	if len(r.o.Adopt) > 0 {
		return r.supersede(ctx)
	}
	if err := r.open(ctx, ModeSettle); err != nil {
		return err
	}
	r.warn()
	return r.sameTarget()
}

// supersede makes sure that the journal which is there cannot be gone on with:
// the one that is made from earlier results then takes its place. The job stays
// locked.
func (r *runner) supersede(ctx context.Context) error {
	if err := r.lock(ctx); err != nil {
		return err
	}
	s, err := r.place.Read(ctx)
	switch {
	case err == nil:
		return errors.Join(usage("--adopt", "there is a journal already in %s",
			"earlier results are taken over only where the journal is lost or behind: leave --adopt out to go on", r.place), s.Close())
	case !place.Superseded(err):
		return err
	}
	r.notice("the journal that is here will be set aside, and read for what it knows: " + err.Error())
	r.isNew, r.over = true, true
	return nil
}

// warn tells what speaks against keeping the job where it is.
func (r *runner) warn() {
	for _, w := range r.place.Warnings() {
		r.notice(w)
	}
}

// newJob makes sure that starting one is meant.
func (r *runner) newJob() error {
	r.isNew = true
	if len(r.o.Adopt) > 0 {
		return nil
	}
	if err := r.place.Remains(); err != nil && !(r.o.SeparateJob && errors.Is(err, place.ErrListed)) {
		return err
	}
	if !r.o.NewJob && !r.o.Asks && !r.o.Rehearsal {
		return usage(r.place.String(), "there is no job yet, and starting one is a decision: a new job knows no customer",
			"if these customers were never imported add --new-job; if they were, name their job with --job")
	}
	return nil
}

// takeKey has the job know customers by the mapping's key from now on.
func (r *runner) takeKey(ctx context.Context) error {
	def := r.in.Mapper.KeyDefinition()
	if r.store == nil || slices.Equal(r.header.KeyDefinition, def) {
		return nil
	}
	known, err := r.sameKey(ctx, r.o.Rekey)
	if err != nil {
		return err
	}
	if known > 0 {
		err = r.rekey(ctx, def)
	} else {
		h := r.header
		h.KeyDefinition = def
		err = r.store.SetHeader(ctx, h)
	}
	r.header.KeyDefinition = def
	return err
}

// secretsKey is what passwords are compared under; "": they are not. The rehearsal's
// server takes any API key, so that of a rehearsal is no secret.
func (r *runner) secretsKey() string {
	if r.o.Rehearsal {
		return place.List(r.o.JobsList).RehearsalKey(r.header.JobID)
	}
	return r.o.API.Key.Reveal()
}

// surveyed makes the first pass, and holds it against a plan if there is one.
func (r *runner) surveyed(ctx context.Context) error {
	r.turn = r.lastTurn()
	if r.hold != nil {
		r.turn = r.hold.Turn.Number - 1 // this run's own is the newest
	}
	r.decide = &rows.Classifier{APIKey: r.secretsKey(), Resend: r.o.Resend, RetryRejected: r.o.RetryRejected, Rows: r.o.Rows}
	r.sample = spread{}
	s := &rows.Surveyor{Classifier: r.decide, Passwords: r.o.API.Conceal.Add, Sending: r.sample.add}
	var plan *match
	if r.o.Plan != nil {
		plan = newMatch(r.o.Plan)
		s.Sending = func(it *rows.Item) {
			r.sample.add(it)
			plan.see(it)
		}
	}
	if !r.o.SeparateJob {
		s.Others = r.others(ctx)
		if err := r.allKnown(s.Others); err != nil {
			return err
		}
	}
	if err := r.survey(ctx, s); err != nil {
		return err
	}
	r.result.Survey, r.counts, r.fresh, r.aliases = s.Survey, s.Survey.Counts, s.Fresh, s.Aliases
	if plan == nil {
		return nil
	}
	return plan.fits(ctx, &r.intake, r.decide)
}

// allKnown refuses to start a job while another one of the account has sent, and
// cannot be asked.
func (r *runner) allKnown(o *place.Others) error {
	if !r.isNew || len(r.o.Adopt) > 0 || o == nil || len(o.Missing) == 0 {
		return nil
	}
	return errors.Join(usage(r.name(), "the job %s has sent for this account and cannot be read, so a new job may send its customers again",
		"go on with that job, or put it back; to start a new one without knowing its customers: --separate-job", o.Missing[0]), o.Close())
}
